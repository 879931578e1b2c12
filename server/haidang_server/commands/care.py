"""`verify`, `scrub`, `rebuild`: is the hub what it should be?"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from haidang_server.commands.export import verify_package
from haidang_server.database import locked
from haidang_server.digests import scope_states
from haidang_server.errors import EXIT_DAMAGED, NoHubError
from haidang_server.inspection import Inspection, Progress, inspect
from haidang_server.loading import open_hub
from haidang_server.proof import is_package
from haidang_server.reading.index_tables import drop_index
from haidang_server.rebuilding import rebuild as rebuild_hub
from haidang_server.settings import read_settings
from haidang_server.system_clock import now
from haidang_server.terminal import progress, say, show

_SHOWN_MAX = 50
"""Findings that are written out for a person."""


def verify(path: Path | None = None, /, *, json: bool = False) -> int:
    """Kiểm tra từng bộ thay đổi, chữ ký, chuỗi, biên nhận và nhật ký / Check every change set, signature, chain, receipt, log.

    Args:
        path: The data folder, whose hub may be running, or an export package.
        json: Print one JSON object; of a sound hub with the digests of its scopes, which `haidang verify` gives too.
    """
    if path is not None and is_package(path):
        return verify_package(path, json=json)
    return _inspect(path, json=json, pages=False)


def scrub(*, data: Path | None = None, json: bool = False) -> int:
    """Đọc lại toàn bộ, kể cả từng trang của cơ sở dữ liệu / Read everything again, every page of the database too.

    Args:
        data: The data folder; the hub may be running.
        json: Print one JSON object.
    """
    return _inspect(data, json=json, pages=True)


def rebuild(*, data: Path | None = None, check: bool = False, json: bool = False) -> int:
    """Tính lại trạng thái đã gộp từ nhật ký / Compute merged state anew from the log; the hub must not run.

    Args:
        data: The data folder.
        check: Only compare; change nothing.
        json: Print one JSON object.
    """
    folder = data or read_settings().data
    if not folder.is_dir():
        raise NoHubError(folder)
    with locked(folder), _bar("rebuild") as told:
        hub = open_hub(folder)
        try:
            found = rebuild_hub(hub, now(), told, write=not check)
        finally:
            hub.connection.close()
        drop_index(folder)
    result = {
        "scopes": found.scopes,
        "records": found.records,
        "wrong_verdicts": [set_id.hex() for set_id in found.verdicts],
        "wrong_scopes": [scope.hex() for scope in found.differing],
        "written": not check,
    }
    wrong = len(found.verdicts) + len(found.differing)
    show(result, f"{found.scopes} scopes, {found.records} records, {wrong} ✗", as_json=json)
    return EXIT_DAMAGED if wrong else 0


def _inspect(path: Path | None, *, json: bool, pages: bool) -> int:
    folder = path or read_settings().data
    start = time.perf_counter()
    with _bar("verify") as told:
        found = inspect(folder, told, pages=pages)
    seconds = round(time.perf_counter() - start, 2)
    for finding in found.findings[:_SHOWN_MAX]:
        name = finding.set_id.hex() if finding.set_id else "-"
        place = "" if finding.sequence is None else f" #{finding.sequence}"
        say(f"✗ {finding.code} {name}{place}: {finding.sentence}")
    result = _result(found, seconds)
    if json and not found.findings:
        result["scopes"] = msgspec.to_builtins(scope_states(folder))
    show(result, _text(found, seconds), as_json=json)
    return EXIT_DAMAGED if found.findings else 0


def _result(found: Inspection, seconds: float) -> dict[str, Any]:
    return {
        "ok": not found.findings,
        "change_sets": found.sets,
        "operations": found.operations,
        "receipts": found.receipts,
        "waiting": found.waiting,
        "findings": [
            {
                "code": each.code,
                "change_set": each.set_id.hex() if each.set_id else None,
                "sequence": each.sequence,
                "sentence": each.sentence,
            }
            for each in found.findings
        ],
        "seconds": seconds,
    }


def _text(found: Inspection, seconds: float) -> str:
    mark = "✓" if not found.findings else f"✗ {len(found.findings)}"
    return (
        f"{mark}  {found.sets} bộ thay đổi / change sets, {found.operations} operations,"
        f" {found.receipts} biên nhận / receipts, {seconds} s"
    )


@contextmanager
def _bar(text: str) -> Iterator[Progress]:
    with progress(text, 1) as bar:
        task = bar.task_ids[0]

        def told(done: int, of: int) -> None:
            bar.update(task, completed=done, total=max(of, 1))

        yield told
