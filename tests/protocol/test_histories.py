"""The generator is worth its time: things happen in its histories, and a rule left out of the model shows."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings

from haidang_protocol.envelope import OpenedSet
from haidang_protocol.operations import ADOPT, CERTIFY, REVOKE
from tests.protocol.histories import LARGEST, SMALLEST, History, histories, history
from tests.protocol.model import (
    NO_PREDECESSOR,
    Edges,
    Outcome,
    Roots,
    Verdict,
    View,
    allows,
    judge,
)
from tests.protocol.model_entries import Certificate, Entry, certified
from tests.protocol.model_held import Held

PLAYED = 150

FEATURES = (
    "report", "office report", "elsewhere", "overstepped", "sealed again", "stolen", "thief", "incarnation", "join",
    "reached across", "broken chain", "lost", "redacted copy", "revoke", "mutual revoke", "adopt", "refuse", "retire",
    "redact", "root vote", "offer", "enrolment", "confirmed", "certified again", "doubtful certificate", "deputy",
    "unit moved", "definition", "borrowed certificate",
)  # fmt: skip
REASONS = ("certificate", "unauthorised", "revoked", "unconfirmed", "predecessor", "chain")


@cache
def played(seed: int) -> tuple[History, Outcome]:
    """A history and what the model says of it."""
    told = history(seed)
    return told, judge(told.genesis, told.sets)


def test_a_seed_names_one_history() -> None:
    assert [s.id for s in history(7).sets] == [s.id for s in history(7).sets]
    assert [s.id for s in history(7).sets] != [s.id for s in history(8).sets]


@given(histories(30))
@settings(max_examples=20)
def test_hypothesis_plays_histories_of_sound_sets(told: History) -> None:
    judged = judge(told.genesis, told.sets)
    assert judged.verdicts.keys() == {s.id for s in told.sets}
    assert len(told.sets) >= SMALLEST // 2


def test_a_tenth_of_all_sets_is_not_accepted_and_every_reason_is_common() -> None:
    verdicts = Counter(reason for seed in range(PLAYED) for _, reason in played(seed)[1].verdicts.values())
    assert 0.3 < verdicts[""] / verdicts.total() < 0.9
    histories_with = Counter(
        reason for seed in range(PLAYED) for reason in {r for _, r in played(seed)[1].verdicts.values()}
    )
    assert {
        reason: histories_with[reason] for reason in REASONS if histories_with[reason] < 0.05 * PLAYED
    } == {}


def test_each_feature_is_in_a_twentieth_of_all_histories() -> None:
    found = Counter(feature for seed in range(PLAYED) for feature in played(seed)[0].features)
    assert {feature: found[feature] for feature in FEATURES if found[feature] < 0.05 * PLAYED} == {}


def test_histories_keep_their_size() -> None:
    sizes = [len(played(seed)[0].sets) for seed in range(PLAYED)]
    assert min(sizes) >= SMALLEST // 2
    assert max(sizes) < 2 * LARGEST


# ------------------------------------------------------------------------------------------- rules left out, one a time

SLIPS: dict[str, tuple[type, str, Callable[..., Any]]] = {}
"""By rule: whose function it is, its name, and one without the rule."""
ancestors, weighed, revokes, cut = Held.ancestors, View.weighed, Roots.revokes, View.cut
"""The model's own, before a slip takes their place."""


