"""The results of a finished check, read from the library."""

from __future__ import annotations

import json
from typing import Any, Literal

from .library import call, ffi, lib, octets, text
from .results import DkimResult, HeaderEdit, Report, SmtpReply, SpfResult

IDENTITIES: dict[str, int] = {
    "helo": lib.MAILPROOF_IDENTITY_HELO,
    "mailfrom": lib.MAILPROOF_IDENTITY_MAIL_FROM,
}

EDITS: dict[int, Literal["delete", "change", "insert"]] = {
    lib.MAILPROOF_EDIT_KIND_DELETE: "delete",
    lib.MAILPROOF_EDIT_KIND_CHANGE: "change",
    lib.MAILPROOF_EDIT_KIND_INSERT: "insert",
}


def report(check: Any) -> Report:
    lent = ffi.new("mailproof_str *")
    call(lib.mailproof_check_json(check, lent))
    found = json.loads(ffi.buffer(lent.data, lent.len)[:])
    call(lib.mailproof_check_auth_results_field(check, lent))
    return Report.from_dict(
        found,
        spf=tuple(spf_result(check, one) for one in found.pop("spf")),
        authentication_results_field=octets(lent[0]) or b"",
        header_edits=header_edits(check),
        smtp_reply=smtp_reply(check),
    )


def spf(check: Any) -> tuple[SpfResult, ...]:
    lent = ffi.new("mailproof_str *")
    call(lib.mailproof_check_json(check, lent))
    found = json.loads(ffi.buffer(lent.data, lent.len)[:])
    return tuple(spf_result(check, one) for one in found["spf"])


def spf_result(check: Any, found: dict[str, Any]) -> SpfResult:
    lent = ffi.new("mailproof_str *")
    call(lib.mailproof_check_received_spf(check, IDENTITIES[found["identity"]], lent))
    return SpfResult.from_dict(found, received_spf=text(lent[0]) or "")


def dkim(check: Any) -> tuple[DkimResult, ...]:
    return tuple(signature(check, index) for index in range(lib.mailproof_check_dkim_count(check)))


def signature(check: Any, index: int) -> DkimResult:
    result = ffi.new("mailproof_result *")
    lent = ffi.new("mailproof_str[5]")
    bits = ffi.new("uint32_t *")
    testing = ffi.new("bool *")
    unsigned = ffi.new("uint64_t *")
    call(lib.mailproof_check_dkim(check, index, result, lent, lent + 1, lent + 2))
    call(lib.mailproof_check_dkim_details(check, index, ffi.NULL, lent + 3, lent + 4, bits, testing, unsigned))
    return DkimResult(
        result=ffi.string(lib.mailproof_result_word(result[0])).decode(),
        domain=text(lent[0]),
        selector=text(lent[1]),
        identity=text(lent[3]),
        algorithm=text(lent[4]),
        key_bits=bits[0] or None,
        reason=text(lent[2]),
        unsigned_body_octets=unsigned[0],
        testing=testing[0],
    )


def smtp_reply(check: Any) -> SmtpReply | None:
    code = ffi.new("uint16_t *")
    lent = ffi.new("mailproof_str[2]")
    if call(lib.mailproof_check_smtp_reply(check, code, lent, lent + 1)) == lib.MAILPROOF_ABSENT:
        return None
    return SmtpReply(code[0], text(lent[0]) or "", text(lent[1]) or "")


def header_edits(check: Any) -> tuple[HeaderEdit, ...]:
    return tuple(header_edit(check, number) for number in range(lib.mailproof_check_edit_count(check)))


def header_edit(check: Any, number: int) -> HeaderEdit:
    kind = ffi.new("mailproof_edit_kind *")
    lent = ffi.new("mailproof_str[3]")
    places = ffi.new("size_t[2]")
    call(lib.mailproof_check_edit(check, number, kind, lent, places, places + 1, lent + 1, lent + 2))
    return HeaderEdit(
        kind=EDITS[kind[0]],
        name=(octets(lent[0]) or b"").decode("latin-1"),
        index=places[0],
        position=places[1],
        value=octets(lent[1]) or b"",
        milter_value=octets(lent[2]) or b"",
    )
