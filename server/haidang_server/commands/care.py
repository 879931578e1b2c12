"""`verify`, `scrub`, `rebuild`: is the hub what it should be?"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from haidang_protocol.ids import key_id
from haidang_server.bundle_inspection import inspect_bundle
from haidang_server.commands.export import verify_package
from haidang_server.database import DATABASE_NAME, locked
from haidang_server.digests import scope_states
from haidang_server.errors import EXIT_DAMAGED, NoHubError
from haidang_server.founding import read_genesis_file
from haidang_server.inspection import Inspection, Progress, inspect, known_keys
from haidang_server.loading import open_hub
from haidang_server.proof import is_package
from haidang_server.reading.index_tables import drop_index
from haidang_server.rebuilding import rebuild as rebuild_hub
from haidang_server.settings import read_settings
from haidang_server.system_clock import now
from haidang_server.terminal import progress, say, show

_SHOWN_MAX = 50
"""Findings that are written out for a person."""


def verify(path: Path | None = None, /, *, genesis: Path | None = None, json: bool = False) -> int:
    """Kiểm tra từng gói thay đổi, chữ ký, chuỗi, biên nhận và nhật ký / Check every change set, signature, chain, receipt, log.

    Args:
        path: The data folder (the hub may be running), a bundle, or a folder that `export` made.
        genesis: The genesis that a bundle is held against; by default that of the hub.
        json: Print one JSON object; of a sound hub with the digests of its scopes, which `haidang verify` gives too.
    """
    path = path or read_settings().data
    start = time.perf_counter()
    if path.is_file():
        return _tell(inspect_bundle(path, _known_keys(genesis)), start, as_json=json)
    if is_package(path):
        return verify_package(path, json=json)
    with _bar("verify") as told:
        found = inspect(path, told)
    scopes = scope_states(path) if json and not found.findings else []
    return _tell(found, start, as_json=json, scopes=msgspec.to_builtins(scopes))


def _known_keys(genesis: Path | None) -> Callable[[bytes], bytes | None]:
    """The keys that are trusted: those that the hub holds, or the roots of a genesis."""
    folder = read_settings().data
    if genesis is None and (folder / DATABASE_NAME).exists():
        return known_keys(folder).get
    roots = read_genesis_file(genesis).roots if genesis is not None else ()
    return {key_id(root): root for root in roots}.get


def scrub(*, data: Path | None = None, json: bool = False) -> int:
    """Đọc lại toàn bộ, kể cả từng trang của cơ sở dữ liệu / Read everything again, every page of the database too.

    Args:
        data: The data folder; the hub may be running.
        json: Print one JSON object.
    """
    start = time.perf_counter()
    with _bar("scrub") as told:
        found = inspect(data or read_settings().data, told, pages=True)
    return _tell(found, start, as_json=json)


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


def _tell(found: Inspection, start: float, *, as_json: bool, **more: Any) -> int:
    seconds = round(time.perf_counter() - start, 2)
    for finding in found.findings[:_SHOWN_MAX]:
        name = finding.set_id.hex() if finding.set_id else "-"
        place = "" if finding.sequence is None else f" #{finding.sequence}"
        say(f"✗ {finding.code} {name}{place}: {finding.sentence}")
    show(_result(found, seconds) | more, _text(found, seconds), as_json=as_json)
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
        f"{mark}  gói thay đổi / change sets: {found.sets}, operations: {found.operations},"
        f" biên nhận / receipts: {found.receipts}, {seconds} s"
    )


@contextmanager
def _bar(text: str) -> Iterator[Progress]:
    with progress(text, 1) as bar:
        task = bar.task_ids[0]

        def told(done: int, of: int) -> None:
            bar.update(task, completed=done, total=max(of, 1))

        yield told
