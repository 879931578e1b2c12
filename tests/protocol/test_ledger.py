"""What a ledger answers besides verdicts and records, and what it does when sets come double, redacted or from disk."""

from collections.abc import Collection
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.canonical import decode
from haidang_protocol.certificates import genesis_from_value
from haidang_protocol.envelope import OpenedSet, open_set, redact
from haidang_protocol.ids import AUTHORITY
from haidang_protocol.ledger import Ledger, ScopeDigests, combined
from haidang_protocol.ledger_store import Held
from haidang_protocol.memory_store import MemoryStore
from haidang_protocol.operations import COUNT, DIRECTIVE, UNIT
from haidang_protocol.verdicts import (
    ACCEPTED,
    CODES,
    NO_CERTIFICATE,
    REVOKED,
    WORDS,
    Verdict,
    parked,
    quarantined,
)
from tests.protocol.actors import UNHELD, Draft, public_key
from tests.protocol.engines import answer, ledger_of
from tests.protocol.village import FIELD, RECORD, Village

MANY = 200_001
"""More sets than a ledger keeps in memory."""


def filled(v: Village, *lost: OpenedSet) -> Ledger:
    """A ledger with all sets of the village but the lost ones."""
    ledger = ledger_of(v.genesis)
    ledger.commit([s for s in v.sets if s not in lost])
    return ledger


def test_the_keys_of_roots_and_of_all_that_any_entry_certifies_are_known(v: Village) -> None:
    stranger = v.person("stranger", v.a, v.tan)
    v.certify(v.a, [stranger])
    ledger = filled(v)
    for device in (*v.roots, v.province, v.district, v.a, v.c, stranger):
        assert ledger.public_key(device.key) == public_key(device.number)
    assert ledger.public_key(bytes(16)) is None


def test_all_units_that_entries_name_or_are_written_at_are_known(v: Village) -> None:
    assert ledger_of(v.genesis).units() == {v.top}
    assert filled(v).units() == {*v.units}
    below, above, beside = (v.unit(at) for at in (7, 8, 9))
    v.enter(v.district, v.east, [(UNIT, below, [above])], "units")
    v.enter(v.district, beside, [(DIRECTIVE, RECORD, ["?"])], "directive")
    assert filled(v).units() == {*v.units, below, above, beside}


def test_all_held_authority_sets_are_told_with_their_entries_and_no_other(v: Village) -> None:
    v.put(v.a, 1)
    cut = v.cut(v.district, v.b)
    held = {item.facts.id: item.entries for item in filled(v).authority_sets()}
    assert held.keys() == {s.id for s in v.sets if s.header.scope[0] == AUTHORITY}
    assert [entry.identity for entry in held[cut.id]] == [cut.identity(0)]


def test_l4_a_set_is_complete_when_it_is_accepted_or_all_before_it_is_held(v: Village) -> None:
    first, lost, parked, taken = (v.put(v.a, at) for at in range(4))
    over = v.state(v.b, [Draft(20, RECORD, FIELD, b"?")])
    v.take(v.district, taken)
    ledger = filled(v, lost)
    assert [ledger.complete(s.id) for s in (first, lost, parked, taken, over)] == [
        True,
        False,
        True,
        True,
        True,
    ]
    assert not ledger.complete(UNHELD)
    v.sets = [s for s in v.sets if s.header.scope[0] != AUTHORITY or s in v.sets[: v.sets.index(first)]]
    assert [filled(v, lost).complete(s.id) for s in (first, parked, taken)] == [True, False, False]


@pytest.mark.parametrize("whole_first", [True, False])
def test_b7_of_two_copies_in_one_commit_the_one_with_values_is_kept(v: Village, whole_first: bool) -> None:  # noqa: FBT001
    said = v.put(v.a, 1)
    copies = [said, open_set(redact(said))]
    ledger = ledger_of(v.genesis)
    ledger.commit([*v.sets[:-1], *(copies if whole_first else copies[::-1])])
    assert ledger.store.parts([said.id])[said.id] == said.parts


def test_a_set_that_names_its_predecessor_and_the_one_before_it_settles_in_any_order(v: Village) -> None:
    first = v.put(v.a, 1)
    second = v.put(v.a, 2)
    for value in range(6):
        v.a.logs[v.reports].tips = (second,)
        third = v.put(v.a, value, previous=tuple(sorted((first.id, second.id))), position=2)
        founding = [s for s in v.sets if s.header.scope != v.reports]
        for order in permutations((first, second, third)):
            ledger = ledger_of(v.genesis)
            for each in (*founding, *order):
                ledger.commit([each])
            assert [ledger.whole(each.id) for each in order] == [True] * 3
            assert answer(ledger, [third.id]).of(third) == ["accepted"]


