"""`haidang status`: whose device this is, where its work is, what asks for attention."""

from typing import Annotated, Any

from cyclopts import Parameter

from haidang_protocol.ids import fingerprint
from haidang_protocol.statements import Checkpoint, decode
from haidang_syncclient import views
from haidang_syncclient.commands.answer import Answer
from haidang_syncclient.commands.civil_time import show_time
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.returned import returned_data, returned_lines, returned_reports
from haidang_syncclient.commands.role_file import role_words
from haidang_syncclient.views import Counts


def status(*, desk: Annotated[Desk, Parameter(parse=False)]) -> Answer:
    """Tell whose device this is, where its work is, and what asks for attention."""
    replica = desk.replica()
    unit = replica.deployment.unit
    person = replica.people.person(replica.key, unit)
    counts = views.counts(replica)
    role = desk.role_here(unit)
    lines = [
        desk.say(
            "who",
            person=person.name or "?",
            role=role_words(role or person.label or "?"),
            unit=desk.unit_name(unit),
        ),
        desk.say("my-fingerprint", fingerprint=fingerprint(replica.key)),
    ]
    if not person.confirmed:
        lines.append(desk.say("not-confirmed"))
    last = _last_checkpoint(desk)
    returned = returned_reports(desk)
    lines += [*lamp(desk, counts), *returned_lines(desk, returned)]
    lines.append(desk.say("last-sync", when=show_time(last)) if last else desk.say("never-synced"))
    data = {
        "person": person.name, "label": person.label, "role": role, "unit": unit, "key": replica.key,
        "fingerprint": fingerprint(replica.key), "confirmed": person.confirmed, "url": replica.deployment.url,
        "counts": counts_data(counts), "last_checkpoint": last or None,
        "returned": returned_data(returned),
    }  # fmt: skip
    return Answer(data, lines)


def lamp(desk: Desk, counts: Counts) -> list[str]:
    """Where one's work is, and what asks for attention: a line each, those that count something."""
    ways = ("saved", "sending", "carried", "received")
    lines = [f"  {desk.label(way)}: {getattr(counts, way)}" for way in ways if getattr(counts, way)]
    asking = ("conflicts", "waiting", "aside", "passed_over")
    return lines + [
        desk.say(f"asks-{name}", count=getattr(counts, name)) for name in asking if getattr(counts, name)
    ]


def counts_data(counts: Counts) -> dict[str, Any]:
    """The counts for `--json`."""
    return {name: getattr(counts, name) for name in counts.__struct_fields__}


def _last_checkpoint(desk: Desk) -> int:
    signed = desk.replica().hub.signed_checkpoints()
    return max((decode(Checkpoint, each.data).time for each in signed), default=0)
