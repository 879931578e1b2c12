"""B5–B8, O1, O4–O7: bodies as bytes and back, and what is refused."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from haidang_protocol.body import (
    SAME_SET,
    Address,
    Operation,
    Preimage,
    Reference,
    Save,
    address_value,
    record_id,
    slot_key,
)
from haidang_protocol.columns import decode_body, encode_body
from haidang_protocol.errors import LimitError, MalformedError, NotCanonicalError, ProtocolError
from haidang_protocol.ids import REPORTS, derived_record_id, derived_row_id, scope_of
from haidang_protocol.limits import INTEGER_MAX, SET_OPERATIONS_MAX, SET_REFERENCES_MAX
from haidang_protocol.operation_values import check_value
from haidang_protocol.operations import ADD, COUNT, KINDS, NOTE, PUT, REMOVE, REPORT_KINDS, SLOT_CLASS
from tests.protocol.strategies import UNIT, addresses, kinds, names, operations, save_lists, values, values_of

SCOPE = scope_of(REPORTS, UNIT)
RECORD = b"\x01" * 16


def said(*stated: Operation) -> Save:
    return Save(b"", 0, stated)


def put(value: Any = None, address: Address = "a", **other: Any) -> Operation:
    return Operation(PUT, RECORD, address, value, **other)


def parts_of(*saves: Save) -> tuple[list[Any], list[Any]]:
    """Structure and values as lists, to be spoilt."""
    structure, column = encode_body(saves)
    return msgspec.msgpack.decode(structure), msgspec.msgpack.decode(column)


def read(structure: Any, column: Any) -> Any:
    return decode_body(msgspec.msgpack.encode(structure), msgspec.msgpack.encode(column), SCOPE)


@given(save_lists())
def test_b5_b6_saves_come_back_as_they_were_stated(saves: tuple[Save, ...]) -> None:
    body = decode_body(*encode_body(saves), SCOPE)
    assert body.operations == [operation for save in saves for operation in save.operations]
    assert body.forms == [save.form for save in saves]
    assert body.salts == {at: save.salt for at, save in enumerate(saves) if save.salt is not None}
    assert [saves[-1].time - 60 * minutes for minutes in body.minutes_before_last] == [s.time for s in saves]
    assert body.redacted is None


@given(save_lists())
def test_b5_the_columns_of_a_body_agree_with_its_saves(saves: tuple[Save, ...]) -> None:
    body = decode_body(*encode_body(saves), SCOPE)
    assert body.counts == [len(save.operations) for save in saves]
    assert body.save_of == [at for at, save in enumerate(saves) for _ in save.operations]
    assert body.index_in_save == [at for save in saves for at, _ in enumerate(save.operations)]
    assert body.record_ids == [record_id(operation.record, SCOPE) for operation in body.operations]
    assert body.addresses == [address_value(operation.address) for operation in body.operations]
    assert body.kinds == {operation.kind for operation in body.operations}
    assert body.operations is body.operations, (
        "computed once: who asks for one operation after another must not wait"
    )
    assert body.size == len(body.operations) == sum(len(save.operations) for save in saves)


@given(save_lists())
def test_b5_a_body_has_one_encoding(saves: tuple[Save, ...]) -> None:
    structure, column = encode_body(saves)
    body = decode_body(structure, column, SCOPE)
    operations_left = iter(body.operations)
    again = [
        Save(
            form,
            saves[-1].time - 60 * minutes,
            tuple(next(operations_left) for _ in range(count)),
            body.salts.get(at),
        )
        for at, (form, minutes, count) in enumerate(
            zip(body.forms, body.minutes_before_last, body.counts, strict=True)
        )
    ]
    assert encode_body(again) == (structure, column)


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=5))
def test_b5_the_last_time_is_exact_and_the_others_to_the_minute(times: list[int]) -> None:
    saves = [Save(b"", time, (put(),)) for time in times]
    minutes = decode_body(*encode_body(saves), SCOPE).minutes_before_last
    assert minutes[-1] == 0
    for time, before in zip(times, minutes, strict=True):
        assert 0 <= times[-1] - 60 * before - time < 60


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30))
def test_b5_runs_say_each_column_in_one_way(column: list[int]) -> None:
    saves = [Save(bytes([form]) * 16, 0, (put(),)) for form in column]
    runs = parts_of(*saves)[0][3][0]
    assert all(count >= 1 for count in runs[1::2])
    assert all(one != next_one for one, next_one in pairwise(runs[::2]))
    assert decode_body(*encode_body(saves), SCOPE).forms == [bytes([form]) * 16 for form in column]


@given(st.lists(st.tuples(addresses(), st.integers(0, 9)), min_size=1, max_size=12))
def test_b6_values_of_one_field_stand_side_by_side(stated: list[tuple[Address, int]]) -> None:
    _, column = parts_of(said(*(put(value, address) for address, value in stated)))
    fields = list(dict.fromkeys(address for address, _ in stated))
    assert column[1:] == [value for field in fields for address, value in stated if address == field]


@pytest.mark.parametrize("structure", [None, 1, [], [[]] * 6, [[]] * 5, [[]] * 7, "text"])
def test_b5_what_is_no_structure_is_malformed(structure: Any) -> None:
    with pytest.raises(MalformedError):
        read(structure, [[], None])


@pytest.mark.parametrize(
    "column",
    [None, {}, [], [[]], [[], 1, 2, 3], [None, 1], [[0], 1], [[0, b"x" * 15], 1], [[0, "x" * 16], 1],
     [[1, b"x" * 16], 1], [[-1, b"x" * 16], 1], [[True, b"x" * 16], 1], [["a", b"x" * 16], 1],
     ["redacted"], ["redacted", b""], ["redacted", "x" * 32], ["redacted", bytes(33)], ["redacted", bytes(32), None],
     ["erased", bytes(32)]],
)  # fmt: skip
def test_b6_b7_values_of_another_shape_are_malformed(column: Any) -> None:
    structure, whole = parts_of(said(put(1)))
    assert read(structure, whole).operations[0].value == 1
    with pytest.raises(MalformedError):
        read(structure, column)


def test_b6_salts_stand_in_the_order_of_their_saves_once_each() -> None:
    structure, _ = parts_of(said(put(1)), said(put(2)))
    salt, other = b"s" * 16, b"t" * 16
    assert read(structure, [[0, salt, 1, other], 1, 2]).salts == {0: salt, 1: other}
    for salts in ([1, other, 0, salt], [0, salt, 0, salt]):
        with pytest.raises(NotCanonicalError):
            read(structure, [salts, 1, 2])


def test_b8_a_set_holds_512_operations_and_no_more() -> None:
    two = [put(), Operation(NOTE, RECORD, "", ["", None])]
    for stated in ([put()] * SET_OPERATIONS_MAX, two * (SET_OPERATIONS_MAX // 2)):
        assert len(read(*parts_of(said(*stated))).operations) == SET_OPERATIONS_MAX
        with pytest.raises(LimitError):
            read(*parts_of(said(*stated, put())))


@given(st.integers(0, SET_REFERENCES_MAX + 2))
@example(2000)
@example(2001)
def test_b8_a_set_holds_4096_references_of_both_kinds_together(covers: int) -> None:
    supersedes = (Reference(SAME_SET, 0),) * (SET_REFERENCES_MAX - 2000)
    covered = tuple(Reference(SAME_SET, at) for at in range(covers))
    structure, column = parts_of(said(put(supersedes=supersedes, covers=covered)))
    if covers <= 2000:
        assert len(read(structure, column).operations[0].covers) == covers
    else:
        with pytest.raises(LimitError):
            read(structure, column)


@given(st.sampled_from(REPORT_KINDS), values(7))
def test_o7_a_known_kind_takes_its_own_values_only(kind: int, value: Any) -> None:
    structure, column = parts_of(said(put(1)))
    structure[4][0][0], column[1] = kind, value
    try:
        check_value(kind, value)
    except ProtocolError as refused:
        with pytest.raises(type(refused)):
            read(structure, column)
    else:
        assert read(structure, column).operations[0].value == value


@given(kinds(authority=False) | kinds(authority=True), st.data())
def test_o7_every_kind_takes_what_it_is_for(kind: int, data: st.DataObject) -> None:
    check_value(kind, data.draw(values_of(kind)))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (COUNT, 0), (COUNT, 10**6 + 1), (COUNT, -(10**6) - 1), (COUNT, True), (COUNT, "1"), (COUNT, None),
        (ADD, None), (ADD, 1), (ADD, []), (ADD, [1]), (ADD, "x" * 65), (ADD, bytes(65)), (ADD, ["x" * 33, "đ" * 16]),
        (REMOVE, ["a", ["b"]]), (NOTE, "text"), (NOTE, ["text"]), (NOTE, ["text", b"x" * 15]), (NOTE, [None, None]),
        (6, None), (6, ["nhầm"]), (7, 1), (8, "confirmed"), (8, "ok"), (8, ["confirmed"]), (8, ["confirmed", None]),
        (9, [b"x" * 16]), (9, [b"x" * 16, b"x" * 16]), (9, "same-as"), (32, None), (33, "text"), (36, {}),
        (10, None), (31, "text"), (37, [b""]), (54, 1), (200, None), (-1, 0),
    ],
)  # fmt: skip
def test_o7_a_value_that_its_kind_does_not_have_is_refused(kind: int, value: Any) -> None:
    with pytest.raises(MalformedError):
        check_value(kind, value)


@given(st.integers(-INTEGER_MAX, INTEGER_MAX).filter(lambda kind: kind not in KINDS), st.binary(max_size=30))
def test_o1_an_unknown_kind_is_kept_byte_for_byte(kind: int, value: bytes) -> None:
    body = decode_body(*encode_body([said(Operation(kind, RECORD, "a", value))]), SCOPE)
    assert body.operations == [Operation(kind, RECORD, "a", value)]


@given(addresses(), addresses(), kinds(authority=False), kinds(authority=False))
def test_o2_two_slots_never_share_a_key(one: Address, other: Address, kind: int, other_kind: int) -> None:
    same_class = SLOT_CLASS.get(kind, "?") == SLOT_CLASS.get(other_kind, "?")
    same_place = address_value(one) == address_value(other)
    assert (slot_key(kind, one) == slot_key(other_kind, other)) == (same_class and same_place)


@given(names(), names(), names(min_size=0))
def test_o5_a_row_is_the_same_by_key_and_by_id(field: str, key: str, cell: str) -> None:
    by_key: Address = (field, (key,), cell)
    by_id: Address = (field, derived_row_id(field, (key,)), cell)
    assert slot_key(PUT, by_key) == slot_key(PUT, by_id)
    assert address_value(by_key) == address_value(by_id)


def test_o4_a_record_entry_may_be_its_preimage() -> None:
    preimage = Preimage("f", None, "171/01", None)
    assert record_id(preimage, SCOPE) == derived_record_id(SCOPE, "f", UNIT, "171/01", None)
    assert record_id(RECORD, SCOPE) == RECORD


def test_o6_the_same_set_is_source_0() -> None:
    structure, _ = parts_of(said(put(), put(supersedes=(Reference(SAME_SET, 0),))))
    assert structure[5] == [[0], [0, 1, 1, 1], [0], [0, 1], [0, 2], [], []]


@pytest.mark.parametrize("size", [0, 4, 8, 15, 17, 32])
def test_o6_a_reference_by_more_or_less_than_half_an_id_is_refused(size: int) -> None:
    structure, values = parts_of(said(put(), put(supersedes=(Reference(b"x" * 16, 0),))))
    assert read(structure, values).operations[1].supersedes == (Reference(b"x" * 16, 0),)
    structure[5][0] = [b"x" * size]
    with pytest.raises(MalformedError):
        read(structure, values)


@given(operations())
def test_o6_references_come_back_with_their_operation(operation: Operation) -> None:
    stated = [put(), operation, put(2)]
    body = decode_body(*encode_body([said(*stated)]), SCOPE)
    assert [each.supersedes for each in body.operations] == [each.supersedes for each in stated]
    assert [each.covers for each in body.operations] == [each.covers for each in stated]


@pytest.mark.parametrize("value", [0.5, {"a": 1}, "e\u0301", "\ud800", 2**53, [[[[[[[[1]]]]]]]]])
def test_b3_what_the_format_does_not_have_is_not_sealed(value: Any) -> None:
    with pytest.raises(ProtocolError):
        encode_body([said(put(value))])


def test_b5_a_set_without_saves_is_not_sealed() -> None:
    with pytest.raises(MalformedError):
        encode_body([])
