"""`export`: every dataset as files, with the proof of where each value came from."""

from pathlib import Path

from haidang_server.keys import KEY_NAME, read_key
from haidang_server.proof import Scope, write_package
from haidang_server.settings import read_settings
from haidang_server.system_clock import now
from haidang_server.terminal import progress, show


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
    text = f"{folder}: {len(manifest.files)} tệp / files, {size:,} byte\n→ haidang verify {folder}"
    show(result, text, as_json=json)
