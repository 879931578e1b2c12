"""`export`: every dataset as files, with the proof of where each value came from; and checking such a package."""

from pathlib import Path
from typing import Final

from haidang_server.errors import EXIT_DAMAGED
from haidang_server.keys import KEY_NAME, read_key
from haidang_server.proof import Scope, check_folder, write_package
from haidang_server.settings import read_settings
from haidang_server.system_clock import now
from haidang_server.terminal import progress, say, show

_SHOWN_MAX: Final = 50
"""Findings that are written out for a person."""


def export(
    folder: Path,
    /,
    *,
    data: Path | None = None,
    unit: str | None = None,
    restricted: bool = True,
    json: bool = False,
) -> None:
    """Xuất số liệu kèm bằng chứng / Export all datasets with their proof; the hub may be running.

    Args:
        folder: Where to; empty or absent.
        data: The data folder of the hub.
        unit: Code or id of a unit: only it and all below it.
        restricted: Whether restricted reports are included.
        json: Print one JSON object.
    """
    data = data or read_settings().data
    with progress("export", 1) as bar:

        def advance(file: str, done: int, total: int) -> None:
            bar.update(bar.task_ids[0], description=file, completed=done, total=total)

        key = read_key(data / KEY_NAME)
        manifest = write_package(folder, data, key, Scope(unit, restricted), now(), advance)
    result = {
        "folder": str(folder),
        "server": manifest.server,
        "complete": manifest.complete,
        "scopes": len(manifest.scopes),
        "files": {entry.name: entry.sha256 for entry in manifest.files},
    }
    size = sum(entry.bytes for entry in manifest.files)
    text = f"{folder}: {len(manifest.files)} tệp / files, {size:,} byte\n→ haidang-server verify {folder}"
    show(result, text, as_json=json)


def verify_package(folder: Path, *, json: bool) -> int:
    """Check an export package; the exit code."""
    report = check_folder(folder)
    for finding in report.findings[:_SHOWN_MAX]:
        say(f"✗ {finding.file} {finding.set_id.hex() if finding.set_id else ''}: {finding.sentence}")
    root = None if report.root_set_hash is None else report.root_set_hash.hex()
    result = {
        "ok": report.sound,
        "root_set_hash": root,
        "server": None if report.manifest is None else report.manifest.server,
        "made": None if report.manifest is None else report.manifest.made,
        "complete": None if report.manifest is None else report.manifest.complete,
        "change_sets": report.sets,
        "statements": report.statements,
        "findings": [
            {
                "file": finding.file,
                "code": finding.code,
                "change_set": finding.set_id.hex() if finding.set_id else None,
                "sentence": finding.sentence,
            }
            for finding in report.findings
        ],
    }
    mark = "✓" if report.sound else f"✗ {len(report.findings)}"
    text = f"{mark}  gói thay đổi / change sets: {report.sets}, giá trị / statements: {report.statements}\nroot set {root}"
    show(result, text, as_json=json)
    return 0 if report.sound else EXIT_DAMAGED
