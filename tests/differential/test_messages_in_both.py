"""Messages and statements have the same fields in Python and TypeScript, by name; spoilt ones are refused with the same code."""

import re
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haidang_protocol import canonical
from haidang_protocol.errors import ProtocolError
from haidang_protocol.messages import (
    Message,
    read_enrol_message,
    read_hello_message,
    read_reply_message,
    read_request_message,
)
from haidang_protocol.statements import Statement, decode
from tests.differential.spoiling import reshaped, scribbled
from tests.differential.typescript import Harness
from tests.protocol import wire
from tests.protocol.test_messages import enrolments, greetings, replies, requests

pytestmark = pytest.mark.unmeasured

MESSAGES: dict[str, tuple[st.SearchStrategy[Message], Callable[[bytes], Message]]] = {
    "request": (requests, read_request_message),
    "reply": (replies, read_reply_message),
    "hello": (greetings, read_hello_message),
    "enrol": (enrolments, read_enrol_message),
}
SPOILT = 8
"""Spoilt copies tried of each."""

randoms = st.randoms(use_true_random=False)
shared_harness = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def named(value: Any) -> Any:
    """A struct as TypeScript names its fields, bytes in hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, msgspec.Raw):
        return bytes(value).hex()
    if isinstance(value, msgspec.Struct):
        return {camel(name): named(getattr(value, name)) for name in value.__struct_fields__}
    return [named(each) for each in value] if isinstance(value, list | tuple) else value


def camel(name: str) -> str:
    """first_sequence as firstSequence, and ServerTips as serverTips."""
    joined = re.sub("_([a-z])", lambda found: found[1].upper(), name)
    return joined[0].lower() + joined[1:]


def told(read: Callable[[bytes], Message], data: bytes) -> Any:
    """What Python reads in a message, or the code of its refusal."""
    try:
        message = read(data)
    except ProtocolError as error:
        return error.code
    return [camel(type(message).__name__), named(message)]


def spoilt(random: Random, data: bytes) -> bytes:
    """Other bytes, or the bytes of another value. Signed bytes in a message need not be canonical as values."""
    return scribbled(random, data) if random.random() < 0.5 else reshaped(random, data)


@given(st.data(), st.sampled_from(sorted(MESSAGES)), randoms)
@shared_harness
def test_messages_have_the_same_fields(
    typescript: Harness, data: st.DataObject, where: str, random: Random
) -> None:
    strategy, read = MESSAGES[where]
    message = canonical.encode(data.draw(strategy))
    tried = [message, *(spoilt(random, message) for _ in range(SPOILT))]
    theirs = typescript.ask(read=[[where, each.hex()] for each in tried])
    assert theirs == [told(read, each) for each in tried]
    assert isinstance(theirs[0], list)


@given(wire.statements, randoms)
@shared_harness
def test_statements_have_the_same_fields(typescript: Harness, statement: Statement, random: Random) -> None:
    kind = type(statement)
    whole = canonical.encode(statement)

    def ours(data: bytes) -> Any:
        try:
            return named(decode(kind, data))
        except ProtocolError as error:
            return error.code

    tried = [whole, *(spoilt(random, whole) for _ in range(SPOILT))]
    where = f"statement {kind.__name__.lower()}"
    assert typescript.ask(read=[[where, each.hex()] for each in tried]) == [ours(each) for each in tried]
