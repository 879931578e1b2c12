"""What reporters do on the stage: they report, correct, void, attest, and their phones get restored, copied, lost."""

from dataclasses import replace
from typing import Any

from haidang_protocol.body import Address, Preimage, Reference
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED, scope_of
from haidang_protocol.operations import (
    ADD,
    ATTEST,
    COUNT,
    LINK,
    NOTE,
    PUT,
    REMOVE,
    RESTORE,
    SUPERSEDES,
    VOID,
)
from tests.protocol.actors import UNHELD, Device, Draft, DraftSave, Stage

FIELDS = ("so_ho", "thiet_hai")
SETS = ("kenh", "ho")
UNKNOWN_KIND = 20
RECORDS: tuple[bytes | Preimage, ...] = (
    b"\x01" * 16,
    Preimage("bao_cao_ngay"),
    Preimage("bao_cao_ngay", b"\x07" * 16, "CD-5"),
)
ROWS: tuple[bytes | tuple[str, ...], ...] = (b"\x0a" * 16, ("Thôn 1", "Nguyễn"))
ELSEWHERE = scope_of(REPORTS, b"\x04" * 16)
WEIGHTS = {
    PUT: 40,
    COUNT: 6,
    ADD: 12,
    REMOVE: 6,
    NOTE: 4,
    VOID: 8,
    RESTORE: 3,
    ATTEST: 8,
    LINK: 4,
    UNKNOWN_KIND: 1,
}
REPORTER_KINDS = (PUT, COUNT, ADD, REMOVE, NOTE, VOID, RESTORE, LINK)
HEAD_KINDS = (*REPORTER_KINDS, ATTEST)


def report(stage: Stage, device: Device, scope: bytes | None = None, why: str = "report") -> OpenedSet:
    """One to three saves about a few records, most of them superseding what the device saw."""
    scope = scope or scope_of(RESTRICTED if stage.chance(0.1) else REPORTS, device.unit)
    if stage.chance(0.3):
        device.tag = stage.random.getrandbits(62)
    saves = [save(stage, device, scope) for _ in range(stage.random.choice((1, 1, 2, 3)))]
    return stage.seal(device, scope, saves, why)


def save(stage: Stage, device: Device, scope: bytes, kinds: tuple[int, ...] | None = None) -> DraftSave:
    """A save; its drafts count as seen at once, so that the next save of the same form supersedes them (O11)."""
    drafts = []
    allowed = kinds or HEAD_KINDS
    for _ in range(stage.random.choice((1, 1, 1, 2, 3))):
        kind = stage.random.choices(allowed, [WEIGHTS[kind] for kind in allowed])[0]
        drafts.append(draft(stage, device, scope, kind))
        device.seen[scope].append(drafts[-1])
    salt = stage.raw(16) if stage.chance(0.1) else None
    return DraftSave(drafts, stage.time(), stage.random.choice((b"", b"\x0f" * 16)), salt)


def draft(stage: Stage, device: Device, scope: bytes, kind: int) -> Draft:
    """An operation of this kind on one of a few slots."""
    made = Draft(kind, stage.random.choice(RECORDS))
    made.address, made.value = about(stage, kind)
    seen = live(device.seen[scope])
    if stage.chance(0.9):
        slot, replaced = made.slot(scope), SUPERSEDES.get(kind, frozenset())
        if stage.chance(0.05):
            replaced = frozenset((kind, *replaced))
        made.supersedes += [d for d in seen if d.kind in replaced and d.slot(scope) == slot]
    if stage.chance(0.05):
        made.supersedes.append(stray(stage))
    if kind in (VOID, ATTEST, RESTORE):
        made.covers += [d for d in seen if covers(made, d, scope) and stage.chance(0.97)]
    return made


def live(seen: list[Draft]) -> list[Draft]:
    """Drafts that no other seen draft supersedes."""
    dead = {id(target) for d in seen for target in d.supersedes}
    return [d for d in seen if id(d) not in dead and d.kind != REMOVE]


