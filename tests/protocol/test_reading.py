"""SPEC O10–O14 as a person reads them: values, conflicts, tallies, sets, rows, hidden records, stale approvals."""

from collections.abc import Callable

from haidang_protocol import reading
from haidang_protocol.body import Address
from haidang_protocol.canonical import decode
from haidang_protocol.certificates import genesis_from_value
from haidang_protocol.ids import derived_row_id
from haidang_protocol.ledger import Ledger
from haidang_protocol.memory_store import MemoryStore
from haidang_protocol.merge import Live, RecordState
from haidang_protocol.operations import (
    ADD,
    APPROVE,
    ATTEST,
    CONFIRM,
    COUNT,
    LINK,
    NOTE,
    PUT,
    REMOVE,
    RESTORE,
    SAME_AS,
    VOID,
)  # fmt: skip
from haidang_protocol.reading import Stamp
from tests.protocol.actors import Draft
from tests.protocol.village import FIELD, RECORD, Village

HAMLET = ("Ấp 1", "VTL")
ROW = derived_row_id("song", HAMLET)


def state_of(v: Village) -> RecordState:
    """The one record of the village, merged by the product."""
    ledger = Ledger(genesis_from_value(decode(v.genesis)), MemoryStore())
    ledger.commit(v.sets)
    return dict(ledger.store.all_records(v.reports))[RECORD]


def draft(
    kind: int, address: Address = "", value: object = None, *named: Draft, covers: list[Draft] | None = None
) -> Draft:
    """An operation on the one record."""
    return Draft(kind, RECORD, address, value, list(named), list(covers or []))


def by_time(times: dict[bytes, int]) -> Callable[[Live], Stamp]:
    return lambda live: Stamp(times[live.set16], live.set16, live.index)


def test_two_different_values_are_a_conflict_and_two_equal_ones_are_not(v: Village) -> None:
    v.put(v.a, 1)
    v.put(v.b, 1)
    assert not reading.register(state_of(v), FIELD).conflict
    v.put(v.b, 2)
    assert reading.conflicts(state_of(v))[FIELD].values == (1, 2)


def test_latest_is_a_label_by_time_then_id_and_unresolved_shows_nothing(v: Village) -> None:
    early, late = v.put(v.a, "sớm"), v.put(v.b, "muộn")
    value = reading.register(state_of(v), FIELD)
    times = {early.id16: 1, late.id16: 2}
    assert reading.shown(value, reading.LATEST, by_time(times)) == "muộn"
    assert reading.shown(value, reading.LATEST, by_time({early.id16: 3, late.id16: 2})) == "sớm"
    equal = by_time(dict.fromkeys(times, 1))
    assert reading.shown(value, reading.LATEST, equal) == ("sớm" if early.id16 > late.id16 else "muộn")
    assert reading.shown(value, reading.UNRESOLVED, equal) is None


def test_a_field_that_nobody_filled_shows_nothing_and_is_no_conflict(v: Village) -> None:
    v.put(v.a, 1)
    empty = reading.register(state_of(v), "khac")
    assert not empty.conflict
    assert reading.shown(empty, reading.LATEST, by_time({})) is None


def test_a_settled_conflict_shows_the_chosen_value(v: Village) -> None:
    one, two = v.put(v.a, 1), v.put(v.b, 2)
    v.put(v.b, 2, one, two)
    value = reading.register(state_of(v), FIELD)
    assert reading.shown(value, reading.UNRESOLVED, by_time({})) == 2


def test_a_tally_is_the_sum_of_all_taps_of_all_devices(v: Village) -> None:
    v.state(v.a, [draft(COUNT, "luot", 5)])
    v.state(v.b, [draft(COUNT, "luot", -2)])
    assert reading.tally(state_of(v), "luot") == 3
    assert reading.tally(state_of(v), "khac") == 0


def test_a_choice_added_apart_from_its_removal_stays(v: Village) -> None:
    added = draft(ADD, "dich_vu", "THU")
    v.state(v.a, [added, draft(ADD, "dich_vu", "NET")])
    v.state(v.b, [draft(ADD, "dich_vu", "THU")])
    v.state(v.a, [draft(REMOVE, "dich_vu", "THU", added)])
    assert sorted(reading.elements(state_of(v), "dich_vu")) == ["NET", "THU"]


def test_a_removed_choice_is_gone(v: Village) -> None:
    added = draft(ADD, "dich_vu", "THU")
    v.state(v.a, [added])
    v.state(v.b, [draft(REMOVE, "dich_vu", "THU", added)])
    assert reading.elements(state_of(v), "dich_vu") == []


def test_notes_and_links_are_read_beside_the_values(v: Village) -> None:
    v.state(v.a, [draft(NOTE, "", ["mất điện hai ngày", None]), draft(LINK, SAME_AS, [bytes(16), v.reports])])
    state = state_of(v)
    assert [note.value[0] for note in reading.notes(state)] == ["mất điện hai ngày"]
    assert reading.links(state, SAME_AS).values == ([bytes(16), v.reports],)


