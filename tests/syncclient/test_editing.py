import pytest

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.body import Preimage
from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import InvalidSaveError
from haidang_syncclient.replica import Replica
from tests.syncclient.village import HEAD, REPORTER, REPORTS_HERE, Village, give

RECORD = Preimage("F01", None, "171/2.1a", b"\x05" * 16)


@pytest.fixture
def phone(village: Village) -> Replica:
    return village.replica("phone", REPORTER, HEAD)


def form(replica: Replica) -> FormSession:
    return FormSession(replica, REPORTS_HERE, RECORD)


def value(replica: Replica, field: str) -> list[object]:
    state = replica.state(REPORTS_HERE, form(replica).id)
    return sorted(reading.register(state, field).values, key=str)


def exchange(*replicas: Replica) -> None:
    """Everyone seals and gives everything to everyone."""
    sets = [opened for replica in replicas for opened in replica.seal()]
    for replica in replicas:
        give(replica, sets)


def test_what_is_saved_is_read_at_once_and_after_the_process_ended(village: Village, phone: Replica) -> None:
    form(phone).put("so_ho", 120).put("ghi_chu", "đủ").save()
    assert value(phone, "so_ho") == [120]
    again = village.reopened(phone)
    assert value(again, "so_ho") == [120]
    again.seal()
    assert value(again, "so_ho") == [120]
    assert not again.device.pending_scopes()


def test_what_was_entered_and_not_saved_is_nowhere(phone: Replica) -> None:
    opened = form(phone).put("so_ho", 120)
    assert value(phone, "so_ho") == []
    opened.discard()
    with pytest.raises(InvalidSaveError):
        opened.save()


def test_two_who_change_one_field_apart_both_keep_their_value(village: Village) -> None:
    here, there = village.replica("a"), village.replica("b")
    give(here, village.sets)
    form(here).put("so_ho", 120).save()
    form(there).put("so_ho", 125).save()
    exchange(here, there)
    assert value(here, "so_ho") == value(there, "so_ho") == [120, 125]


def test_a_form_does_not_replace_what_arrived_after_it_was_opened(village: Village) -> None:
    here, there = village.replica("a"), village.replica("b")
    give(here, village.sets)
    mine = form(here)
    form(there).put("so_ho", 125).save()
    exchange(here, there)
    mine.put("so_ho", 120).save()
    exchange(here, there)
    assert value(here, "so_ho") == value(there, "so_ho") == [120, 125]


@pytest.mark.parametrize("between", ["nothing", "sealing"])
def test_later_saves_of_one_form_replace_its_earlier_ones(phone: Replica, between: str) -> None:
    """⚔ O11: without one's own earlier saves, a person would be in conflict with themselves."""
    opened = form(phone)
    for number in range(4):
        opened.put("so_ho", number).save()
        if between == "sealing":
            phone.seal()
    assert value(phone, "so_ho") == [3]
    phone.seal()
    assert value(phone, "so_ho") == [3]


def test_a_form_opened_before_sealing_still_knows_afterwards_what_it_showed(phone: Replica) -> None:
    form(phone).put("so_ho", 1).save()
    opened = form(phone)
    phone.seal()
    opened.put("so_ho", 2).save()
    assert value(phone, "so_ho") == [2]
    phone.seal()
    assert value(phone, "so_ho") == [2]


def test_resolving_a_conflict_settles_it_everywhere(village: Village) -> None:
    here, there = village.replica("a"), village.replica("b")
    give(here, village.sets)
    form(here).put("so_ho", 120).save()
    form(there).put("so_ho", 125).save()
    exchange(here, there)
    form(here).put("so_ho", 125).save()
    exchange(here, there)
    assert value(here, "so_ho") == value(there, "so_ho") == [125]
    assert here.ledger.scope_digests(REPORTS_HERE) == there.ledger.scope_digests(REPORTS_HERE)