def covers(by: Draft, d: Draft, scope: bytes) -> bool:
    """What a void or attest of a careful author covers."""
    if d.slot(scope)[0] != by.slot(scope)[0] or d.kind in (COUNT, NOTE, ATTEST):
        return False
    if by.kind != ATTEST and isinstance(by.address, tuple):
        return d.address[:2] == by.address[:2] or (d.kind == ADD and d.value == list_or_bin(by.address[1]))
    return True


def list_or_bin(row: bytes | tuple[str, ...]) -> bytes | list[str]:
    """A row as the element that adds it."""
    return row if isinstance(row, bytes) else list(row)


def about(stage: Stage, kind: int) -> tuple[Address, Any]:
    """An address and a value for an operation of this kind."""
    choice = stage.random.choice
    row = choice(ROWS)
    puts = (FIELDS[0], FIELDS[0], FIELDS[1], (SETS[1], row, "muc"))
    choices: dict[int, tuple[tuple[Address, ...], tuple[Any, ...]]] = {
        PUT: (puts, (0, 1, 2, True, "hư hỏng", None, [1, "m"], [True, "m"])),
        COUNT: (FIELDS[:1], (1, 2, -1, 10**6)),
        NOTE: (("",), (["Đã gọi", None], ["Chưa rõ", None])),
        VOID: (("", (SETS[1], row, "")), ("nhầm",)),
        RESTORE: (("", (SETS[1], row, "")), ("đúng rồi",)),
        ATTEST: (("confirm", "confirm", "approve"), (["confirmed", ""], ["returned", "thiếu"])),
        LINK: (("same-as", "moved-to"), ([b"\x02" * 16, ELSEWHERE], [b"\x03" * 16, ELSEWHERE])),
    }
    if kind in (ADD, REMOVE):
        return choice(((SETS[0], "Zalo"), (SETS[0], "loa"), (SETS[1], list_or_bin(row))))
    addresses, values = choices.get(kind, (FIELDS[:1], (b"unknown",)))
    return choice(addresses), choice(values)


def stray(stage: Stage) -> Reference:
    """A reference that may name anything or nothing."""
    sources: list[int | bytes] = [0, 1, 2, 9, stage.raw(16), *(s.id16 for s in stage.sets[-5:])]
    return Reference(stage.random.choice(sources), stage.random.randrange(3))


def look(stage: Stage, device: Device, scope: bytes) -> None:
    """The device sees all that was sealed in the scope, or part of it."""
    all_of_it = stage.chance(0.7)
    for d, places in stage.places.items():
        if (
            places[0][0].header.scope == scope
            and d not in device.seen[scope]
            and (all_of_it or stage.chance(0.5))
        ):
            device.seen[scope].append(d)


# --------------------------------------------------------------------------------- phones restored, copied, tampered


def restore(stage: Stage, device: Device, scope: bytes) -> None:
    """The phone comes back as it was some sets ago, and seals again the saves it had sent, grouped otherwise."""
    log = device.logs[scope]
    back = again(log.sealed)
    if not back:
        return
    first = back[0][0].header
    log.tips = tuple(stage.by_id[p] for p in first.previous if p in stage.by_id)
    log.incarnation, log.sealed = first.incarnation, log.sealed[: -len(back)]
    if len(log.tips) < len(first.previous) or stage.chance(0.3):
        return
    saves = [each for _, saves in back for each in saves]
    for d in [d for each in saves for d in each.drafts if stage.chance(0.2)]:
        slot, replaced = d.slot(scope), SUPERSEDES.get(d.kind, frozenset())
        others = [o for o in stage.places if o.kind in replaced]
        d.supersedes += [o for o in others if o.slot(scope) == slot][-2:]
    if scope[0] != AUTHORITY and stage.chance(0.2):
        saves.append(DraftSave([draft(stage, device, scope, UNKNOWN_KIND)], stage.time()))
    cut = stage.random.randint(1, len(saves))
    tag = int.from_bytes(first.tag)
    for part in (saves[:cut], saves[cut:]):
        if part:
            stage.seal(device, scope, part, "sealed again", tag=tag.to_bytes(8))
        tag += len(part)
    device.tag = tag


