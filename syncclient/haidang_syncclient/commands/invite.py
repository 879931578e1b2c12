"""`haidang invite`: an offer for one device; who waits to be confirmed; confirming and closing."""

import io
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter
from rich.table import Table

from haidang_syncclient.commands.answer import Answer, Refusal
from haidang_syncclient.commands.civil_time import DAY_S, iso_time, show_time
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.hub_enrolment import leave_at_hub
from haidang_syncclient.commands.naming import hex_prefix, only
from haidang_syncclient.commands.offer_file import write_offer_file
from haidang_syncclient.commands.role_file import Role, find_role, role_words
from haidang_syncclient.enrolling import Invitation
from haidang_syncclient.enrolling import invite as make_invitation
from haidang_syncclient.errors import NotAllowedError, NotConfirmableError
from haidang_syncclient.officer import Grant, Officer, OpenOffer, Request
from haidang_syncclient.words import Both

DAYS: Final = 14


def invite(  # noqa: PLR0913 - one parameter an option
    unit: str | None = None,
    *,
    role: str = "reporter",
    person: str = "",
    days: int = DAYS,
    out: Path | None = None,
    offline: Annotated[bool, Parameter(negative=())] = False,
    pending: Annotated[bool, Parameter(negative=())] = False,
    confirm: Annotated[list[str] | None, Parameter(negative=())] = None,
    close: str | None = None,
    reason: str = "",
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Invite somebody to a unit; without a unit list offers and devices that wait, or confirm or close one."""
    if confirm is not None:
        return _confirm(desk, confirm, reason)
    if close is not None:
        return _close(desk, close, reason)
    if unit is None or pending:
        return _pending(desk)
    if not person.strip():
        raise Refusal("person-needed")
    chosen = find_role(role)
    if chosen.server:
        raise Refusal("role-of-server", role=role)
    if out is not None:
        desk.check_target(out)
    expiry = desk.now() + days * DAY_S
    replica = desk.replica(signing=True)
    grant = Grant(desk.find_unit(unit), chosen.rights, person.strip(), chosen.name)
    made = _invitation(desk, grant, chosen, expiry)
    if out is not None:
        write_offer_file(out, made.text, replica)
    code = None if offline else leave_at_hub(desk, made.offer)
    return _told(desk, made, chosen, out, code, offline=offline)


def _invitation(desk: Desk, grant: Grant, role: Role, expiry: int) -> Invitation:
    """Make the offer.

    Raises:
        NotAllowedError: the officer may not give this role there.
    """
    try:
        return make_invitation(desk.replica(), grant, expiry)
    except NotAllowedError as error:
        unit = desk.book.unit_name(grant.unit, desk.today())
        said = Both(
            f"cấp vai trò {role.title.vi}, {unit.name}", f"give the role {role.title.en}, {unit.name_en}"
        )
        raise NotAllowedError(said) from error


def _told(
    desk: Desk, made: Invitation, role: Role, out: Path | None, code: str | None, *, offline: bool
) -> Answer:
    unit, person, expiry = made.offer.unit, made.certificate.person, made.offer.expiry
    url = made.offer.url
    data = {
        "offer": made.text, "certificate": made.certificate.id, "unit": unit, "role": role.name, "person": person,
        "expires": iso_time(expiry), "code": code, "file": out, "url": url,
    }  # fmt: skip
    lines = [
        desk.say(
            "invited",
            person=person,
            unit=desk.unit_name(unit),
            role=desk.words(role.title),
            when=show_time(expiry),
        ),
        qr_code(made.text),
        made.text,
    ]
    if out is not None:
        lines.append(desk.say("offer-file", file=out))
    if code is not None:
        lines.append(desk.say("offer-code", code=code, url=url))
    elif not offline:
        lines.append(desk.say("no-code"))
    return Answer(data, [*lines, desk.say("confirm-next")])


def qr_code(text: str) -> str:
    """A text as a QR code made of half blocks, two rows a line."""
    import segno  # noqa: PLC0415 - only here

    drawn = io.StringIO()
    segno.make(text, error="m").terminal(out=drawn, compact=True)
    return drawn.getvalue()


def _pending(desk: Desk) -> Answer:
    officer = Officer(desk.replica())
    requests, offers = officer.requests(), _unused(officer)
    waiting = Table(
        *map(desk.label, ("fingerprint", "person", "role", "unit", "when")), box=None, pad_edge=False
    )
    uses = Counter(each.certificate.parent for each in requests)
    for each in requests:
        certificate = each.certificate
        waiting.add_row(
            each.fingerprint,
            certificate.person,
            desk.words(role_words(certificate.label)),
            desk.unit_name(each.unit),
            show_time(each.time),
        )
    unused = Table(*map(desk.label, ("offer", "person", "role", "unit")), box=None, pad_edge=False)
    for offer in offers:
        certificate = offer.certificate
        unused.add_row(
            offer.id.hex()[:8],
            certificate.person,
            desk.words(role_words(certificate.label)),
            desk.unit_name(certificate.unit),
        )
    lines: list[Any] = [waiting, desk.say("compare-first")] if requests else [desk.say("nobody-waits")]
    if any(count > 1 for count in uses.values()):
        lines.append(desk.say("offer-used-twice"))
    if not all(each.confirmable for each in requests):
        lines.append(desk.say("not-one-device"))
    lines += [unused] if offers else []
    data = {
        "pending": [
            {"fingerprint": each.fingerprint, "set": each.set_id, "key": each.certificate.key,
             "person": each.certificate.person, "role": each.certificate.label, "unit": each.unit, "uses": uses[each.certificate.parent],
             "time": iso_time(each.time), "confirmable": each.confirmable}
            for each in requests
        ],
        "unused": [
            {"offer": offer.id, "person": offer.certificate.person, "role": offer.certificate.label,
             "unit": offer.certificate.unit}
            for offer in offers
        ],
    }  # fmt: skip
    return Answer(data, lines)


def _confirm(desk: Desk, texts: list[str], reason: str) -> Answer:
    officer = Officer(desk.replica(signing=True))
    chosen = [_request(officer.requests(), text) for text in texts]
    for each in chosen:
        if not each.confirmable:
            raise NotConfirmableError(each.fingerprint)
    sets = [made.id for each in chosen for made in officer.confirm(each.set_id, reason)]
    lines = [
        desk.say("confirmed-device", person=each.certificate.person, fingerprint=each.fingerprint)
        for each in chosen
    ]
    data = {
        "confirmed": [{"fingerprint": each.fingerprint, "key": each.certificate.key} for each in chosen],
        "sets": sets,
    }
    return Answer(data, [*lines, desk.say("report-next")])


def _request(requests: list[Request], text: str) -> Request:
    spelled, prefix = text.strip().upper().replace("-", ""), hex_prefix(text)
    found = [
        (each, f"{each.fingerprint} {each.certificate.person}")
        for each in requests
        if each.fingerprint.replace("-", "") == spelled
        or (
            prefix is not None
            and (each.set_id.hex().startswith(prefix) or each.certificate.key.hex().startswith(prefix))
        )
    ]
    return only("device", text, found, "invite --pending")


def _close(desk: Desk, text: str, reason: str) -> Answer:
    officer = Officer(desk.replica(signing=True))
    prefix = hex_prefix(text)
    found = [
        (offer, f"{offer.id.hex()[:8]} {offer.certificate.person}")
        for offer in officer.offers()
        if (prefix is not None and offer.id.hex().startswith(prefix)) or offer.certificate.person == text
    ]
    names = [(offer.certificate.person, offer.certificate.person) for offer in officer.offers()]
    offer = only("offer", text, found, "invite --pending", names)
    sets = officer.close(offer, reason)
    line = desk.say("offer-closed", person=offer.certificate.person)
    return Answer({"offer": offer.id, "sets": [made.id for made in sets]}, [line, desk.say("report-next")])


def _unused(officer: Officer) -> list[OpenOffer]:
    return [offer for offer in officer.offers() if not offer.used]
