"""`haidang quarantine`, `adopt`, `refuse`, `redact`: changes that wait for a supervisor's word."""

from typing import Annotated, Any

from cyclopts import Parameter
from rich.table import Table

from haidang_protocol import operations as op
from haidang_protocol.envelope import OpenedSet, open_set
from haidang_protocol.ids import scope_unit
from haidang_syncclient import views
from haidang_syncclient.commands.answer import Answer, Refusal
from haidang_syncclient.commands.civil_time import iso_time, show_time
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.devices import needed
from haidang_syncclient.commands.sets import find_sets
from haidang_syncclient.officer import Officer
from haidang_syncclient.reasons import KINDS
from haidang_syncclient.replica import Replica
from haidang_syncclient.words.labels import LABELS

Sets = Annotated[list[str], Parameter(name="SETS", negative=())]
Bases = Annotated[list[str] | None, Parameter(negative=())]
_FIELDS_SHOWN = 4


def quarantine(
    *,
    all_: Annotated[bool, Parameter(name="--all", negative=())] = False,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """List the change sets that do not count, and why; those that an officer refused only with `--all`."""
    replica = desk.replica()
    waiting = [each for each in views.waiting(replica) if all_ or not each.refused]
    opened = {each.set_id: _open(replica, each.set_id) for each in waiting}
    table = Table(
        *map(desk.label, ("set", "who", "unit", "when", "reason", "said")), box=None, pad_edge=False
    )
    data = []
    for each in waiting:
        reason = desk.label(each.verdict.reason)
        about, shown = _about(opened[each.set_id]), _about(opened[each.set_id], desk)
        table.add_row(
            each.set_id.hex()[:12], each.person.name or each.person.key.hex()[:8],
            desk.unit_name(scope_unit(each.scope)), show_time(each.time),
            f"{desk.label(each.verdict.word)}: {reason}", ", ".join(shown[:_FIELDS_SHOWN]),
        )  # fmt: skip
        data.append({
            "set": each.set_id, "person": each.person.name, "key": each.person.key, "unit": scope_unit(each.scope),
            "time": iso_time(each.time), "verdict": each.verdict.word, "reason": each.verdict.reason,
            "saves": each.saves, "own": each.own, "refused": each.refused, "about": about,
        })  # fmt: skip
    lines: list[Any] = [table, desk.say("adopt-next")] if waiting else [desk.say("nothing-waits")]
    return Answer({"quarantine": data}, lines)


def adopt(
    sets: Sets,
    *,
    base: Bases = None,
    reason: str | None = None,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Let change sets count, with what leads to them; from the bases on if some are given."""
    why = needed(reason)
    replica = desk.replica(signing=True)
    tips, bases = find_sets(replica, sets), find_sets(replica, base or ())
    officer = Officer(replica)
    for each in officer.requests():
        if each.set_id in tips:
            raise Refusal("adopts-request", set=each.set_id.hex()[:12])
    made = officer.adopt(tips, bases, why)
    still = [each for each in tips if (verdict := replica.ledger.verdict(each)) is not None and verdict.code]
    lines = [desk.say("adopted", count=len(tips))]
    lines += [
        desk.say("still-waits", set=each.hex()[:12], reason=_reason(desk, replica, each)) for each in still
    ]
    data = {"sets": tips, "still_waiting": still, "entries": [each.id for each in made]}
    return Answer(data, [*lines, desk.say("report-next")])


def refuse(sets: Sets, *, reason: str | None = None, desk: Annotated[Desk, Parameter(parse=False)]) -> Answer:
    """Close the question about change sets: they stay out, and stay kept."""
    why = needed(reason)
    replica = desk.replica(signing=True)
    ids = find_sets(replica, sets)
    made = Officer(replica).refuse(ids, why)
    data = {"sets": ids, "entries": [each.id for each in made]}
    return Answer(data, [desk.say("refused", count=len(ids)), desk.say("report-next")])


def redact(sets: Sets, *, reason: str | None = None, desk: Annotated[Desk, Parameter(parse=False)]) -> Answer:
    """Ask for the content of change sets to be dropped; it counts once a second officer asks too."""
    why = needed(reason)
    replica = desk.replica(signing=True)
    ids = find_sets(replica, sets)
    made = Officer(replica).redact(ids, why)
    dropped = [each for each in ids if _open(replica, each).body.redacted is not None]
    key = "redacted" if len(dropped) == len(ids) else "redact-second"
    data = {"sets": ids, "dropped": dropped, "entries": [each.id for each in made]}
    return Answer(data, [desk.say(key, count=len(ids)), desk.say("report-next")])


def _open(replica: Replica, set_id: bytes) -> OpenedSet:
    return open_set(replica.store.parts([set_id])[set_id])


def _about(opened: OpenedSet, desk: Desk | None = None) -> list[str]:
    """What a set states, in short: the field and value of each operation, without cells' rows; in words for whom a desk is."""
    found = []
    for operation in opened.body.operations:
        address = operation.address if isinstance(operation.address, str) else operation.address[2]
        value = operation.value
        shown = f"={value}" if isinstance(value, str | int) and not isinstance(value, bool) else ""
        found.append(f"{address or _said(operation.kind, desk)}{shown}")
    return found


def _said(kind: int, desk: Desk | None) -> str:
    name = op.NAMES.get(kind, str(kind))
    words = LABELS.get(f"said-{name}", KINDS.get(kind))
    return name if desk is None or words is None else desk.words(words)


def _reason(desk: Desk, replica: Replica, set_id: bytes) -> str:
    verdict = replica.ledger.verdict(set_id)
    return "" if verdict is None else desk.label(verdict.reason)
