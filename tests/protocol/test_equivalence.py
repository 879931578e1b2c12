"""The ledger says what the declarative model says, however a history reaches it.

`HAIDANG_HISTORIES` says how many histories a run plays (2,000 if it is silent). `make long` plays fresh ones for half of
its budget and says how many: two cores play 100,000 in `make long BUDGET=2h`. A history that fails is made small and told: its seed, its sets, and what the two engines say.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from random import Random, SystemRandom
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import AUTHORITY, scope_kind, scope_unit
from tests.protocol.engines import Engine, Judged, answer, by_ledger, by_model, ledger_of
from tests.protocol.histories import History, histories, history
from tests.protocol.model import claimed_closures
from tests.protocol.model_held import Held

T = TypeVar("T")
HISTORIES = int(os.environ.get("HAIDANG_HISTORIES", "2000"))
BLOCK = 50
Delivery = list[list[OpenedSet]]
"""The commits in which sets arrive."""


def deliver(random: Random, sets: Sequence[OpenedSet]) -> Delivery:
    """Any order, some sets twice, in one to six commits; seldom one by one."""
    order = list(sets)
    random.shuffle(order)
    if random.random() < 0.3:
        order.sort(key=lambda s: scope_kind(s.header.scope) != AUTHORITY)
    for _ in range(random.choice((0, 0, 3))):
        order.insert(random.randrange(len(order) + 1), random.choice(order))
    if random.random() < 0.05:
        return [[s] for s in order]
    cuts = sorted(random.randrange(len(order) + 1) for _ in range(random.choice((0, 1, 2, 4))))
    return [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]


def differences(genesis: bytes, delivery: Delivery) -> Iterator[str]:
    """What ledger and model say differently after each commit."""
    ledger = ledger_of(genesis)
    held: list[OpenedSet] = []
    for commit in delivery:
        ledger.commit(commit)
        held += commit
        yield from unequal(answer(ledger, {s.id for s in held}), by_model(genesis, held), held)


def unequal(ours: Judged, models: Judged, held: Sequence[OpenedSet]) -> Iterator[str]:
    """Differences between two answers, each as a line. What a scope with dropped values says is not compared."""
    silent = {s.header.scope for s in held if s.id in ours.dropped}
    yield from (f"not redacted: {set_id.hex()[:12]}" for set_id in models.dropped - ours.dropped)
    for name in ("verdicts", "live", "digests", "said"):
        left: dict[bytes, object] = getattr(ours, name)
        right: dict[bytes, object] = getattr(models, name)
        for key in left.keys() | right.keys():
            if left.get(key) != right.get(key) and not (name == "said" and key in silent):
                yield f"{name} {key.hex()[:12]}: ledger {left.get(key)}, model {right.get(key)}"


def smallest(sets: list[OpenedSet], fails: Callable[[list[OpenedSet]], bool]) -> list[OpenedSet]:
    """Fewer sets that still fail: parts are left out as long as that works."""
    size = len(sets) // 2
    while size:
        start = 0
        while start < len(sets):
            fewer = sets[:start] + sets[start + size :]
            if fails(fewer):
                sets = fewer
            else:
                start += size
        size //= 2
    return sets


def check(genesis: bytes, delivery: Delivery) -> None:
    """Fail with a small case if ledger and model differ after any commit."""
    if next(differences(genesis, delivery), None) is None:
        return
    commit_of = {id(s): at for at, commit in enumerate(delivery) for s in commit}

    def again(sets: list[OpenedSet]) -> Delivery:
        return [[s for s in sets if commit_of[id(s)] == at] for at in range(len(delivery))]

    every = [s for commit in delivery for s in commit]
    small = smallest(every, lambda sets: any(differences(genesis, again(sets))))
    found = list(differences(genesis, again(small)))[:5]
    pytest.fail("\n".join([*map(told, small), *found]), pytrace=False)


def told(s: OpenedSet) -> str:
    """A set in a line."""
    h = s.header
    operations = [(o.kind, o.address, str(o.value)[:60], o.supersedes) for o in s.body.operations]
    previous = [p.hex()[:6] for p in h.previous]
    return (
        f"{s.id.hex()[:6]} key {h.key.hex()[:6]} scope {h.scope[0]}/{scope_unit(h.scope).hex()[:2]} "
        f"incarnation {h.incarnation} position {h.position} previous {previous} {operations}"
    )


@pytest.mark.unmeasured
@pytest.mark.parametrize("block", range(0, HISTORIES, BLOCK))
def test_the_ledger_equals_the_model_after_every_commit_of_any_delivery(block: int) -> None:
    for seed in range(block, min(block + BLOCK, HISTORIES)):
        played = history(seed)
        check(played.genesis, deliver(Random(seed), played.sets))


@pytest.mark.long(shares=25)
@pytest.mark.parametrize("stream", range(8))
def test_the_ledger_equals_the_model_in_fresh_histories(stream: int) -> None:
    seed = SystemRandom().getrandbits(48)
    print(f"stream {stream}, seed {seed}")  # noqa: T201 - shown when the test fails
    played = history(seed)
    check(played.genesis, deliver(Random(seed), played.sets))


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_two_deliveries_of_one_history_end_in_one_state(played: History, random: Random) -> None:
    check(played.genesis, deliver(random, played.sets))


# ------------------------------------------------------------------------------------------------------------ clocks


@pytest.mark.parametrize(("engine", "times"), [(by_model, 60), (by_ledger, 20)])
def test_other_claimed_times_change_no_verdict_and_no_state(engine: Engine, times: int) -> None:
    for seed in range(times):
        one, other = history(seed), history(seed, clock=Random(-seed - 1))
        ours, theirs = engine(one.genesis, one.sets), engine(other.genesis, other.sets)
        assert ours.of(*one.sets) == theirs.of(*other.sets)
        assert reports_only(ours.live) == reports_only(theirs.live)
        assert reports_only(ours.said) == reports_only(theirs.said)


def reports_only(by_scope: dict[bytes, T]) -> dict[bytes, T]:
    """Without authority scopes: entries name sets by id, and an id covers the claimed time."""
    return {scope: state for scope, state in by_scope.items() if scope_kind(scope) != AUTHORITY}


# ---------------------------------------------------------------------------------------------------- partial replicas


@pytest.mark.parametrize(("engine", "times"), [(by_model, 60), (by_ledger, 20)])
def test_a_replica_of_one_unit_agrees_with_one_that_holds_everything(engine: Engine, times: int) -> None:
    for seed in range(times):
        played = history(seed)
        whole = engine(played.genesis, played.sets)
        for unit, closure in claimed_closures(Held(played.sets)).items():
            part = [s for s in played.sets if replicated(s.header.scope, unit, closure)]
            judged = engine(played.genesis, part)
            for scope in {s.header.scope for s in part}:
                assert judged.of(*(s for s in part if s.header.scope == scope)) == whole.of(
                    *(s for s in part if s.header.scope == scope)
                )
                assert judged.live[scope] == whole.live[scope]
                assert judged.digests[scope][::2] == whole.digests[scope][::2]


def replicated(scope: bytes, unit: bytes, closure: frozenset[bytes]) -> bool:
    """Whether a replica of the unit holds the scope (A5)."""
    return scope_unit(scope) in closure if scope_kind(scope) == AUTHORITY else scope_unit(scope) == unit