def again(sealed: tuple[tuple[OpenedSet, list[DraftSave]], ...]) -> list[tuple[OpenedSet, list[DraftSave]]]:
    """The last sets, up to three, whose saves were made in one opening: their tags follow each other."""
    back: list[tuple[OpenedSet, list[DraftSave]]] = []
    for opened, saves in reversed(sealed[-3:]):
        end = int.from_bytes(opened.header.tag) + len(saves)
        if back and end != int.from_bytes(back[0][0].header.tag):
            break
        back.insert(0, (opened, saves))
    return back


def tips_of(stage: Stage, key: bytes, scope: bytes) -> list[OpenedSet]:
    """All tips of the key's logs in the scope."""
    mine = [s for s in stage.sealed_by[key] if s.header.scope == scope]
    followed = {p for s in mine for p in s.header.previous}
    return [s for s in mine if s.id not in followed]


def go_on(stage: Stage, device: Device, scope: bytes) -> None:
    """After a fork the key's next incarnation names all tips, or those that the device knows of (L3)."""
    tips = tips_of(stage, device.key, scope)
    if not tips:
        return
    log = device.logs[scope]
    log.tips = tuple(tips[: 1 + stage.random.randrange(2 * len(tips))])
    highest = max(s.header.incarnation for s in tips)
    log.incarnation = highest + stage.pick((9, 1), (1, 2))
    (reach_across if stage.chance(0.3) else report)(stage, device, scope)
    stage.told.append(f"incarnation: {device.name}")


def reach_across(stage: Stage, device: Device, scope: bytes) -> None:
    """Puts that name by distance what no distance can name from here: across a join, a gap, another incarnation."""
    tips = device.logs[scope].tips
    position = max(tip.header.position for tip in tips) + 1
    behind = [
        s for s in stage.sealed_by[device.key] if s.header.scope == scope and s.header.position < position
    ]
    drafts = [
        Draft(PUT, o.record, o.address, 9, [Reference(position - s.header.position, 0)])
        for s in behind[-4:]
        for o in s.body.operations
        if o.kind == PUT
    ]
    if drafts:
        stage.seal(device, scope, [DraftSave(drafts[:6], stage.time())], "reached across")


def join(stage: Stage, device: Device, scope: bytes) -> None:
    """A set of the same incarnation that names two tips or more."""
    tips = tips_of(stage, device.key, scope)
    if len(tips) > 1:
        device.logs[scope].tips = tuple(tips)
        (reach_across if stage.chance(0.5) else report)(stage, device, scope)
        reach_across(stage, device, scope)
        stage.told.append(f"join: {device.name}")


def break_chain(stage: Stage, device: Device, scope: bytes) -> None:
    """A set that cannot follow what it names (L1), and sometimes the device goes on from it."""
    log = device.logs[scope]
    before = replace(log)
    position = max((tip.header.position + 1 for tip in log.tips), default=0)
    foreign = [s.id for s in stage.sets if s.header.key != device.key and s.header.scope == scope]
    elsewhere = [s.id for s in stage.sealed_by[device.key] if s.header.scope != scope]
    away = stage.random.choice(foreign or [UNHELD])
    other: dict[str, Any] = stage.pick(
        (3, {"position": position + stage.random.choice((1, 2))} if log.tips else {}),
        (2, {"previous": (UNHELD,), "position": max(1, position)}),
        (9 if log.incarnation else 0, {"incarnation": log.incarnation - 1}),
        (3, {"previous": (away,), "position": max(1, position)}),
        (2, {"previous": tuple(sorted({UNHELD, away})), "position": max(1, position)}),
        (2, {"previous": tuple(elsewhere[-1:]), "position": max(1, position)} if elsewhere else {}),
    )
    saves = [save(stage, device, scope, REPORTER_KINDS)]
    stage.seal(device, scope, saves, "broken chain" if other else "report", **other)
    if stage.chance(0.3):
        device.logs[scope] = before
