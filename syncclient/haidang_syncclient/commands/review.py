"""`haidang review`: a report is confirmed, approved or returned exactly as it stands."""

from collections.abc import Sequence
from typing import Annotated, Final, NamedTuple

from cyclopts import Parameter

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.ids import scope_kind, scope_unit
from haidang_syncclient import views
from haidang_syncclient.commands.answer import Answer, Refusal
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.devices import needed, standing_of
from haidang_syncclient.commands.record_page import Page, address_text
from haidang_syncclient.commands.records import Found, Shelf
from haidang_syncclient.commands.role_file import role_of, role_words
from haidang_syncclient.commands.sets import Holder, holders
from haidang_syncclient.editing import FormSession
from haidang_syncclient.words import Both
from haidang_syncclient.words.labels import LABELS

_ROLES: Final = {op.CONFIRMED: op.CONFIRM, op.APPROVED: op.APPROVE, op.RETURNED: op.APPROVE}
"""Which role says which verdict; a commune head may return too, in the role of confirming."""
_NAMED_MAX: Final = 3
_SUPERVISOR: Final = Both("cấp trên của đơn vị đó", "the unit's supervisor")


class Part(NamedTuple):
    """The record or its twin, and the role in which the verdict is said about it."""

    scope: bytes
    record: bytes
    role: str


def review(
    record: str,
    *,
    confirm: Annotated[bool, Parameter(negative=())] = False,
    approve: Annotated[bool, Parameter(negative=())] = False,
    return_: Annotated[str | None, Parameter(name="--return")] = None,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Confirm, approve or return a report exactly as it stands now: a later change makes that visibly out of date."""
    if sum((confirm, approve, return_ is not None)) != 1:
        raise Refusal("one-verdict")
    reason = "" if return_ is None else needed(return_, "--return")
    verdict = op.CONFIRMED if confirm else op.APPROVED if approve else op.RETURNED
    shelf = Shelf(desk)
    found = shelf.find(record)
    parts = _parts(desk, Page(desk, shelf, found), verdict)
    left = [part for part in parts if not _stands(desk, part, verdict, reason)]
    tags: list[bytes] = []
    for part in left:
        session = FormSession(desk.replica(), part.scope, part.record, form=shelf.form_id(found))
        tags += session.attest(part.role, verdict, reason).save().tags
    open_fields = [] if verdict == op.RETURNED else _open_fields(desk, parts)
    data = {
        "record": found.id,
        "verdict": verdict,
        "signed": bool(left),
        "conflicts": open_fields,
        "tags": tags,
    }
    said = "reviewed" if left else "reviewed-before"
    lines = [desk.say(said, what=shelf.describe(found), verdict=desk.label(verdict))]
    lines += _about_open_fields(desk, found, open_fields)
    if left:
        lines.append(desk.say("report-next"))
    return Answer(data, lines)


def _parts(desk: Desk, page: Page, verdict: str) -> list[Part]:
    """The parts of a report that have something to vouch for.

    Raises:
        Refusal: there is nothing, or the person may not say this verdict.
    """
    parts = [
        Part(scope, record, _role(desk, scope, verdict))
        for scope, record in page.parts
        if reading.covers_now(desk.replica().state(scope, record), attest=True)
    ]
    if not parts:
        raise Refusal("nothing-to-review")
    return parts


def _role(desk: Desk, scope: bytes, verdict: str) -> str:
    """The attest role in which this person says a verdict; for a return the nearest that the certificate has.

    Raises:
        Refusal: there is none.
    """
    role = _ROLES[verdict]
    if verdict == op.RETURNED and not desk.may(scope, op.ATTEST, role):
        role = op.CONFIRM
    if not desk.may(scope, op.ATTEST, role):
        unit = desk.book.unit_name(scope_unit(scope), desk.today())
        raise Refusal(
            "may-not-review", verdict=LABELS[verdict], unit=Both(unit.name, unit.name_en),
            who=_who_may(desk, scope, role),
        )  # fmt: skip
    return role


def _who_may(desk: Desk, scope: bytes, role: str) -> Sequence[Both]:
    """The people who may say a verdict in a scope, the nearest to its unit first."""
    replica, unit = desk.replica(), scope_unit(scope)
    view = replica.ledger.view(unit)

    def may(holder: Holder) -> bool:
        certificate = holder.certificate
        rights = certificate.rights.allow(scope_kind(scope), (op.ATTEST,), (role,))
        return rights and not certificate.offer and view.inside(unit, certificate.unit)

    found = [holder for holder in filter(may, holders(replica)) if standing_of(replica, holder) == "counts"]
    units = {holder.certificate.unit for holder in found}
    # The unit that lies inside most of the others is the nearest.
    nearness = {one: sum(view.inside(one, other) for other in units) for one in units}
    nearest = sorted(found, key=lambda holder: -nearness[holder.certificate.unit])[:_NAMED_MAX]
    return [_named(holder) for holder in nearest] or [_SUPERVISOR]


def _named(holder: Holder) -> Both:
    certificate = holder.certificate
    role = role_words(role_of(certificate) or certificate.label)
    return Both(f"{certificate.person} ({role.vi})", f"{certificate.person} ({role.en})")


def _stands(desk: Desk, part: Part, verdict: str, reason: str) -> bool:
    """Whether just this is said about the part as it is, and nothing else in the same role."""
    attests = reading.attests(desk.replica().state(part.scope, part.record))
    said = {(each.verdict, each.reason) for each in attests if each.role == part.role and not each.stale}
    return said == {(verdict, reason)}


def _open_fields(desk: Desk, parts: Sequence[Part]) -> list[str]:
    """The fields with two different values."""
    return [
        address_text(slot[1:])
        for part in parts
        for slot in views.conflicting_slots(desk.replica().state(part.scope, part.record))
        if slot[0] == op.REGISTER
    ]


def _about_open_fields(desk: Desk, found: Found, open_fields: Sequence[str]) -> list[str]:
    if not open_fields:
        return []
    return [
        desk.say("review-open", count=len(open_fields), fields=", ".join(open_fields)),
        desk.say("review-open-next", record=found.id.hex()[:8], field=open_fields[0]),
    ]
