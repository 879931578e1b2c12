"""SPEC O9–O15 and B7, rule by rule: what accepted sets say together, asked of the model and of the product alike."""

from haidang_protocol.body import Preimage, Reference
from haidang_protocol.envelope import OpenedSet, open_set, redact
from haidang_protocol.ids import RESTRICTED, derived_record_id, derived_row_id, scope_of
from haidang_protocol.operations import ADD, ATTEST, COUNT, NOTE, PUT, REMOVE, RESTORE, VOID
from tests.protocol.actors import Draft, DraftSave
from tests.protocol.engines import Engine, Said
from tests.protocol.offices import HEAD
from tests.protocol.village import FIELD, RECORD, Village

SLOT = (RECORD, "v" + FIELD)
CELL = ("ho", ("Thôn 1",), "muc")


def said(engine: Engine, v: Village) -> Said:
    """What An's reports say."""
    return v.ask(engine).said[v.reports]


# --------------------------------------------------------------------------------------------- O1, O9, O10: liveness


def test_o1_an_accepted_operation_of_an_unknown_kind_merges_into_nothing(engine: Engine, v: Village) -> None:
    v.put(v.a, 1)
    before = v.ask(engine)
    newer = v.state(v.district, [Draft(20, RECORD, FIELD, b"?")])
    judged = v.ask(engine)
    assert judged.of(newer) == ["accepted"]
    assert judged.live == before.live
    assert judged.digests[v.reports][2] == before.digests[v.reports][2]
    assert judged.digests[v.reports][0] != before.digests[v.reports][0]


def test_o9_a_quarantined_operation_erases_nothing(engine: Engine, v: Village) -> None:
    first = v.put(v.a, 1)
    over = v.state(
        v.b, [Draft(PUT, RECORD, FIELD, 2, [Reference(first.id16, 0)]), Draft(20, RECORD, FIELD, b"?")]
    )
    judged = v.ask(engine)
    assert judged.of(over) == ["unauthorised"]
    assert v.shown(judged) == [1]


def test_o9_a_parked_operation_erases_nothing_until_it_is_accepted(engine: Engine, v: Village) -> None:
    first, lost = v.put(v.a, 1), v.put(v.b, 2, address="khac")
    v.put(v.b, 3, first)
    assert v.shown(v.ask(engine, lost)) == [1]
    assert v.shown(v.ask(engine)) == [3]


def test_o9_an_operation_of_another_scope_erases_nothing(engine: Engine, v: Village) -> None:
    first = v.put(v.a, 1)
    v.state(v.a, [Draft(PUT, RECORD, FIELD, 2, [Reference(first.id16, 0)])], scope_of(RESTRICTED, v.an))
    judged = v.ask(engine)
    assert v.shown(judged) == [1]
    assert v.shown(judged, scope=scope_of(RESTRICTED, v.an)) == [2]


def test_o9_what_is_superseded_stays_so_when_its_superseder_is(engine: Engine, v: Village) -> None:
    first = v.put(v.a, 1)
    second = v.put(v.b, 2, first)
    v.put(v.a, 3, second)
    assert v.shown(v.ask(engine)) == [3]


def test_o9_a_cut_brings_back_what_the_cut_set_had_superseded(engine: Engine, v: Village) -> None:
    first = v.put(v.a, 1)
    v.put(v.b, 2, first)
    assert v.shown(v.ask(engine)) == [2]
    v.cut(v.district, v.b)
    assert v.shown(v.ask(engine)) == [1]


def test_o10_concurrent_values_are_a_conflict_and_equal_ones_collapse(engine: Engine, v: Village) -> None:
    v.put(v.a, 1)
    v.put(v.b, 1)
    assert v.shown(v.ask(engine)) == [1, 1]
    assert SLOT not in said(engine, v).conflicts
    v.put(v.district, 2)
    assert SLOT in said(engine, v).conflicts


def test_o10_values_are_equal_only_if_their_bytes_are(engine: Engine, v: Village) -> None:
    v.put(v.a, 1)
    v.put(v.b, True)
    assert said(engine, v).conflicts == {SLOT}


def test_o10_an_add_that_a_remove_did_not_see_wins(engine: Engine, v: Village) -> None:
    seen = v.state(v.a, [Draft(ADD, RECORD, "kenh", "loa")])
    v.state(v.b, [Draft(ADD, RECORD, "kenh", "loa")])
    removal = v.state(v.a, [Draft(REMOVE, RECORD, "kenh", "loa", [Reference(seen.id16, 0)])])
    judged = v.ask(engine)
    live = judged.live[v.reports][RECORD, "skenh"]
    assert live == {v.sets[-2].identity(0)}
    assert removal.identity(0) not in live


