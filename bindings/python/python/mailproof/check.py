"""One message under check, fed in pieces."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from . import readings
from .dns import TYPES, Answered, NoAnswer, Question, native
from .errors import StateError
from .library import Address, Text, call, encoded, ffi, lib, message_octets, packed, text
from .results import Report

__all__ = ["Check"]

R = TypeVar("R")


class Running(Generic[R]):
    """A check of the library, what answers its questions, and what reads its results."""

    def __init__(self, handle: Any, lookup: Callable[..., Any] | None, read: Callable[[Any], R]) -> None:
        self.handle = handle
        self.lookup = lookup
        self.read = read

    def finish(self) -> R:
        while call(lib.mailproof_check_finish(self.handle)) == lib.MAILPROOF_NEED_DNS:
            for question in self.questions():
                self.answer(question, self.ask(question))
        return self.read(self.handle)

    async def finish_async(self) -> R:
        if not is_async(self.lookup):
            return await asyncio.to_thread(self.finish)
        while call(lib.mailproof_check_finish(self.handle)) == lib.MAILPROOF_NEED_DNS:
            questions = self.questions()
            answers = await asyncio.gather(*(self.ask_async(question) for question in questions))
            for question, answer in zip(questions, answers):
                self.answer(question, answer)
        return self.read(self.handle)

    def ask(self, question: Question) -> Answered | NoAnswer:
        if self.lookup is None:
            raise StateError("there is no resolver to ask")
        try:
            answer: Answered = self.lookup(question.name, question.rtype)
        except NoAnswer as absence:
            return absence
        if inspect.isawaitable(answer):
            if inspect.iscoroutine(answer):
                answer.close()
            raise TypeError("this resolver is to be awaited: use the methods that end in _async")
        return answer

    async def ask_async(self, question: Question) -> Answered | NoAnswer:
        if self.lookup is None:
            raise StateError("there is no resolver to ask")
        try:
            answer: Answered = await self.lookup(question.name, question.rtype)
        except NoAnswer as absence:
            return absence
        return answer

    def questions(self) -> list[Question]:
        number = ffi.new("uint32_t *")
        name = ffi.new("mailproof_str *")
        rtype = ffi.new("uint16_t *")
        open_questions = []
        for index in range(lib.mailproof_check_question_count(self.handle)):
            call(lib.mailproof_check_question(self.handle, index, number, name, rtype))
            open_questions.append(Question(text(name[0]) or "", TYPES[rtype[0]], number[0]))
        return open_questions

    def answer(self, question: Question, answered: Answered | NoAnswer) -> None:
        answer = native(question.rtype, answered)
        call(lib.mailproof_check_answer(self.handle, question.number, answer))


def is_async(lookup: Callable[..., Any] | None) -> bool:
    call_method = getattr(lookup, "__call__", None)
    return inspect.iscoroutinefunction(lookup) or inspect.iscoroutinefunction(call_method)


class Check:
    """One message under check: `header` for each field, `eoh`, `body`, or `feed` in their place; then `finish`.

    It serves one thread at a time. `Authenticator.begin` makes one.
    """

    def __init__(self, running: Running[Report]) -> None:
        self._running = running

    def header(self, name: Text, value: Text) -> None:
        """Tells one field; the topmost comes first.

        `value` is everything between the colon and the CRLF that ends the field, the space after the colon and folds
        (CRLF and white space) included.
        """
        field, content = encoded(name, "the name of a field"), encoded(value, "the value of a field")
        call(lib.mailproof_check_header(self._running.handle, field, len(field), content, len(content)))

    def eoh(self) -> None:
        """Says that the header section has ended; not optional, even when there is no body."""
        call(lib.mailproof_check_eoh(self._running.handle))

    def body(self, chunk: bytes | bytearray | memoryview) -> bool:
        """Tells the next octets of the body, cut anywhere. False: nothing needs the rest, which may be withheld."""
        return self._take(lib.mailproof_check_body, chunk)

    def feed(self, chunk: bytes | bytearray | memoryview) -> bool:
        """Tells the next octets of the message, header section and body, cut anywhere; returns as `body` does."""
        return self._take(lib.mailproof_check_feed, chunk)

    def finish(self) -> Report:
        """Says that the message has ended, waits for DNS, and gives the results."""
        return self._running.finish()

    async def finish_async(self) -> Report:
        """The same, awaited: a resolver that is `async` is asked all open questions at once, others in a thread."""
        return await self._running.finish_async()

    def _take(self, function: Any, chunk: bytes | bytearray | memoryview) -> bool:
        octets = message_octets(chunk)
        hungry = ffi.new("bool *")
        call(function(self._running.handle, octets, len(octets), hungry))
        return bool(hungry[0])


def connect(handle: Any, ip: Address | None, helo: Text, mail_from: Text, at: float | None) -> None:
    """Tells a new check what is known before the message."""
    if at is not None:
        call(lib.mailproof_check_set_time(handle, int(at)))
    if ip is None:
        return
    address, name = packed(ip), encoded(helo, "HELO")
    call(lib.mailproof_check_connect(handle, address, len(address), name, len(name)))
    sender = encoded(mail_from, "MAIL FROM")
    call(lib.mailproof_check_mail_from(handle, sender, len(sender)))


def tell(handle: Any, message: bytes | bytearray | memoryview, raw: bool) -> None:
    """Tells a whole message. One whose first line ends in a bare LF is text, in which each bare LF counts as CRLF."""
    octets = message_octets(message)
    first = octets.find(b"\n")
    is_text = first == 0 or (first > 0 and octets[first - 1] != 0x0D)
    function = lib.mailproof_check_text if is_text and not raw else lib.mailproof_check_message
    call(function(handle, octets, len(octets)))
