"""`haidang verify`: is everything as it was signed, and is nothing missing; in this replica, a bundle file, or an export."""

from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from cyclopts import Parameter

from haidang_protocol.ids import scope_unit
from haidang_syncclient.commands.answer import DAMAGED, DONE, Answer, Refusal
from haidang_syncclient.commands.bundle_check import check_bundle
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.export_check import check_export, is_package, problem_of
from haidang_syncclient.problem import Problem
from haidang_syncclient.verifying import verify_replica
from haidang_syncclient.words import ENGLISH

HOME: Final = "home"
_SHOWN: Final = 20
_FEW_SETS: Final = 4_000
"""Below so many sets, starting other processes takes longer than they save."""


def verify(source: str = HOME, *, desk: Annotated[Desk, Parameter(parse=False)]) -> Answer:
    """Check every signature and chain; exit code 4 and the names of what is wrong, if anything is."""
    if source == HOME:
        return _home(desk)
    file = Path(source)
    if is_package(file):
        return _package(desk, file)
    if not file.is_file():
        raise Refusal("file-missing", file=file)
    with desk.progress("verifying") as advance:
        found = check_bundle(desk.replica() if desk.database.exists() else None, file, advance)
    data = {"file": file, "sets": found.sets, "receipts": found.receipts, "unknown_authors": found.unknown}
    lines = [desk.say("verified", sets=found.sets, receipts=found.receipts)]
    if found.unknown:
        lines.append(desk.say("authors-unknown", count=found.unknown))
    return _told(desk, data, lines, found.problems)


def _package(desk: Desk, folder: Path) -> Answer:
    replica = desk.replica() if desk.database.exists() else None
    with desk.progress("verifying") as advance:
        found = check_export(replica, folder, advance)
    data = {
        "folder": folder, "sets": found.sets, "statements": found.statements, "root_set_hash": found.root_set_hash,
        "server": None if found.manifest is None else found.manifest.server,
        "complete": None if found.manifest is None else found.manifest.complete,
    }  # fmt: skip
    lines = [desk.say("export-verified", sets=found.sets, statements=found.statements)]
    if replica is None and found.root_set_hash is not None:
        lines.append(desk.say("export-of", root=found.root_set_hash.hex()))
    return _told(desk, data, lines, [problem_of(each) for each in found.findings])


def _home(desk: Desk) -> Answer:
    replica = desk.replica()
    many = replica.database.rows("SELECT count(*) FROM sets")[0][0] > _FEW_SETS
    with desk.progress("verifying") as advance:
        found = verify_replica(replica, advance, **({} if many else {"processes": 0}))
    data = {
        "sets": found.sets, "receipts": found.receipts, "checkpoints": found.checkpoints, "waiting": found.waiting,
        "scopes": [
            {"scope": scope, "unit": scope_unit(scope), **msgspec.structs.asdict(replica.ledger.scope_digests(scope))}
            for scope in sorted(replica.store.scopes())
        ],
    }  # fmt: skip
    return _told(desk, data, [desk.say("verified", sets=found.sets, receipts=found.receipts)], found.problems)


def _told(desk: Desk, data: dict[str, Any], lines: list[str], problems: list[Problem]) -> Answer:
    data |= {"sound": not problems, "problems": [_data(each) for each in problems]}
    if not problems:
        return Answer(data, [*lines, desk.say("all-sound")], DONE)
    shown = [_line(desk, each) for each in problems[:_SHOWN]]
    return Answer(
        data,
        [*lines, desk.say("damage-found", count=len(problems)), *shown, desk.say("damage-next")],
        DAMAGED,
    )


def _line(desk: Desk, problem: Problem) -> str:
    where = "–"
    if problem.set_id is not None:
        where = problem.set_id.hex()[:16]
    elif problem.scope is not None:
        where = scope_unit(problem.scope).hex()[:8]
    place = " ".join(filter(None, (problem.file, where)))
    found = f"  ✗ {desk.label('problem-' + problem.code)} {place}"
    return f"{found}: {problem.sentence}" if desk.language == ENGLISH else found


def _data(problem: Problem) -> dict[str, Any]:
    detail = f"{problem.file}: {problem.sentence}" if problem.file else problem.sentence
    return {"code": problem.code, "set": problem.set_id, "scope": problem.scope, "detail": detail}