def test_cells_of_rows_meet_under_the_same_natural_key(v: Village) -> None:
    v.state(v.a, [draft(ADD, "song", list(HAMLET)), draft(PUT, ("song", HAMLET, "thoai"), "T")])
    v.state(v.b, [draft(PUT, ("song", ROW, "thoai"), "Y")])
    cell = f"song{reading.CELL_MARK}{ROW.hex()}{reading.CELL_MARK}thoai"
    assert set(reading.conflicts(state_of(v))[cell].values) == {"T", "Y"}


def test_a_void_hides_what_it_covers_and_a_concurrent_edit_shows_it_again(v: Village) -> None:
    value = draft(PUT, FIELD, 1)
    v.state(v.a, [value])
    v.state(v.a, [draft(VOID, "", "nhập nhầm", covers=[value])])
    assert reading.hidden(state_of(v))
    v.put(v.b, 2)
    assert not reading.hidden(state_of(v))


def test_notes_and_counts_do_not_bring_a_voided_record_back(v: Village) -> None:
    value = draft(PUT, FIELD, 1)
    v.state(v.a, [value])
    v.state(v.a, [draft(VOID, "", "nhập nhầm", covers=[value])])
    v.state(v.b, [draft(NOTE, "", ["vì sao?", None]), draft(COUNT, "luot", 1)])
    assert reading.hidden(state_of(v))


def test_a_restore_shows_the_record_again(v: Village) -> None:
    value = draft(PUT, FIELD, 1)
    void = draft(VOID, "", "nhập nhầm", covers=[value])
    v.state(v.a, [value])
    v.state(v.a, [void])
    v.state(v.a, [draft(RESTORE, "", "đúng rồi", void)])
    assert not reading.hidden(state_of(v))


def test_a_row_is_hidden_with_its_add_and_cells(v: Village) -> None:
    row, cell = draft(ADD, "song", list(HAMLET)), draft(PUT, ("song", HAMLET, "thoai"), "T")
    v.state(v.a, [row, cell])
    v.state(v.a, [draft(VOID, ("song", ROW, ""), "trùng", covers=[row, cell])])
    assert reading.hidden(state_of(v), ("song", ROW))
    assert not reading.hidden(state_of(v))
    v.state(v.b, [draft(PUT, ("song", ROW, "thoai"), "K")])
    assert not reading.hidden(state_of(v), ("song", ROW))


def test_an_approval_is_stale_after_an_addition_and_after_a_removal(v: Village) -> None:
    value, choice = draft(PUT, FIELD, 1), draft(ADD, "dich_vu", "THU")
    v.state(v.a, [value, choice])
    v.state(v.district, [draft(ATTEST, APPROVE, ["approved", ""], covers=[value, choice])])
    assert [attest.stale for attest in reading.attests(state_of(v))] == [False]
    v.state(v.a, [draft(REMOVE, "dich_vu", "THU", choice)])
    assert [attest.stale for attest in reading.attests(state_of(v))] == [True]


def test_an_approval_stays_fresh_when_only_somebody_confirms_or_comments(v: Village) -> None:
    value = draft(PUT, FIELD, 1)
    v.state(v.a, [value])
    v.state(v.district, [draft(ATTEST, APPROVE, ["approved", "tốt"], covers=[value])])
    v.state(
        v.b, [draft(ATTEST, CONFIRM, ["confirmed", ""], covers=[value]), draft(NOTE, "", ["ghi chú", None])]
    )
    attests = {attest.role: attest for attest in reading.attests(state_of(v))}
    assert not attests[APPROVE].stale
    assert (attests[APPROVE].verdict, attests[APPROVE].reason) == ("approved", "tốt")
    assert not attests[CONFIRM].stale


def test_a_void_makes_an_approval_stale(v: Village) -> None:
    value = draft(PUT, FIELD, 1)
    v.state(v.a, [value])
    v.state(v.district, [draft(ATTEST, APPROVE, ["approved", ""], covers=[value])])
    v.state(v.a, [draft(VOID, "", "nhập nhầm", covers=[value])])
    assert [attest.stale for attest in reading.attests(state_of(v))] == [True]


def test_what_an_attest_and_a_void_must_cover_now_is_listed(v: Village) -> None:
    row, cell = draft(ADD, "song", list(HAMLET)), draft(PUT, ("song", HAMLET, "thoai"), "T")
    void = draft(VOID, ("song", ROW, ""), "trùng", covers=[row, cell])
    v.state(v.a, [row, cell, draft(PUT, FIELD, 1)])
    v.state(v.a, [void])
    state = state_of(v)
    assert sorted(item.kind for item in reading.covers_now(state)) == [PUT, PUT, ADD]
    assert sorted(item.kind for item in reading.covers_now(state, attest=True)) == [PUT, PUT, ADD, VOID]
    assert sorted(item.kind for item in reading.covers_now(state, ("song", ROW))) == [PUT, ADD]


def test_an_attest_whose_words_were_redacted_is_shown_without_them() -> None:
    redacted = Live(ATTEST, bytes(16), bytes(16), 0, 0, None)
    (attest,) = reading.attests(RecordState(slots={"a" + APPROVE: [redacted]}))
    assert (attest.role, attest.verdict, attest.reason) == (APPROVE, "", "")


def test_only_rows_have_row_ids() -> None:
    assert reading.row_of("song", ROW) == ROW
    assert reading.row_of("song", list(HAMLET)) == ROW
    assert reading.row_of("dich_vu", "THU") is None
