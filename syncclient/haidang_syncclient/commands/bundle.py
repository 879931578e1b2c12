"""`haidang bundle export` and `import`: data carried in a file, where no network reaches."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from haidang_protocol.bundle import Damage, Manifest
from haidang_protocol.definitions.text import format_number
from haidang_protocol.ids import REPORTS, RESTRICTED, scope_unit
from haidang_syncclient import bundles
from haidang_syncclient.commands.answer import DAMAGED, DONE, Answer, Refusal
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.reasons import of_damage


def export_bundle(
    file: Path,
    *,
    to_unit: Annotated[list[str] | None, Parameter(negative=())] = None,
    known: Path | None = None,
    force: Annotated[bool, Parameter(negative=())] = False,
    desk: Annotated[Desk, Parameter(parse=False)],
) -> Answer:
    """Write what this replica holds into a file; what is not sealed yet is sealed first."""
    desk.check_target(file, over=force)
    replica = desk.replica()
    units = {desk.find_unit(each) for each in to_unit or ()}
    replica = desk.replica(signing=bool(replica.device.pending_scopes()))
    replica.seal()
    scopes = [
        scope
        for scope in replica.store.scopes()
        if scope[0] in (REPORTS, RESTRICTED) and (not units or _near(desk, scope_unit(scope), units))
    ]
    exported = bundles.export_bundle(replica, file, scopes, None if known is None else _manifest(known))
    line = desk.say(
        "bundle-written", file=file, sets=exported.sets, size=format_number(exported.size // 1024 + 1)
    )
    data = {"file": file, "sets": exported.sets, "receipts": exported.receipts, "bytes": exported.size}
    return Answer(data, [line, desk.say("bundle-next", file=file)])


def import_bundle(file: Path, *, desk: Annotated[Desk, Parameter(parse=False)]) -> Answer:
    """Take in what a bundle holds; damaged parts are named, sound ones kept. Exit code 4 if anything was damaged."""
    if not file.exists():
        raise Refusal("file-missing", file=file)
    with desk.progress("importing") as advance:
        imported = bundles.import_bundle(desk.replica(), file, advance)
    lines = [
        desk.say("bundle-read", fresh=imported.fresh, known=imported.known, receipts=imported.receipts),
        *damage_lines(desk, imported.damages),
    ]
    if imported.aside:
        lines.append(desk.say("asks-aside", count=imported.aside))
    data = {
        "fresh": imported.fresh, "known": imported.known, "aside": imported.aside, "receipts": imported.receipts,
        "exporter": imported.exporter, "damage": [damage_data(each) for each in imported.damages],
    }  # fmt: skip
    return Answer(data, lines, DAMAGED if imported.damages else DONE)


def damage_lines(desk: Desk, damages: list[Damage]) -> list[str]:
    """Damaged places, one a line."""
    return [
        desk.say(
            "damage",
            place=each.position,
            set=each.set_id.hex()[:16] if each.set_id else "–",
            detail=of_damage(each.code, each.sentence),
        )
        for each in damages
    ]


def damage_data(damage: Damage) -> dict[str, Any]:
    """A damaged place for `--json`."""
    return {"position": damage.position, "code": damage.code, "set": damage.set_id, "detail": damage.sentence}


def _near(desk: Desk, unit: bytes, wanted: set[bytes]) -> bool:
    """Whether a unit is one of those, or below one of them."""
    view = desk.replica().ledger.view(unit)
    return any(view.inside(unit, top) for top in wanted)


def _manifest(file: Path) -> Manifest | None:
    """What the reader's own bundle says they hold."""
    return next((found for found in bundles.read_file(file) if isinstance(found, Manifest)), None)
