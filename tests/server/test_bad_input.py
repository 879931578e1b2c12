"""Bad input over HTTP: each kind has its code, nothing of it is stored that should not be, and nothing else suffers by it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import pytest

from haidang_protocol.body import Operation, Save
from haidang_protocol.certificates import Rights
from haidang_protocol.envelope import OpenedSet, SetBytes
from haidang_protocol.ids import REPORTS
from haidang_protocol.messages import Group, Refusal
from haidang_protocol.operations import PUT
from haidang_protocol.verdicts import CODES
from haidang_server.error_words import WORDS
from haidang_server.inspection import inspect
from tests.server.caller import Answer, Caller
from tests.server.running import Running, running
from tests.server.test_http import problem
from tests.server.world import START, World, raw

NO_VALUES: Final = b"\x91\x90"
UNKNOWN_KIND: Final = 20


def group_of(*sets: SetBytes) -> Group:
    """A group of these bytes, whatever they are."""
    return Group(
        b"".join(each.signature for each in sets), [msgspec.Raw(each.structure) for each in sets],
        [each.header for each in sets], [msgspec.Raw(each.values) for each in sets], None,
    )  # fmt: skip


def brought(hub: Running, caller: Caller, *sets: SetBytes) -> Answer:
    """The answer to a request with these sets."""
    return hub.sync(caller, tips=(), groups=[group_of(*sets)])


def held(hub: Running, world: World) -> set[bytes]:
    """Everything that the hub gives to whoever may read all of it, but the world's authority."""
    auditor = Caller(world, world.auditor)
    hub.sync(auditor)
    hub.sync(auditor)
    return auditor.got.keys() - {each.id for each in world.founding}


def with_values(opened: OpenedSet, values: bytes) -> SetBytes:
    return msgspec.structs.replace(opened.parts, values=values)


def of_one_value(opened: OpenedSet, value: bytes) -> SetBytes:
    """A set of one operation with another value, byte for byte."""
    return with_values(opened, b"\x92\x90" + value)


def packed(value: object) -> bytes:
    return msgspec.msgpack.encode(value)


BAD: Final[dict[str, tuple[str, Callable[[OpenedSet], SetBytes]]]] = {
    "bad signature": ("bad-signature", lambda good: msgspec.structs.replace(good.parts, signature=bytes(64))),
    "changed after signing": ("bad-signature", lambda good: of_one_value(good, packed(7))),
    "oversized": ("over-limit", lambda good: of_one_value(good, packed(bytes(256 * 1024)))),
    "text too long": ("over-limit", lambda good: of_one_value(good, packed("a" * (16 * 1024 + 1)))),
    "integer too large": ("over-limit", lambda good: of_one_value(good, packed(2**53))),
    "too deep": ("over-limit", lambda good: of_one_value(good, b"\x91" * 9 + b"\xc0")),
    "malformed structure": ("malformed", lambda good: msgspec.structs.replace(good.parts, structure=b"\x90")),
    "malformed header": ("malformed", lambda good: msgspec.structs.replace(good.parts, header=b"\x91\x01")),
    "too few values": ("malformed", lambda good: with_values(good, NO_VALUES)),
    "not canonical: a longer integer": ("not-canonical", lambda good: of_one_value(good, b"\xcd\x00\x07")),
    "not canonical: a longer array": ("not-canonical", lambda good: with_values(good, b"\xdc\x00\x02\x90\x07")),
    "float": ("malformed", lambda good: of_one_value(good, packed(1.5))),
    "map": ("malformed", lambda good: of_one_value(good, packed({"a": 1}))),
    "text that is not NFC": ("not-canonical", lambda good: of_one_value(good, packed("a\u0302\u0301"))),
    "text that is no UTF-8": ("malformed", lambda good: of_one_value(good, b"\xa2\xff\xfe")),
}  # fmt: skip
"""For each kind of bad set: the code of its refusal, and how one is made of a good one."""


