"""One run against the peer: the same week as Yjs updates, prepared once, pushed by a process of their own, the outcome checked."""

import shutil
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple
from zlib import crc32

import msgspec
import psutil
import uvloop
import workload
from peer_load import Visit, visit
from pycrdt import Doc, Map, create_sync_message, create_update_message, handle_sync_message

HERE: Final = Path(__file__).parent
PATIENCE_S: Final = 120


class PeerWeek(NamedTuple):
    """A week that is ready to be pushed: the first reports and the week's edits as messages, and what must come of them."""

    fill: Path
    messages: Path
    edits: int
    rooms: int
    updates: int
    allowed: dict[str, dict[str, list[Any]]]


class PeerRun(NamedTuple):
    """What one run took: until everything was stored, and until everything was answered."""

    seconds: float
    answered_seconds: float
    server_cpu_seconds: float
    rss_mib: float


def _document(client: str = "") -> Doc[Any]:
    document: Doc[Any] = Doc(client_id=crc32(client.encode())) if client else Doc()
    document["records"] = Map()
    return document


def _room(record: str) -> str:
    return record[:5]


# ---------------------------------------------------------------------------------------------------------- prepare


def prepare_peer(folder: Path, scale: int) -> PeerWeek:
    """The week at a scale, made unless it was before."""
    files = folder / "peer-fill", folder / "peer-messages", folder / "peer-allowed"
    fill, messages, allowed = files
    folder.mkdir(parents=True, exist_ok=True)
    if not allowed.exists():
        meta, first, week, _ = workload.generate(scale)
        base = _first_reports(first)
        fill.write_bytes(msgspec.msgpack.encode([[_visit(room, b"", state)] for room, state in base.items()]))
        by_device: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for edit in week:
            by_device[edit["dev"]].append(edit)
        devices = [_device(name, edits, base) for name, edits in by_device.items()]
        messages.write_bytes(msgspec.msgpack.encode(devices))
        updates = sum(map(len, devices))
        allowed.write_bytes(msgspec.json.encode((len(week), len(base), updates, _allowed(meta, first, week))))
    numbers = msgspec.json.decode(
        allowed.read_bytes(), type=tuple[int, int, int, dict[str, dict[str, list[Any]]]]
    )
    return PeerWeek(fill, messages, *numbers)


def _first_reports(first: list[dict[str, Any]]) -> dict[str, bytes]:
    """The state of each room before the week."""
    held: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in first:
        held[_room(row["rec"])][row["rec"]] = row["f"]
    states = {}
    for room, records in held.items():
        document = _document(f"{room}/fill")
        with document.transaction():
            for name, fields in records.items():
                document["records"][name] = Map(fields)
        states[room] = document.get_update()
    return states


def _visit(room: str, before: bytes, update: bytes, document: Doc[Any] | None = None) -> Visit:
    if document is None:
        document = _document()
        document.apply_update(before or update)
    return room, create_update_message(update), create_sync_message(document)


def _device(name: str, edits: list[dict[str, Any]], base: dict[str, bytes]) -> list[Visit]:
    """One message a room, each edit a transaction of its own."""
    visits = []
    for room in dict.fromkeys(_room(edit["rec"]) for edit in edits):
        document = _document(f"{name}/week")
        document.apply_update(base[room])
        before = document.get_state()
        for edit in edits:
            if _room(edit["rec"]) == room:
                document["records"][edit["rec"]][edit["field"]] = edit["value"]
        visits.append(_visit(room, b"", document.get_update(before), document))
    return visits


def _allowed(
    meta: dict[str, Any], first: list[dict[str, Any]], week: list[dict[str, Any]]
) -> dict[str, dict[str, list[Any]]]:
    """The values that may stand in each cell after the week: Yjs keeps one of those that were written concurrently."""
    values = {row["rec"]: {field: [value] for field, value in row["f"].items()} for row in first}
    for edit in week:
        values[edit["rec"]][edit["field"]] = [edit["value"]]
    for cell, contested in meta["contested_cells"].items():
        name, _, field = cell.partition("/")
        values[name][field] = contested
    return values


# -------------------------------------------------------------------------------------------------------------- run


def push_peer(week: PeerWeek, folder: Path, connections: int) -> PeerRun:
    """Push the week to a fresh server that holds the first reports in memory already.

    Raises:
        AssertionError: a cell does not hold what it must at the end.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    server = subprocess.Popen(
        [sys.executable, HERE / "peer_server.py", folder / "y.db"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        _load(port, week.fill, folder, 1)  # two rooms at once would both make the database
        process = psutil.Process(server.pid)
        _await_stored(folder / "y.db", week.rooms)
        before = sum(process.cpu_times()[:2])
        answered = _load(port, week.messages, folder, connections)
        seconds = answered + _await_stored(folder / "y.db", week.rooms + week.updates)
        cpu = sum(process.cpu_times()[:2]) - before
        rss = process.memory_info().rss / 2**20
        check_peer(int(port), week)
    finally:
        server.terminate()
        server.wait()
    shutil.rmtree(folder)
    return PeerRun(seconds, answered, cpu, rss)


def _load(port: str, messages: Path, folder: Path, connections: int) -> float:
    seconds = folder / "seconds"
    subprocess.run(
        [sys.executable, HERE / "peer_load.py", port, messages, seconds, str(connections)], check=True
    )
    return float(seconds.read_text())


def _await_stored(database: Path, updates: int) -> float:
    """Wait until the server has stored what it got, for it answers before that; returns how many seconds it took."""
    began = time.perf_counter()
    with closing(sqlite3.connect(database, timeout=PATIENCE_S)) as connection:
        # The newest row's number, not a count of them: to count would take the processor from the server.
        while connection.execute("SELECT coalesce(max(rowid), 0) FROM yupdates").fetchone()[0] < updates:
            time.sleep(0.02)
            assert time.perf_counter() < began + PATIENCE_S, "the peer does not store everything"
    return time.perf_counter() - began


def check_peer(port: int, week: PeerWeek) -> None:
    """Pull every room; each cell holds a value that it may hold.

    Raises:
        AssertionError: one does not.
    """
    rooms = list(dict.fromkeys(map(_room, week.allowed)))
    for records in uvloop.run(_pull(port, rooms)):
        for name, fields in records.items():
            for field, value in fields.items():
                assert value in week.allowed[name][field], (name, field)


async def _pull(port: int, rooms: list[str]) -> list[dict[str, dict[str, Any]]]:
    states = []
    for room in rooms:
        document = _document()
        handle_sync_message((await visit(port, room, b"", create_sync_message(document)))[1:], document)
        states.append(document["records"].to_py())
    return states