def test_o11_a_second_save_of_one_form_leaves_no_conflict_with_the_first(engine: Engine, v: Village) -> None:
    old = v.put(v.b, 0)
    first = Draft(PUT, RECORD, FIELD, 1, [*v.all_of([old])])
    second = Draft(PUT, RECORD, FIELD, 2, [*v.all_of([old]), first])
    v.seal(v.a, v.reports, [DraftSave([first]), DraftSave([second])], "one form")
    assert v.shown(v.ask(engine)) == [2]


# ------------------------------------------------------------------------------------ O12, O13: voids and attests


def covering(v: Village, kind: int, *sets: OpenedSet, address: object = "") -> Draft:
    """A void, restore or attest that covers all of these sets."""
    value = ["confirmed", ""] if kind == ATTEST else "nhầm"
    covers = [Reference(s.id16, at) for s in sets for at in range(len(s.leaves))]
    return Draft(kind, RECORD, address, value, covers=[*covers])  # type: ignore[arg-type] # text or a row


HIDDEN = (RECORD, "h")


def test_o12_a_void_hides_what_it_covers_and_a_concurrent_edit_shows_all_again(
    engine: Engine, v: Village
) -> None:
    first = v.put(v.a, 1)
    v.state(v.b, [covering(v, VOID, first)])
    assert said(engine, v).hidden == {HIDDEN}
    edit = v.put(v.a, 2)
    assert said(engine, v).hidden == set()
    assert len(v.ask(engine).live[v.reports][SLOT]) == 2
    v.state(v.b, [covering(v, VOID, edit)])
    assert said(engine, v).hidden == {HIDDEN}


def test_o12_counts_notes_and_attests_do_not_show_a_void_record_again(engine: Engine, v: Village) -> None:
    first = v.put(v.a, 1)
    v.state(v.b, [covering(v, VOID, first)])
    later = [
        Draft(COUNT, RECORD, FIELD, 1),
        Draft(NOTE, RECORD, "", ["?", None]),
        covering(v, ATTEST, address="confirm"),
    ]
    v.state(v.a, later)
    assert said(engine, v).hidden == {HIDDEN}


def test_o12_a_live_restore_shows_and_a_void_that_supersedes_it_hides(engine: Engine, v: Village) -> None:
    first = v.put(v.a, 1)
    void = v.state(v.b, [covering(v, VOID, first)])
    restore = covering(v, RESTORE, first)
    restore.supersedes = v.all_of([void])
    restored = v.state(v.a, [restore])
    assert said(engine, v).hidden == set()
    again = covering(v, VOID, first)
    again.supersedes = v.all_of([restored])
    v.state(v.b, [again])
    assert said(engine, v).hidden == {HIDDEN}


def test_o12_a_void_and_a_restore_that_do_not_know_of_each_other_leave_the_record_shown(
    engine: Engine, v: Village
) -> None:
    first = v.put(v.a, 1)
    old = v.state(v.b, [covering(v, VOID, first)])
    restore = covering(v, RESTORE, first)
    restore.supersedes = v.all_of([old])
    v.state(v.a, [covering(v, VOID, first)])
    assert said(engine, v).hidden == {HIDDEN}
    v.state(v.b, [restore])
    assert said(engine, v).hidden == set()
    assert len(v.ask(engine).live[v.reports][HIDDEN]) == 2


def test_o12_a_row_is_its_add_and_its_cells(engine: Engine, v: Village) -> None:
    added = v.state(v.a, [Draft(ADD, RECORD, "ho", ["Thôn 1"]), Draft(PUT, RECORD, CELL, 2)])
    v.put(v.a, 1)
    v.state(v.b, [covering(v, VOID, added, address=(*CELL[:2], ""))])
    row = derived_row_id("ho", ["Thôn 1"])
    assert said(engine, v).hidden == {(RECORD, f"hho\x1f{row.hex()}\x1f")}
    v.state(v.a, [Draft(PUT, RECORD, CELL, 3)])
    assert said(engine, v).hidden == set()


def test_o13_an_attest_is_stale_after_any_addition_or_removal(engine: Engine, v: Village) -> None:
    first, second = v.put(v.a, 1), v.put(v.a, 2, address="khac")
    attest = v.state(v.b, [covering(v, ATTEST, first, second, address="confirm")])
    assert said(engine, v).stale == set()
    v.state(v.a, [Draft(COUNT, RECORD, FIELD, 1), Draft(NOTE, RECORD, "", ["?", None])])
    assert said(engine, v).stale == set()
    added = v.put(v.a, 3, address="nua")
    assert said(engine, v).stale == {attest.identity(0)}
    v.cut(v.district, v.a, second)
    assert said(engine, v).stale == set(), "the addition is gone"
    v.take(v.province, added)
    v.cut(v.province, v.a, listed=[[0, v.reports, []]], at=v.top)
    assert said(engine, v).stale == {attest.identity(0)}, "what it covered is gone"