def slip(rule: str, owner: type, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register what stands in the place of a function of the model when the rule is left out."""

    def register(instead: Callable[..., Any]) -> Callable[..., Any]:
        SLIPS[rule] = (owner, name, instead)
        return instead

    return register


@slip("A2: rights shrink, in units, forms and time", View, "granted")
def granted_freely(view: View, e: Entry) -> Certificate | None:
    return certified(e) if e.kind == CERTIFY and e.value[9] == e.acting.id else None


@slip("A3: moves are signed above the old parent", Edges, "fits")
def moved_freely(tree: Edges, e: Entry) -> bool:
    above = tree.above(e.value[0])
    return e.value[0] not in tree.parents(e.record) and e.unit in above and e.record not in above


@slip("A4: only farther certificates are touched", View, "touches")
def touches_its_own_depth(view: View, e: Entry, c: Certificate) -> bool:
    return e.acting.depth <= c.depth and e.unit in view.tree_before.above(c.unit)


@slip("A4: only what lies below the entry's unit is touched", View, "touches")
def touches_anywhere(view: View, e: Entry, c: Certificate) -> bool:
    return e.acting.depth < c.depth


@slip("A4: edges of the same depth touch nothing", View, "touches")
def touches_by_all_edges(view: View, e: Entry, c: Certificate) -> bool:
    return e.acting.depth < c.depth and e.unit in view.tree.above(c.unit)


@slip("A6: a cut keeps the ancestors of its tips", Held, "ancestors")
def no_ancestors(held: Held, set_id: bytes) -> frozenset[bytes]:
    return ancestors(held, set_id) & {set_id}


@slip("A6: a cut names ids, not positions", View, "cut")
def cut_by_position(view: View, s: OpenedSet, c: Certificate) -> bool:
    kept = {
        t for e in view.entries if e.kind == REVOKE for log in e.value[1] for t in log[2]
    } & view.held.sets.keys()
    logs = [view.held.sets[t].header for t in kept]
    below = any(h.log == s.header.log and h.position >= s.header.position for h in logs)
    return cut(view, s, c) and not below


@slip("A7: nearer cuts beat adopts", View, "cut")
def adopt_beats_all(view: View, s: OpenedSet, c: Certificate) -> bool:
    return not view.adoptions(s, c) and cut(view, s, c)


@slip("A7: bases are left out", View, "adoptions")
def adopt_with_bases(view: View, s: OpenedSet, c: Certificate) -> list[Entry]:
    touching = [e for e in view.entries if e.kind == ADOPT and view.touches(e, c)]
    return [e for e in touching if s.id in view.held.run(e.value[0])]


@slip("A7: what is adopted is known", View, "linked")
def linked_without_adopts(view: View, s: OpenedSet, c: Certificate) -> bool:
    return all(map(view.held.all_before, map(view.held.sets.__getitem__, view.held.ancestors(s.id))))


@slip("A8: offers wait for their adopt", View, "weighed")
def offers_at_once(view: View, s: OpenedSet, certificates: list[Certificate]) -> Verdict:
    return weighed(view, s, [c._replace(offer=False) for c in certificates])


@slip("A10: it takes two roots", Roots, "revokes")
def one_vote_is_enough(roots: Roots, c: Certificate) -> list[Entry]:
    votes = [e for e in roots.votes if e.kind == REVOKE and e.value[0] == c.key]
    return [e for e in votes if e.acting.slot != c.slot]


@slip("A10: roots are replaced", Roots, "_replacement")
def no_replacement(roots: Roots, vote: Entry) -> None:
    return None


@slip("A10: votes are never cut", Roots, "revokes")
def votes_are_cut(roots: Roots, c: Certificate) -> list[Entry]:
    votes = revokes(roots, c)
    return [] if any(revokes(roots, e.acting) for e in votes) else votes


@slip("L1: positions and incarnations count", Held, "breaks_chain")
def any_chain(held: Held, s: OpenedSet) -> bool:
    return False


@slip("V2: a cut is judged before a missing predecessor", View, "weighed")
def parked_first(view: View, s: OpenedSet, certificates: list[Certificate]) -> Verdict:
    known = any(view.adoptions(s, c) or view.linked(s, c) for c in certificates)
    return weighed(view, s, certificates) if known else NO_PREDECESSOR


@slip("V3: what is quarantined is a predecessor", View, "linked")
def faults_reach_successors(view: View, s: OpenedSet, c: Certificate) -> bool:
    before = view.held.predecessors(s)
    sound = all(allows(c, p) and not view.held.breaks_chain(p) for p in before)
    return sound and view.held.all_before(s) and all(view.linked(p, c) for p in before)


@slip("O6: distances end at joins", Held, "source")
def by_position(held: Held, s: OpenedSet, source: int | bytes, accepted: set[bytes]) -> OpenedSet | None:
    if isinstance(source, bytes):
        return next((o for o in held.sets.values() if o.id16 == source and o.id in accepted), None)
    place = (s.header.log, s.header.position - source)
    there = [o for o in held.sets.values() if (o.header.log, o.header.position) == place]
    return s if source == 0 else next((o for o in there if o.id in accepted), None)


@pytest.mark.parametrize("rule", SLIPS)
def test_a_rule_left_out_of_the_model_is_noticed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = [played(seed) for seed in range(PLAYED)]
    owner, name, instead = SLIPS[rule]
    monkeypatch.setattr(owner, name, instead)
    assert any(judge(told.genesis, told.sets) != outcome for told, outcome in known)