def test_tallies_add_up_and_elements_come_and_go(village: Village, phone: Replica) -> None:
    opened = form(phone)
    opened.count("luot", 2).add("kenh", "loa").add("kenh", "Zalo").save()
    opened.count("luot", 3).remove("kenh", "loa").save()
    for turn in range(3):
        phone = village.reopened(phone, turn)
        state = phone.state(REPORTS_HERE, form(phone).id)
        assert reading.tally(state, "luot") == 5
        assert reading.elements(state, "kenh") == ["Zalo"]
        phone.seal()
    with pytest.raises(InvalidSaveError):
        form(phone).remove("kenh", "không có").save()


def test_an_approval_covers_what_the_form_shows_and_is_stale_after_any_change(phone: Replica) -> None:
    opened = form(phone).put("so_ho", 1).attest("confirm", "confirmed")
    opened.save()
    assert [attest.stale for attest in reading.attests(opened.state)] == [False]
    for turn in range(2):
        again = form(phone)
        assert [attest.stale for attest in reading.attests(again.state)] == [False], turn
        phone.seal()
    again.put("so_ho", 2).save()
    stale = [attest.stale for attest in reading.attests(form(phone).state)]
    assert stale == [True]
    form(phone).attest("confirm", "confirmed").save()
    phone.seal()
    assert [attest.stale for attest in reading.attests(form(phone).state)] == [False]


def test_a_voided_row_is_hidden_and_comes_back(phone: Replica) -> None:
    row = ("thon", ("Bãi Dài", "VNPT"))
    opened = form(phone).add("thon", ["Bãi Dài", "VNPT"]).put((*row, "so_tram"), 3)
    opened.save()
    row_id = reading.row_of("thon", ["Bãi Dài", "VNPT"])
    assert row_id is not None
    opened.void("ghi nhầm", row).save()
    assert reading.hidden(form(phone).state, ("thon", row_id))
    assert not reading.hidden(form(phone).state)
    phone.seal()
    assert reading.hidden(form(phone).state, ("thon", row_id))
    form(phone).restore("đúng rồi", row).save()
    assert not reading.hidden(form(phone).state, ("thon", row_id))


def test_a_voided_record_shows_again_when_somebody_edited_it_unseen(village: Village) -> None:
    here, there = village.replica("a"), village.replica("b")
    give(here, village.sets)
    form(here).put("so_ho", 1).save()
    exchange(here, there)
    form(here).void("trùng").save()
    form(there).put("thiet_hai", 5).save()
    assert reading.hidden(form(here).state)
    exchange(here, there)
    assert not reading.hidden(form(here).state)
    assert not reading.hidden(form(there).state)


def test_texts_are_saved_in_one_normal_form(phone: Replica) -> None:
    decomposed = "Ha\u0309i \u0110a\u0306ng"
    form(phone).put("ten", decomposed).save()
    assert value(phone, "ten") == ["Hải Đăng"]


@pytest.mark.parametrize("bad", [1.5, {"a": 1}, 2**53, "x" * 20_000, [[[[[[[[[1]]]]]]]]], object()])
def test_a_value_that_the_format_does_not_have_is_refused_before_it_is_saved(
    phone: Replica, bad: object
) -> None:
    opened = form(phone).put("a", 1).put("b", bad)
    with pytest.raises(InvalidSaveError):
        opened.save()
    assert not phone.device.pending_scopes()
    assert opened.changed


def test_notes_and_links_are_kept(phone: Replica) -> None:
    form(phone).note("Đã gọi điện").link("same-as", b"\x09" * 16, REPORTS_HERE).save()
    state = form(phone).state
    assert [live.value for live in reading.notes(state)] == [["Đã gọi điện", None]]
    assert reading.links(state, "same-as").values == ([b"\x09" * 16, REPORTS_HERE],)
    form(phone).note("Cảm ơn", reading.notes(state)[0].identity).save()
    assert len(reading.notes(form(phone).state)) == 2
    assert {live.kind for live in form(phone).state.slots["n"]} == {op.NOTE}
