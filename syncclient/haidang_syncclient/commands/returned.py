"""Reports of one's own unit that were returned and not corrected since: who returned them, why, what to run."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from haidang_protocol import operations as op
from haidang_protocol import reading, workflow
from haidang_protocol.ids import REPORTS, RESTRICTED, scope_of
from haidang_syncclient import views
from haidang_syncclient.commands.civil_time import iso_time, show_time
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.records import Found, Shelf
from haidang_syncclient.tracing import Origin

_SHOWN: Final = 5


class Returned(NamedTuple):
    """A returned report: the reason, and who gave it when."""

    found: Found
    about: str
    family: str
    reason: str
    origin: Origin


def returned_reports(desk: Desk) -> list[Returned]:
    """The reports that the person's own unit is asked to correct, a report and its twin once."""
    waiting = list(_waiting(desk))
    if not waiting:
        return []
    shelf = Shelf(desk)
    listed: dict[bytes, Returned] = {}
    for scope, record, attest in waiting:
        found = shelf.holding(scope, record)
        if found is not None:
            [sibling] = views.traced(desk.replica(), scope, [attest.live])
            about, family = shelf.describe(found), shelf.family(found)
            listed.setdefault(found.id, Returned(found, about, family, attest.reason, sibling.origin))
    return list(listed.values())


def _waiting(desk: Desk) -> Iterator[tuple[bytes, bytes, reading.Attest]]:
    replica = desk.replica()
    for kind in (REPORTS, RESTRICTED):
        scope = scope_of(kind, replica.deployment.unit)
        for record, state in replica.states(scope).items():
            attests = reading.attests(state)
            if workflow.stage(attests) == op.RETURNED and not reading.hidden(state):
                standing = (each for each in attests if each.verdict == op.RETURNED and not each.stale)
                yield scope, record, next(standing)


def returned_lines(desk: Desk, reports: Sequence[Returned]) -> list[str]:
    """The returned reports for a person, with what to run."""
    lines: list[str] = []
    for each in reports[:_SHOWN]:
        lines += [
            desk.say(
                "returned-report", what=each.about, person=each.origin.person.name or "?",
                when=show_time(each.origin.time), reason=each.reason,
            ),
            desk.say("returned-next", record=each.found.id.hex()[:8], form=each.family),
        ]  # fmt: skip
    if len(reports) > _SHOWN:
        lines.append(desk.say("returned-more", count=len(reports) - _SHOWN))
    return lines


def returned_data(reports: Sequence[Returned]) -> list[dict[str, Any]]:
    """The returned reports for `--json`."""
    return [
        {"record": each.found.id, "form": each.family, "person": each.origin.person.name,
         "time": iso_time(each.origin.time), "reason": each.reason}
        for each in reports
    ]  # fmt: skip
