"""`haidang devices`, `retire`, `revoke`: the keys that were certified, and what becomes of them."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table

from haidang_protocol import operations as op
from haidang_syncclient.commands.answer import Answer, Refusal
from haidang_syncclient.commands.civil_time import read_time
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.role_file import role_of, role_words
from haidang_syncclient.commands.sets import Holder, find_key, find_sets, holders
from haidang_syncclient.officer import Log, Officer
from haidang_syncclient.replica import Replica


def devices(*, unit: str | None = None, desk: Annotated[Desk, Parameter(parse=False)]) -> Answer:
    """List the certified keys, with what each is worth now."""
    replica = desk.replica()
    only = None if unit is None else desk.find_unit(unit)
    table = Table(
        *map(desk.label, ("fingerprint", "person", "role", "unit", "state")), box=None, pad_edge=False
    )
    data = []
    for holder in holders(replica):
        certificate = holder.certificate
        if certificate.offer or only not in (None, certificate.unit):
            continue
        state = standing_of(replica, holder)
        role = role_of(certificate) or certificate.label
        table.add_row(
            holder.fingerprint,
            certificate.person,
            desk.words(role_words(role)),
            desk.unit_name(certificate.unit),
            desk.label(f"key-{state}"),
        )
        data.append({
            "key": holder.key, "fingerprint": holder.fingerprint, "person": certificate.person,
            "label": certificate.label, "role": role, "unit": certificate.unit, "state": state,
            "certificate": certificate.id,
        })  # fmt: skip
    return Answer({"devices": data}, [table])


def standing_of(replica: Replica, holder: Holder) -> str:
    """What a certificate is worth now: counts, unconfirmed, retired, revoked, or void (it never counted)."""
    view = replica.ledger.view(holder.certificate.unit)
    key = holder.key
    if any(each == holder.certificate for each in view.unconfirmed.get(key, ())):
        return "unconfirmed"
    counted = [known for known in view.counted.get(key, ()) if known.id == holder.certificate.id]
    if not counted:
        return "void"
    if any(view.touches(cut.depth, cut.unit, counted[0]) for cut in view.cuts.get(key, ())):
        return "revoked"
    ended = [each for each in view.retirements if each.key == key]
    return "retired" if any(view.touches(each.depth, each.unit, counted[0]) for each in ended) else "counts"


def _check_reach(replica: Replica, officer: Officer, holder: Holder, kind: int) -> None:
    """Refuse what would be said in vain: an entry touches only certificates farther from the root than its own (SPEC A4).

    Raises:
        NotAllowedError: no certificate of the officer's key allows it there.
        Refusal: the key is as near to the root as the officer's, or nearer.
    """
    acting = officer.standing(holder.certificate.unit, [kind])
    counted = replica.ledger.view(holder.certificate.unit).counted.get(holder.key, ())
    if counted and all(known.depth <= acting.depth for known in counted):
        raise Refusal("out-of-reach", person=holder.certificate.person)


def retire(key: str, *, reason: str | None = None, desk: Annotated[Desk, Parameter(parse=False)]) -> Answer:
    """Note that a key's holder left: reading ends, what follows is flagged, nothing is cut."""
    why = needed(reason)
    replica = desk.replica(signing=True)
    holder = find_key(replica, key)
    officer = Officer(replica)
    _check_reach(replica, officer, holder, op.RETIRE)
    sets = officer.retire(holder.key, why)
    line = desk.say("retired", person=holder.certificate.person, fingerprint=holder.fingerprint)
    return Answer({"key": holder.key, "sets": [each.id for each in sets]}, [line, desk.say("report-next")])


def revoke(
    key: str,
    *,
    keep: Annotated[list[str] | None, Parameter(negative=())] = None,
    keep_received_before: str | None = None,
    keep_nothing: Annotated[bool, Parameter(negative=())] = False,
    reason: str | None = None,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Cut off a key. What the hub had received stays, unless something else is said; the rest waits for a person."""
    why = needed(reason)
    replica = desk.replica(signing=True)
    holder = find_key(replica, key)
    officer = Officer(replica)
    _check_reach(replica, officer, holder, op.REVOKE)
    kept = _kept(replica, officer, holder.key, keep, keep_received_before, nothing=keep_nothing)
    sets = officer.revoke(holder.key, kept, why)
    cut = [
        held
        for held in map(replica.ledger.held, replica.device.not_accepted())
        if held is not None and held.facts.key == holder.key
    ]
    lines = [
        desk.say(
            "revoked-key", person=holder.certificate.person, fingerprint=holder.fingerprint, count=len(cut)
        ),
        desk.say("adopt-next"),
        desk.say("report-next"),
    ]
    data = {
        "key": holder.key,
        "kept": [tip for tips in kept.values() for tip in tips],
        "cut": [held.facts.id for held in cut],
        "sets": [each.id for each in sets],
    }
    return Answer(data, lines)


def _kept(
    replica: Replica,
    officer: Officer,
    key: bytes,
    tips: Sequence[str] | None,
    before: str | None,
    *,
    nothing: bool,
) -> Mapping[Log, Sequence[bytes]]:
    """What the cut keeps.

    Raises:
        Refusal: a set or time that cannot be read, or more than one of the three ways.
    """
    if sum((tips is not None, before is not None, nothing)) > 1:
        raise Refusal("one-keep")
    if nothing:
        return {}
    if tips is not None:
        return officer.kept_up_to(find_sets(replica, tips))
    if before is None:
        return officer.kept_if_received(key)
    try:
        return officer.kept_if_received(key, read_time(before))
    except ValueError:
        raise Refusal("date-unreadable", text=before) from None


def needed(reason: str | None, option: str = "--reason") -> str:
    """The reason that was given with an option.

    Raises:
        Refusal: none was given.
    """
    if not (reason or "").strip():
        raise Refusal("reason-needed", option=option)
    return str(reason)
