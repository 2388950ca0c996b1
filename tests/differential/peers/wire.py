"""How the judge writes a field: %XX for what is not visible ASCII, for % and for |."""
from urllib.parse import unquote_to_bytes


def unescaped(field):
    return unquote_to_bytes(field)