def test_a_ledger_opened_again_goes_on_where_it_was(v: Village) -> None:
    lost = v.put(v.a, 1)
    waiting = v.put(v.a, 2, lost)
    v.state(v.b, [Draft(COUNT, RECORD, FIELD, 3)])
    ledger = filled(v, lost)
    again = Ledger(genesis_from_value(decode(v.genesis)), ledger.store)
    assert [each.verdict.word for each in again.commit([lost])] == ["accepted"]
    assert again.whole(waiting.id)
    ids = [s.id for s in v.sets]
    assert answer(again, ids) == answer(filled(v), ids)


def test_wrong_verdicts_and_records_that_were_stored_are_made_right_anew(v: Village) -> None:
    value, tally = v.put(v.a, 1), v.state(v.b, [Draft(COUNT, RECORD, FIELD, 3)])
    ledger, ids = filled(v), [s.id for s in v.sets]
    right = answer(ledger, ids)
    ledger.store.set_verdicts({value.id: quarantined(REVOKED), tally.id: parked(NO_CERTIFICATE)})
    ledger.store.clear_records(value.header.scope)
    again = Ledger(genesis_from_value(decode(v.genesis)), ledger.store)
    assert answer(again, ids) != right
    assert again.rejudge_all() == {value.id: ACCEPTED, tally.id: ACCEPTED}
    for scope in again.scopes():
        again.rebuild(scope)
    assert answer(again, ids) == right
    assert again.rejudge_all() == {}


def test_a_ledger_with_too_much_in_memory_forgets_it_and_nothing_else(v: Village) -> None:
    first = v.put(v.a, 1)
    ledger = filled(v)
    any_held = ledger.held(first.id)
    assert any_held is not None
    ledger._cache.update((number.to_bytes(32), any_held) for number in range(MANY))
    second = v.put(v.a, 2, first)
    ledger.commit([second])
    assert len(ledger._cache) < 10
    ids = [s.id for s in v.sets]
    assert answer(ledger, ids) == answer(filled(v), ids)


digests = st.builds(ScopeDigests, *[st.binary(min_size=32, max_size=32)] * 3)


@given(st.dictionaries(st.binary(min_size=17, max_size=17), digests, max_size=4))
def test_o15_one_digest_of_many_scopes_depends_on_all_of_them_and_on_no_order(
    states: dict[bytes, ScopeDigests],
) -> None:
    whole = combined(states)
    assert combined(dict(sorted(states.items(), reverse=True))) == whole
    for scope, state in states.items():
        assert combined({each: states[each] for each in states.keys() - {scope}}) != whole
        other = msgspec.structs.replace(state, state=bytes(b ^ 1 for b in state.state))
        changed = combined(states | {scope: other})
        assert (changed.accepted, changed.authority) == (whole.accepted, whole.authority)
        assert changed.state != whole.state


def test_h1_each_verdict_has_its_code() -> None:
    assert [Verdict(word).code for word in ("accepted", "quarantined", "parked")] == [0, 1, 2]
    assert all(WORDS[Verdict(word, "revoked").code] == word for word in CODES)


class Watched(MemoryStore):
    """Remembers whose sets were asked for to be judged anew."""

    def __init__(self) -> None:
        super().__init__()
        self.judged: list[bytes] = []

    def in_scope(self, scope: bytes, keys: Collection[bytes] | None = None) -> list[Held]:
        found = super().in_scope(scope, keys)
        self.judged += [held.facts.scope for held in found]
        return found

    def keys_in(self, scope: bytes) -> set[bytes]:
        return {held.facts.key for held in super().in_scope(scope)}


@pytest.mark.parametrize("kind", [DIRECTIVE, UNIT])
def test_worthless_authority_that_comes_child_first_has_no_report_judged_anew(v: Village, kind: int) -> None:
    for at in range(5):
        v.put(v.a, at)
    nobody = v.person("nobody", v.a, v.an)
    held = list(v.sets)
    value: list[Any] = [v.unit(9), "?"] if kind == UNIT else [1]
    parent, child = (v.enter(nobody, v.an, [(kind, v.raw(16), value)], "worthless") for _ in range(2))
    store = Watched()
    ledger = Ledger(genesis_from_value(decode(v.genesis)), store)
    ledger.commit(held)
    for late in (child, parent):
        store.judged.clear()
        ledger.commit([late])
        assert v.reports not in store.judged
