"""What the writer finds out for one request, in the transaction that stores the last of its frames (SPEC X4–X9)."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from haidang_protocol.ledger import combined
from haidang_protocol.logs import Facts
from haidang_protocol.messages import Outcome, ScopeState, ScopeTips
from haidang_protocol.statements import Prelude, Signed
from haidang_protocol.verdicts import ACCEPTED
from haidang_server import pull
from haidang_server.heal import Loss, loss_for
from haidang_server.hub import Hub
from haidang_server.receipts import receipt_for

STATES_MAX: Final = 32
"""Scopes whose digests are computed for one reply; a caller of more is told none."""


class Conclusion(msgspec.Struct, frozen=True, kw_only=True):
    """All that a reply says beside the sets themselves.

    `plan` is None if the pull is withheld; `proof` and `checkpoint` are there if it delivers something; `states` holds if
    the caller gets all of it. `loss` is what a caller is to give back that saw more than this hub has.
    """

    epoch: int
    receipt: Signed | None
    outcomes: list[Outcome]
    tips: list[ScopeTips]
    loss: Loss | None = None
    plan: pull.Plan | None = None
    proof: list[bytes] = []
    checkpoint: Signed | None = None
    states: list[ScopeState] = []


def conclude(hub: Hub, prelude: Prelude, ids: Sequence[bytes], now: int, *, pulls: bool) -> Conclusion:
    """Receipt, verdicts, tips, and unless the pull is withheld what the caller is to get.

    Args:
        hub: inside the transaction.
        prelude: of the request, verified.
        ids: of the sets that the request brought and that are held now.
        now: in seconds.
        pulls: whether the caller named the nonce that it was given.
    """
    brought = [facts for facts in map(hub.ledger.facts, ids) if facts is not None]
    own = [facts for facts in brought if facts.key == prelude.key]
    logs = _own_logs(hub, prelude, own)
    said = Conclusion(
        epoch=hub.epoch,
        receipt=receipt_for(hub, prelude.digest, ids),
        outcomes=_outcomes(hub, brought),
        tips=logs.differing,
    )
    if not pulls:
        return said
    loss = loss_for(hub, prelude, now)
    if loss is not None:
        return msgspec.structs.replace(said, loss=loss)
    known = frozenset([*(tip.id for tip in prelude.tips), *(facts.id for facts in own)])
    plan = pull.plan(hub, prelude, pull.OwnSets(known, logs.doubtful), now)
    said = msgspec.structs.replace(said, plan=plan, states=_states(hub, prelude.key, plan, brought, now))
    if plan.empty:
        return said
    return msgspec.structs.replace(said, proof=hub.log.proof(prelude.size), checkpoint=hub.checkpoint(now))


def _outcomes(hub: Hub, brought: Iterable[Facts]) -> list[Outcome]:
    verdicts = {facts.id: hub.ledger.verdict(facts.id) or ACCEPTED for facts in brought}
    return [Outcome(set_id, each.code, each.reason) for set_id, each in verdicts.items() if each != ACCEPTED]


class _OwnLogs(NamedTuple):
    """The hub's tips of the caller's logs where they are not what the caller named and now brought.

    In `doubtful` scopes the caller may lack sets of its own.
    """

    differing: list[ScopeTips]
    doubtful: frozenset[bytes]


def _own_logs(hub: Hub, prelude: Prelude, own: Sequence[Facts]) -> _OwnLogs:
    expected: dict[bytes, set[bytes]] = {}
    for tip in prelude.tips:
        expected.setdefault(tip.scope, set()).add(tip.id)
    for facts in own:
        expected.setdefault(facts.scope, set()).add(facts.id)
    for facts in own:
        expected[facts.scope].difference_update(facts.previous)
    held = hub.own_tips.of(prelude.key)
    tips = {scope: each.tips for scope, each in held.items()}
    differing = [
        ScopeTips(scope, sorted(tips.get(scope, ())))
        for scope in sorted(expected.keys() | tips.keys())
        if tips.get(scope, frozenset()) != expected.get(scope, set())
    ]
    broken = {scope for scope, each in held.items() if not each.whole}
    return _OwnLogs(differing, frozenset(broken.union(each.scope for each in differing)))


def _states(hub: Hub, key: bytes, plan: pull.Plan, brought: Iterable[Facts], now: int) -> list[ScopeState]:
    """Digests of the scopes that this exchange changes for the caller, else once over all (SPEC X8)."""
    readable = hub.standings().of(key).scopes(now) & hub.newest.keys()
    changed = {stretch.scope for lane in (plan.authority, plan.changes) for stretch in lane.stretches}
    changed |= {facts.scope for facts in brought} & readable
    scopes = sorted(changed or readable)
    if not scopes or len(scopes) > STATES_MAX:
        return []
    digests = {scope: hub.ledger.scope_digests(scope) for scope in scopes}
    if changed:
        return [ScopeState(scope, *msgspec.structs.astuple(each)) for scope, each in digests.items()]
    return [ScopeState(None, *msgspec.structs.astuple(combined(digests)))]
