"""What a save did to what others had said: values that it took the place of, approvals that it put out of date."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.body import slot_key
from haidang_protocol.definitions.forms import Field, Form
from haidang_protocol.merge import RecordState
from haidang_syncclient import views
from haidang_syncclient.commands.civil_time import show_time
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.field_text import show_answer
from haidang_syncclient.commands.record_page import address_of, field_of, origin_data
from haidang_syncclient.editing import FormSession
from haidang_syncclient.views import Sibling


class Superseded(NamedTuple):
    """A value of somebody else in whose place another one was saved, or an element that was taken out."""

    address: str
    field: Field | None
    value: Any
    was: Sibling
    taken_out: bool


class Consequences(NamedTuple):
    """What a save did to what others had said, and to attests of anybody."""

    superseded: list[Superseded]
    outdated: list[Sibling]


def save(desk: Desk, session: FormSession, form: Form | None) -> tuple[Sequence[bytes], Consequences]:
    """Save a form; the tags of the saves, and the consequences.

    Raises:
        SyncError: as `FormSession.save`.
    """
    superseded = list(_superseded(desk, session, form))
    fresh = {each.live.identity for each in _attests(session.state) if not each.stale}
    tags = session.save().tags
    replica = desk.replica()
    now = _attests(replica.state(session.scope, session.id))
    stale = [each.live for each in now if each.stale and each.live.identity in fresh]
    return tags, Consequences(superseded, list(views.traced(replica, session.scope, stale)))


def _superseded(desk: Desk, session: FormSession, form: Form | None) -> list[Superseded]:
    replica = desk.replica()
    return [
        Superseded(
            address_of(each.address), field_of(form, slot_key(each.kind, each.address)), each.value, was,
            taken_out=each.kind == op.REMOVE,
        )
        for each in session.replacing()
        for was in views.traced(replica, session.scope, each.lives)
        if each.kind in (op.PUT, op.REMOVE) and was.origin.person.key != replica.key and (each.kind == op.REMOVE or was.value != each.value)
    ]  # fmt: skip


def _attests(state: RecordState) -> list[reading.Attest]:
    """Those that a change makes out of date; that a report was returned is what its correction ends."""
    return [each for each in reading.attests(state) if each.verdict in (op.CONFIRMED, op.APPROVED)]


def consequence_lines(desk: Desk, found: Consequences) -> list[str]:
    """The consequences for a person."""
    lines = [_superseded_line(desk, each) for each in found.superseded]
    if found.outdated:
        said = [f"{desk.label(each.value[0])} ({each.origin.person.name or '?'})" for each in found.outdated]
        lines.append(desk.say("save-outdates", said=", ".join(said)))
    return lines


def _superseded_line(desk: Desk, each: Superseded) -> str:
    old, new = (show_answer(each.field, value, desk.language) for value in (each.was.value, each.value))
    person, when = each.was.origin.person.name or "?", show_time(each.was.origin.time)
    if each.taken_out:
        return desk.say("save-takes-out", field=each.address, old=old, person=person, when=when)
    return desk.say("save-supersedes", field=each.address, old=old, new=new, person=person, when=when)


def consequences_data(found: Sequence[Consequences]) -> dict[str, Any]:
    """The consequences for `--json`."""
    return {
        "superseded": [
            {"field": each.address, "value": each.was.value, **origin_data(each.was.origin)}
            for one in found
            for each in one.superseded
        ],
        "outdated": [
            {"said": each.value[0], **origin_data(each.origin)} for one in found for each in one.outdated
        ],
    }