def test_o13_an_attest_is_stale_when_what_it_covered_is_gone_and_nothing_was_added(
    engine: Engine, v: Village
) -> None:
    other = v.person("other", v.district, v.an, HEAD)
    v.certify(v.district, [other])
    covered = v.put(v.a, 1), v.put(other, 2, address="khac")
    attest = v.state(v.b, [covering(v, ATTEST, *covered, address="confirm")])
    assert said(engine, v).stale == set()
    v.cut(v.district, other)
    assert said(engine, v).stale == {attest.identity(0)}


def test_o13_an_attest_covers_what_its_own_save_states(engine: Engine, v: Village) -> None:
    put = Draft(PUT, RECORD, FIELD, 1)
    attest = v.state(
        v.a, [put, Draft(ATTEST, RECORD, "confirm", ["confirmed", ""], covers=[Reference(0, 0)])]
    )
    assert said(engine, v).stale == set()
    v.put(v.b, 2)
    assert said(engine, v).stale == {attest.identity(1)}


def test_o13_voids_make_an_attest_stale_and_attests_of_one_role_can_conflict(
    engine: Engine, v: Village
) -> None:
    first = v.put(v.a, 1)
    attest = v.state(v.b, [covering(v, ATTEST, first, address="confirm")])
    v.state(v.a, [covering(v, VOID, first)])
    assert said(engine, v).stale == {attest.identity(0)}
    v.state(v.a, [Draft(ATTEST, RECORD, "confirm", ["returned", "thiếu"])])
    assert (RECORD, "aconfirm") in said(engine, v).conflicts


def test_o13_an_attest_is_stale_while_what_it_covers_lies_behind_a_gap(engine: Engine, v: Village) -> None:
    first, lost = v.put(v.a, 1), v.state(v.a, [Draft(COUNT, RECORD, FIELD, 1)])
    covers: list[Draft | Reference] = [Reference(2, 0)]
    attest = v.state(v.a, [Draft(ATTEST, RECORD, "confirm", ["confirmed", ""], covers=covers)])
    v.take(v.district, attest)
    for missing in ([lost], [first, lost]):
        assert v.ask(engine, *missing).said[v.reports].stale == {attest.identity(0)}
    assert v.ask(engine).said[v.reports].stale == set()


# ----------------------------------------------------------------------------------------------- O4, O15, B7: digests


def test_o4_two_who_report_the_same_thing_meet_in_one_record(engine: Engine, v: Village) -> None:
    preimage = Preimage("bao_cao_ngay", None, "CD-5", b"\x09" * 16)
    said = [v.state(by, [Draft(PUT, preimage, FIELD, 1)]) for by in (v.a, v.b)]
    record = derived_record_id(v.reports, *preimage)
    assert v.ask(engine).live[v.reports] == {(record, "v" + FIELD): {s.identity(0) for s in said}}


def test_o15_the_state_hash_covers_live_identities_and_no_grouping_or_time(
    engine: Engine, v: Village
) -> None:
    other = Village()
    for village, sizes, time in ((v, (2,), 5), (other, (1, 1), -5)):
        village.a.tag, drafts = 7, [DraftSave([Draft(PUT, RECORD, FIELD, at)]) for at in range(2)]
        for size in sizes:
            group, drafts = drafts[:size], drafts[size:]
            village.seal(village.a, village.reports, group, "group", time=time)
    mine, theirs = (village.ask(engine).digests[village.reports] for village in (v, other))
    assert mine[2] == theirs[2]
    assert mine[0] != theirs[0]


def test_o15_quarantined_sets_are_in_no_digest_but_that_of_authority(engine: Engine, v: Village) -> None:
    v.put(v.a, 1)
    before = v.ask(engine).digests
    over = v.state(v.b, [Draft(20, RECORD, FIELD, b"?")])
    inert = v.cut(v.a, v.b, at=v.an)
    judged = v.ask(engine)
    assert judged.of(over, inert) == ["unauthorised"] * 2
    assert judged.digests[v.reports][::2] == before[v.reports][::2]
    assert judged.digests[v.reports][1] != before[v.reports][1]


def test_b7_a_redacted_copy_keeps_identities_supersedes_and_chain(engine: Engine, v: Village) -> None:
    first, second, third = v.put(v.a, 1), v.put(v.b, 2), v.put(v.a, 3)
    v.put(v.b, 4, first, second)
    whole = v.ask(engine)
    copies = [open_set(redact(s)) if s in (first, third, v.sets[-1]) else s for s in v.sets]
    redacted = engine(v.genesis, copies)
    assert redacted[:3] == whole[:3]
    assert engine(v.genesis, [*copies, *v.sets]) == whole
