"""What goes wrong beside verdicts: a mail that fails is a result, never an exception."""

from __future__ import annotations

__all__ = [
    "ArgumentError",
    "BusyError",
    "DefectError",
    "DnsConfigurationError",
    "KeyFileError",
    "MailproofError",
    "MessageError",
    "StateError",
    "UnsupportedError",
]


class MailproofError(Exception):
    """The library did nothing, and says why."""

    status: int
    """The number of the status in `mailproof.h`; below zero."""
    text: str
    """Why, in one line for a log; never text of a mail."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.status = status

    def __reduce__(self) -> tuple[type[MailproofError], tuple[str, int]]:
        return type(self), (self.text, self.status)


class ArgumentError(MailproofError, ValueError):
    """An argument is outside what is taken."""


class BusyError(MailproofError):
    """Another thread works with the same `Check` or `Signing`."""


class DefectError(MailproofError):
    """A defect of mailproof was caught; the object is of no more use, others are not concerned."""


class DnsConfigurationError(MailproofError):
    """The system's DNS configuration names no server, or the resolver cannot start."""


class KeyFileError(MailproofError, ValueError):
    """The private key cannot be used: it is encrypted, a public one, too short, of another kind, or no key at all."""


class MessageError(MailproofError, ValueError):
    """The octets are no message, or none that should be signed."""


class StateError(MailproofError):
    """Not at this point: the order of calls is wrong, or settings are changed after the first use."""


class UnsupportedError(MailproofError):
    """Not part of this version or build; see `mailproof.has_feature`."""


# The classes by the numbers of `mailproof_status`; those without one are plain MailproofErrors.
OF_STATUS: dict[int, type[MailproofError]] = {
    -1: DefectError,
    -2: ArgumentError,
    -3: StateError,
    -4: ArgumentError,
    -5: KeyFileError,
    -6: DefectError,
    -7: MessageError,
    -8: BusyError,
    -9: DnsConfigurationError,
    -10: UnsupportedError,
    -99: DefectError,
}