def test_every_bad_set_is_refused_by_its_code_and_everything_beside_it_is_taken(
    folder: Path, world: World
) -> None:
    spoilt = {kind: world.phone.report(number, values=1) for number, kind in enumerate(BAD)}
    good = [world.other.report(number) for number in range(len(BAD))]
    frames = [
        part
        for kind, other in zip(BAD, good, strict=True)
        for part in (other.parts, BAD[kind][1](spoilt[kind]))
    ]
    with running(folder) as hub:
        caller = Caller(world, world.phone)
        answer = brought(hub, caller, *frames)
        codes = {refusal.frame: refusal.code for refusal in answer.refused}
        assert codes == {2 * at + 1: code for at, (code, _) in enumerate(BAD.values())}
        assert held(hub, world) == {each.id for each in good}
        # What was good is still with its author, and is taken when it comes as it was signed.
        assert brought(hub, caller, *(each.parts for each in spoilt.values())).refused == []
        assert held(hub, world) == {each.id for each in [*good, *spoilt.values()]}
    assert inspect(folder, lambda _done, _all: None, processes=0).findings == []


@pytest.mark.parametrize("junk", [b"\x92\x90", b"\xc1", b"\xd9\x05a", b""])
def test_a_group_that_is_no_messagepack_ends_the_request_and_what_came_before_it_is_kept(
    hub: Running, world: World, junk: bytes
) -> None:
    """Behind such bytes nobody can say where the next frame begins: the sender offers all of it again."""
    good, next_one = world.phone.report(0, values=1), world.phone.report(1, values=1)
    caller = Caller(world, world.phone)
    groups = [group_of(good.parts), group_of(with_values(next_one, junk))]
    assert problem(hub.post(caller.request(groups=groups, tips=()))) == (400, "malformed")
    assert held(hub, world) == {good.id}
    assert hub.sync(caller, [good, next_one], tips=()).receipt is not None


FUTURE: Final = Rights(frozenset({PUT, UNKNOWN_KIND}), frozenset(), frozenset({REPORTS}))


def test_an_unknown_operation_and_an_unknown_field_are_kept_and_relayed_byte_for_byte(
    hub: Running, world: World
) -> None:
    """By a certificate of a newer version it is accepted; without one it is quarantined, and travels all the same."""
    newer = world.person("newer", world.top)
    root = world.roots[0]
    hub.sync(Caller(world, root), [root.enter(world.certified(root, newer, FUTURE))])
    operations = (
        Operation(UNKNOWN_KIND, raw("record"), "", b"\x01\x02"),
        Operation(PUT, raw("record"), "a_field_of_2031", 7),
    )
    sets = [who.seal(world.phone.scope, [Save(b"", START, operations)]) for who in (newer, world.phone)]
    assert hub.sync(Caller(world, newer), sets[:1]).outcomes == {}
    answer = hub.sync(Caller(world, world.phone), sets[1:])
    assert answer.outcomes == {sets[1].id: (CODES["quarantined"], "unauthorised")}
    auditor = Caller(world, world.auditor)
    hub.sync(auditor)
    hub.sync(auditor)
    assert [auditor.got[each.id].parts for each in sets] == [each.parts for each in sets]


def test_an_unknown_operation_whose_value_is_no_bin_is_refused(hub: Running, world: World) -> None:
    operation = Operation(UNKNOWN_KIND, raw("record"), "", b"\x01")
    good = world.phone.seal(world.phone.scope, [Save(b"", START, (operation,))])
    assert brought(hub, Caller(world, world.phone), of_one_value(good, packed(1))).refused == [
        Refusal(0, "malformed")
    ]


def test_sets_in_a_wrong_scope_of_a_revoked_key_or_without_their_predecessor_are_kept_and_say_why(
    hub: Running, world: World
) -> None:
    phone = Caller(world, world.phone)
    first, second, third = (world.phone.report(number) for number in range(3))
    stray = world.phone.report(0, scope=world.far.scope)
    assert hub.sync(phone, [first, stray], tips=()).outcomes == {stray.id: (CODES["parked"], "certificate")}
    assert hub.sync(phone, [third], tips=()).outcomes == {third.id: (CODES["parked"], "predecessor")}
    revoked = world.revoke(world.district, world.phone, {(0, world.phone.scope): [first.id]})
    hub.sync(Caller(world, world.district), [revoked])
    answer = hub.sync(phone, [second], tips=())
    assert answer.outcomes[second.id] == (CODES["quarantined"], "revoked")
    assert held(hub, world) == {each.id for each in (first, second, third, stray, revoked)}


def test_every_refusal_that_a_device_can_meet_says_what_happened_what_is_safe_and_what_to_do() -> None:
    for code, words in WORDS.items():
        for language, text in words.items():
            assert text.count(". ") + text.count("; ") >= 2, (code, language, text)
