from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.ids import REPORTS, scope_of
from haidang_syncclient.editing import FormSession
from haidang_syncclient.replica import Replica
from haidang_syncclient.tracing import Tracer, Way
from haidang_syncclient.views import conflicts, counts, history, origins, siblings, waiting
from tests.syncclient.village import HEAD, OTHER, REPORTER, REPORTS_HERE, START, Village, give

RECORD = b"\x07" * 16


def form(replica: Replica) -> FormSession:
    return FormSession(replica, REPORTS_HERE, RECORD)


def exchanged(*replicas: Replica) -> None:
    sets = [opened for replica in replicas for opened in replica.seal()]
    for replica in replicas:
        give(replica, sets)


def test_history_tells_every_value_with_its_author_time_set_and_verdict(village: Village) -> None:
    phone = village.replica("a")
    opened = form(phone)
    for number in range(3):
        opened.put("so_ho", number).save()
    phone.seal()
    form(phone).put("so_ho", 9).count("luot", 2).save()
    told = history(phone, REPORTS_HERE, RECORD)
    assert [entry.value for entry in told if entry.kind == op.PUT] == [0, 1, 2, 9]
    assert [entry.live for entry in told] == [False, False, False, True, True]
    sealed, pending = told[0], told[-1]
    assert sealed.origin.person.name.startswith("Người ")
    assert (sealed.origin.way, pending.origin.way) == (Way.SAVED, Way.SAVED)
    assert sealed.origin.verdict is not None
    assert sealed.origin.verdict.word == "accepted"
    assert (pending.origin.set_id, pending.origin.verdict) == (None, None)
    assert all(START < entry.origin.time < START + 1000 for entry in told)


def test_a_conflict_shows_both_values_and_who_said_them(village: Village) -> None:
    here, there = village.replica("a"), village.replica("b")
    give(here, village.sets)
    form(here).put("so_ho", 120).save()
    form(there).put("so_ho", 125).save()
    exchanged(here, there)
    (conflict,) = conflicts(here)
    assert (conflict.field, conflict.record) == ("so_ho", RECORD)
    assert {(each.value, each.origin.person.key) for each in conflict.siblings} == {
        (120, here.key),
        (125, there.key),
    }
    assert conflict.siblings == siblings(here, REPORTS_HERE, RECORD, conflict.slot)
    assert set(origins(here, REPORTS_HERE, RECORD)) == {"vso_ho"}
    form(here).void("trùng").save()
    assert conflicts(here) == []


def test_two_heads_who_judge_differently_are_a_conflict_and_two_who_agree_are_none(village: Village) -> None:
    here, there = village.replica("a", REPORTER, HEAD), village.replica("b", REPORTER, HEAD)
    give(here, village.sets)
    form(here).put("so_ho", 1).save()
    exchanged(here, there)
    form(here).attest("confirm", "confirmed", "đủ").save()
    form(there).attest("confirm", "confirmed", "đúng").save()
    exchanged(here, there)
    assert conflicts(here) == []
    form(there).attest("confirm", "returned", "thiếu").save()
    form(here).attest("confirm", "confirmed", "đủ").save()
    exchanged(here, there)
    assert [conflict.field for conflict in conflicts(here)] == ["confirm"]


def test_counts_tell_where_ones_own_saves_are(village: Village) -> None:
    phone = village.replica("a")
    form(phone).put("a", 1).save()
    form(phone).put("b", 1).save()
    assert counts(phone).saved == 2
    (sealed,) = phone.seal()
    assert counts(phone).saved == 2
    phone.under_way = frozenset({sealed.id})
    assert (counts(phone).saved, counts(phone).sending) == (0, 2)
    with phone.writing():
        phone.device.mark_carried([sealed.id], START)
    assert (counts(phone).saved, counts(phone).sending, counts(phone).carried) == (0, 2, 0)
    phone.under_way = frozenset()
    assert (counts(phone).saved, counts(phone).carried) == (0, 2)


def test_what_one_may_not_say_waits_for_an_officer_and_is_listed(village: Village) -> None:
    phone = village.replica("a")
    FormSession(phone, scope_of(REPORTS, OTHER), RECORD).put("so_ho", 1).save()
    form(phone).attest("confirm", "confirmed").save()
    phone.seal()
    found = waiting(phone)
    assert {each.verdict.reason for each in found} == {"certificate", "unauthorised"}
    assert all(each.own and not each.refused for each in found)


def test_an_operation_that_was_pending_when_it_was_read_is_traced_after_it_is_sealed(
    village: Village,
) -> None:
    phone = village.replica("a")
    form(phone).put("so_ho", 5).save()
    (live,) = phone.state(REPORTS_HERE, RECORD).slots["vso_ho"]
    (sealed,) = phone.seal()
    assert Tracer(phone, REPORTS_HERE).origin(live).set_id == sealed.id


def test_two_forms_of_one_record_do_not_know_of_each_other(village: Village) -> None:
    phone = village.replica("a", REPORTER, HEAD)
    form(phone).put("so_ho", 0).save()
    first, second = form(phone), form(phone)
    first.put("so_ho", 1).count("luot", 1).save()
    assert reading.register(second.state, "so_ho").values == (0,)
    assert reading.tally(second.state, "luot") == 0
    second.put("so_ho", 2).save()
    assert sorted(reading.register(form(phone).state, "so_ho").values) == [1, 2]
