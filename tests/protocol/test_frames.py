"""X3: groups leave out of headers what the receiver knows, and give them back bit for bit."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol import canonical, envelope
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import MalformedError, ProtocolError, SignatureError
from haidang_protocol.frames import GROUP_BYTES, Frame, FrameReader, Outgoing, Place, write_groups
from haidang_protocol.ids import AUTHORITY, RESTRICTED, scope_of
from haidang_protocol.limits import GROUP_FRAMES_MAX, INTEGER_MAX
from haidang_protocol.messages import Columns, Group, read_request_message
from haidang_protocol.statements import OwnTip
from tests.protocol import wire

AUTHORITY_SCOPE = scope_of(AUTHORITY, wire.unit("commune"))
OTHER_SCOPE = scope_of(RESTRICTED, wire.unit("commune"))


def outgoing(sets: Sequence[OpenedSet]) -> list[Outgoing]:
    return [Outgoing(each.id, each.parts) for each in sets]


def tip_of(opened: OpenedSet) -> OwnTip:
    header = opened.header
    return OwnTip(header.scope, header.incarnation, header.position, opened.id)


def over_the_wire(group: Group) -> Columns:
    message = read_request_message(canonical.encode(group))
    assert isinstance(message, Columns)
    return message


def read(groups: Sequence[Group], key: bytes | None = None, tips: Sequence[OwnTip] = ()) -> list[Frame]:
    reader = FrameReader(key, tips)
    return [frame for group in groups for frame in reader.read(over_the_wire(group))]


def parts_of(read_frames: Sequence[Frame]) -> list[envelope.SetBytes | str]:
    return [
        each.result.parts if isinstance(each.result, OpenedSet) else each.result.code for each in read_frames
    ]


LOG_A = wire.log("a", 12, opening=5)
LOG_B = wire.log("b", 6, scope=OTHER_SCOPE)
LOG_C = wire.log("c", 5, scope=AUTHORITY_SCOPE)
EVERY = [*LOG_A, *LOG_B, *LOG_C]


@given(
    st.lists(st.sampled_from(EVERY), min_size=1, max_size=30),
    st.lists(st.sampled_from(EVERY), max_size=4),
    st.data(),
)
def test_every_set_comes_back_bit_for_bit_in_any_order_and_with_any_tips(
    sets: list[OpenedSet], named: list[OpenedSet], data: st.DataObject
) -> None:
    key = data.draw(st.none() | st.sampled_from([each.header.key for each in EVERY]))
    tips = [tip_of(each) for each in named]
    groups = list(write_groups(outgoing(sets), key, tips))
    assert parts_of(read(groups, key, tips)) == [each.parts for each in sets]


def test_a_log_in_line_states_each_header_as_the_time_that_passed() -> None:
    sets = wire.log("a", 8)
    (group,) = write_groups(outgoing(sets))
    assert group.heads[0] == sets[0].parts.header
    assert group.heads[1:] == [1200] * 7


def test_another_opening_adds_its_tag_only() -> None:
    (group,) = write_groups(outgoing(LOG_A))
    assert group.heads[5] == [1200, LOG_A[5].header.tag]
    assert group.heads[6] == 1200


def test_the_first_set_behind_a_tip_of_the_prelude_states_tag_and_time_only() -> None:
    tips = [tip_of(LOG_B[2]), tip_of(LOG_A[6])]
    following = LOG_A[7]
    (group,) = write_groups(outgoing(LOG_A[7:9]), following.header.key, tips)
    assert group.heads == [[1, following.header.tag, following.header.time], 1200]


def test_what_does_not_restore_is_sent_whole() -> None:
    key = LOG_C[0].header.key
    (authority,) = write_groups(outgoing(LOG_C[2:4]), key, [tip_of(LOG_C[1])])
    assert authority.heads == [LOG_C[2].parts.header, 1200]
    (foreign,) = write_groups(outgoing(LOG_A[3:4]), key, [tip_of(LOG_A[2])])
    assert foreign.heads == [LOG_A[3].parts.header]
    wrong = msgspec.structs.replace(tip_of(LOG_A[2]), incarnation=1)
    (other,) = write_groups(outgoing(LOG_A[3:4]), LOG_A[0].header.key, [wrong])
    assert other.heads == [LOG_A[3].parts.header]


def test_a_set_that_joins_a_fork_is_sent_whole() -> None:
    left, right = (next(wire.log_from("a", LOG_A[0], 1, saves=saves)) for saves in (1, 3))
    key = wire.signer("a")
    joined = envelope.seal(
        msgspec.structs.replace(
            left.header, position=2, incarnation=1, previous=tuple(sorted((left.id, right.id))), tag=bytes(8)
        ),
        [wire.save(9)],
        key,
    )
    sets = [left, right, joined]
    (group,) = write_groups(outgoing(sets), left.header.key, [tip_of(LOG_A[0])])
    assert group.heads[2] == joined.parts.header
    assert parts_of(read([group], left.header.key, [tip_of(LOG_A[0])])) == [each.parts for each in sets]


def test_a_set_too_far_in_time_from_the_one_before_is_sent_whole() -> None:
    (first,) = wire.log("a", 1)
    header = msgspec.structs.replace(first.header, position=1, previous=(first.id,), time=-INTEGER_MAX)
    far = envelope.seal(header, [wire.save(1, time=-INTEGER_MAX)], wire.signer("a"))
    (group,) = write_groups(outgoing([first, far]))
    assert group.heads[1] == far.parts.header
    assert parts_of(read([group])) == [first.parts, far.parts]


def test_a_redacted_set_travels_with_its_redacted_values() -> None:
    redacted = [Outgoing(each.id, envelope.redact(each)) for each in LOG_A]
    groups = list(write_groups(redacted))
    assert groups[0].heads[1] == 1200
    results = [frame.result for frame in read(groups)]
    assert [each.id for each in results if isinstance(each, OpenedSet)] == [each.id for each in LOG_A]


places = st.builds(Place, st.integers(0, 2**53 - 1), st.integers(0, 2**40), st.integers(0, 2))


@given(st.lists(places, min_size=len(LOG_A), max_size=len(LOG_A)))
def test_places_in_the_log_of_the_server_come_back(drawn: list[Place]) -> None:
    placed = [each._replace(place=place) for each, place in zip(outgoing(LOG_A), drawn, strict=True)]
    assert [frame.place for frame in read(list(write_groups(placed)))] == drawn


def test_no_group_is_empty() -> None:
    assert list(write_groups([])) == []
    full = wire.log("long", 2 * GROUP_FRAMES_MAX, saves=1)
    assert [len(group.heads) for group in write_groups(outgoing(full))] == [GROUP_FRAMES_MAX] * 2


def test_frames_are_counted_over_all_groups() -> None:
    sets = wire.log("long", 130, saves=1)
    groups = list(write_groups(outgoing(sets)))
    assert [len(group.heads) for group in groups] == [64, 64, 2]
    assert [frame.number for frame in read(groups)] == list(range(130))
    assert groups[1].heads[0] == 600


def test_a_group_is_closed_when_it_is_long_enough() -> None:
    big = [wire.large_set(at) for at in range(8)]
    groups = list(write_groups(outgoing(big)))
    assert len(groups) == 3
    assert all(len(canonical.encode(group)) < 2 * GROUP_BYTES for group in groups)


def test_a_wrong_restoration_fails_its_signature_and_is_known_as_restored() -> None:
    tip, lie = tip_of(LOG_A[6]), msgspec.structs.replace(tip_of(LOG_A[6]), id=wire.digest_of("lie"))
    key = LOG_A[0].header.key
    (group,) = write_groups(outgoing(LOG_A[7:9]), key, [tip])
    public = wire.signer("a").public_key()
    for frame in read([group], key, [lie]):
        assert frame.restored
        assert isinstance(frame.result, OpenedSet)
        with pytest.raises(SignatureError):
            envelope.verify(frame.result, public)


def test_one_bad_frame_hurts_only_those_that_follow_it_by_less_than_a_header() -> None:
    sets = [*LOG_A[:4], *LOG_B[:2]]
    (group,) = write_groups(outgoing(sets))
    group.structures[1] = msgspec.Raw(canonical.encode([1, 2, 3]))
    results = read([group])
    assert [isinstance(each.result, OpenedSet) for each in results] == [True, False, False, False, True, True]
    assert [each.restored for each in results] == [False, True, True, True, False, True]


heads = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.binary(max_size=40),
    st.lists(st.integers(-(2**53) + 1, 2**53 - 1) | st.binary(max_size=9), max_size=4),
)


@given(st.lists(heads, min_size=3, max_size=3))
def test_no_head_raises_whatever_it_is(drawn: list[int | bytes | list[int | bytes]]) -> None:
    (group,) = write_groups(outgoing(LOG_A[:3]))
    changed = msgspec.structs.replace(group, heads=drawn)
    tips = [tip_of(LOG_A[6]), tip_of(LOG_C[1])]
    results = read([changed], LOG_A[0].header.key, tips)
    assert all(isinstance(each.result, OpenedSet | ProtocolError) for each in results)


@given(st.data())
def test_columns_that_do_not_fit_together_are_refused(data: st.DataObject) -> None:
    placed = [each._replace(place=Place(1, 2, 0)) for each in outgoing(LOG_A[:4])]
    (group,) = write_groups(placed)
    fields = canonical.decode(canonical.encode(group))
    column = data.draw(st.sampled_from((1, 2, 3, 4, 5)))
    if column == 5:
        fields[5][data.draw(st.integers(0, 2))].pop()
    else:
        fields[column] = fields[column][: data.draw(st.integers(0, len(fields[column]) - 1))]
    with pytest.raises(MalformedError):
        read_request_message(canonical.encode(fields))


def test_a_group_of_no_frame_or_of_more_than_64_is_refused() -> None:
    parts = LOG_A[0].parts
    structure, values = canonical.decode(parts.structure), canonical.decode(parts.values)
    for count in (0, 65):
        group = [
            2,
            parts.signature * count,
            [structure] * count,
            [parts.header] * count,
            [values] * count,
            None,
        ]
        with pytest.raises(MalformedError):
            read_request_message(canonical.encode(group))
