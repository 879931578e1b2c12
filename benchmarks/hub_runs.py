"""One run against a real hub: the week's requests prepared once, pushed by a process of their own, the outcome checked."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import psutil
from deployment import HUB_ID, HUB_KEY, authority, make_hub
from province import Device, Province, last_values, province, record, request

from haidang_protocol import statements
from haidang_protocol.body import record_id
from haidang_protocol.envelope import OpenedSet, open_set
from haidang_protocol.frames import Outgoing, write_groups
from haidang_protocol.ids import ID16
from haidang_protocol.messages import Acknowledgement, Nonce, read_reply_message
from haidang_protocol.statements import Receipt, Signed
from haidang_protocol.stream import StreamReader
from haidang_server.database import DATABASE_NAME, open_for_reading
from haidang_server.sqlite_store import SqliteStore

HERE: Final = Path(__file__).parent
SETS_AT_ONCE: Final = 1_000
STARTED_S: Final = 1.0
"""After its address is out the hub's other processes need a moment to start."""


class Cell(NamedTuple):
    """A field of a record after the week, and the values that must stand in it."""

    scope: bytes
    record: bytes
    field: str
    values: list[Any]


class Expected(msgspec.Struct):
    """What must be in the hub at the end; `ids` are of the week's sets, request by request."""

    edits: int
    operations: int
    ids: list[list[bytes]]
    cells: list[Cell]


class Week(NamedTuple):
    """A week that is ready to be pushed."""

    hub: Path
    requests: Path
    expected: Expected


class Run(NamedTuple):
    """What one run took; the server's processor time and memory with its own processes."""

    seconds: float
    server_cpu_seconds: float
    latencies: list[float]
    rss_mib: float


# ---------------------------------------------------------------------------------------------------------- prepare


def prepare(folder: Path, scale: int, edits_in_set: int) -> Week:
    """The week at a scale, made unless it was before: keys, certificates, sealed sets, the hub before the week."""
    week, hub, requests = folder / "expected", folder / "hub", folder / "requests"
    if not week.exists():
        shutil.rmtree(folder, ignore_errors=True)
        held = province(scale)
        cells = _cells(held)
        make_hub(hub, [*authority(held.devices.values()), *held.filled.values()])
        ids, bodies = [], []
        for name, own in held.edits.items():
            device = held.devices[name]
            tips = device.tips()
            sets = device.week(own, edits_in_set, held.filled)
            ids.append([each.id for each in sets])
            bodies.append(_body(device, tips, sets))
        edits = sum(map(len, held.edits.values()))
        operations = edits + sum(map(len, held.values.values()))
        requests.write_bytes(msgspec.msgpack.encode(bodies))
        week.write_bytes(msgspec.msgpack.encode(Expected(edits, operations, ids, cells)))
    return Week(hub, requests, msgspec.msgpack.decode(week.read_bytes(), type=Expected))


def _cells(held: Province) -> list[Cell]:
    scopes = {name[:5]: held.devices[name[:5]].scope for name in held.values}
    return [
        Cell(scopes[name[:5]], record_id(record(name), scopes[name[:5]]), field, list(values))
        for (name, field), values in last_values(held).items()
    ]


def _body(device: Device, tips: list[statements.OwnTip], sets: list[OpenedSet]) -> bytes:
    """A week in one request. The device has no nonce yet, so it gets its receipt and no sets."""
    groups = list(write_groups([Outgoing(each.id, each.parts) for each in sets], device.id, tips))
    nobody = {"nonce": None, "epoch": 0, "authority_cursor": 0, "changes_cursor": 0, "size": 0, "root": None}
    return request(device, tips, groups, server=HUB_ID, **nobody)


# -------------------------------------------------------------------------------------------------------------- run


def push(week: Week, folder: Path, connections: int) -> Run:
    """Push the week to a fresh copy of the hub.

    Raises:
        AssertionError: something is missing at the end, or differs.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(week.hub, folder)
    replies = folder.with_suffix(".replies")
    server = subprocess.Popen(
        [sys.executable, "-m", "haidang_server", "serve", "--data", folder, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"HAIDANG_LOG_LEVEL": "warning"},
    )
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip().rpartition(":")[2]
        time.sleep(STARTED_S)
        before, _ = _used(server.pid)
        subprocess.run(
            [sys.executable, HERE / "push_week.py", port, week.requests, replies, str(connections)],
            check=True,
        )
        after, rss = _used(server.pid)
    finally:
        server.terminate()
        server.wait()
    seconds, answers = msgspec.msgpack.decode(
        replies.read_bytes(), type=tuple[float, list[tuple[float, bytes]]]
    )
    check(week.expected, folder / DATABASE_NAME, [reply for _, reply in answers])
    shutil.rmtree(folder)
    return Run(seconds, after - before, [latency for latency, _ in answers], rss)


def _used(pid: int) -> tuple[float, float]:
    """Seconds of processor time and MiB that a process and its children have used."""
    process = psutil.Process(pid)
    processes = [process, *process.children(recursive=True)]
    seconds = sum(sum(each.cpu_times()[:2]) for each in processes)
    return seconds, sum(each.memory_info().rss for each in processes) / 2**20


# ------------------------------------------------------------------------------------------------------------ check


def check(expected: Expected, database: Path, replies: list[bytes]) -> None:
    """Every set was receipted, is held byte for byte and accepted, and every cell holds the values it must.

    Raises:
        AssertionError: one is not so.
    """
    connection = open_for_reading(database)
    store = SqliteStore(connection)
    for ids, reply in zip(expected.ids, replies, strict=True):
        held = store.held(ids)
        assert all(held[set_id].verdict.code == 0 for set_id in ids)
        _check_receipt(reply, ids)
    accepted = [row[0] for row in connection.execute("SELECT id FROM sets WHERE verdict = 0").fetchall()]
    operations = 0
    for at in range(0, len(accepted), SETS_AT_ONCE):
        for set_id, parts in store.parts(accepted[at : at + SETS_AT_ONCE]).items():
            opened = open_set(parts)
            assert opened.id == set_id
            operations += opened.body.size if opened.header.acting is None else 0
    assert operations == expected.operations, f"{operations} operations, not {expected.operations}"
    states = {scope: dict(store.all_records(scope)) for scope in {cell.scope for cell in expected.cells}}
    for cell in expected.cells:
        live = states[cell.scope][cell.record].slots["v" + cell.field]
        assert {each.value for each in live} == set(cell.values), cell
    connection.close()


def _check_receipt(reply: bytes, ids: list[bytes]) -> None:
    """The reply is a receipt for all sets of the request, signed by the hub, and nothing beside it."""
    receipt, nonce, _ = map(read_reply_message, StreamReader().feed(reply))
    assert isinstance(receipt, Acknowledgement)
    assert isinstance(nonce, Nonce)
    said = statements.verify(Receipt, Signed(receipt.receipt, receipt.signature), HUB_KEY.public_key())
    assert sum(entry.sets for entry in said.entries) == len(ids)
    assert {entry.tip for entry in said.entries} <= set(ids)
    assert len(ids[-1]) == 2 * ID16
