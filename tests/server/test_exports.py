"""Datasets as files: CSV and NDJSON say the same, numbers and texts survive, a file is a stream."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import anyio
import pytest
from anyio import sleep_forever
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.body import Operation
from haidang_protocol.operations import ADD, PUT
from haidang_server.csv_text import BYTE_ORDER_MARK, unguarded
from haidang_server.database import DATABASE_NAME
from haidang_server.errors import StorageFullError
from haidang_server.export_cells import field_cells, moment
from haidang_server.exports import PIECE_BYTES
from haidang_server.spool import Spool
from tests.server.reading_desk import Desk, opened, stand_in
from tests.server.shelf import DIRECTIVE_CODE, Shelf, Stand
from tests.server.world import raw

TEMPTING = '=HYPERLINK("http://x")'


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    stand = stand_in(tmp_path)
    shelf = stand.shelf
    stand.take(
        shelf.full(shelf.head),
        shelf.put(shelf.phone, "visits", -7),
        shelf.say(shelf.phone, Operation(ADD, shelf.monthly, "services", "NET")),
        shelf.put(shelf.far, "remark", TEMPTING),
        shelf.put(shelf.far, "visits", -12),
    )
    return stand


@pytest.fixture
def desk(stand: Stand) -> Iterator[Desk]:
    with opened(stand) as found:
        yield found


@pytest.fixture
def shelf(stand: Stand) -> Shelf:
    return stand.shelf


def csv_rows(desk: Desk, headers: dict[str, str], dataset: str, **parameters: Any) -> list[dict[str, str]]:
    answer = desk.client.get(f"/v1/exports/{dataset}.csv", headers=headers, params=parameters or None)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    text = answer.content.decode()
    assert text.startswith(BYTE_ORDER_MARK)
    assert text.count("\n") == text.count("\r\n")
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""), strict=True))


def json_rows(desk: Desk, headers: dict[str, str], dataset: str) -> list[dict[str, Any]]:
    answer = desk.client.get(f"/v1/exports/{dataset}.ndjson", headers=headers)
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def as_cell(value: Any) -> str:
    """What a CSV reader gets for a JSON value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value)


def test_csv_and_ndjson_of_every_dataset_say_the_same(desk: Desk, shelf: Shelf) -> None:
    headers = desk.login(shelf.province)
    datasets = desk.ask(headers, "/v1/exports")["datasets"]
    assert {"records", "values", "history", "T1", "T1.signal"} <= set(datasets)
    for dataset in datasets:
        expected = json_rows(desk, headers, dataset)
        rows = csv_rows(desk, headers, dataset)
        assert len(rows) == len(expected) > 0, dataset
        for row, said in zip(rows, expected, strict=True):
            for name, value in said.items():
                cell = unguarded(row[name])
                if isinstance(value, float | dict | list):
                    assert json.loads(cell) == value
                else:
                    assert cell == as_cell(value), (dataset, name)


def test_a_table_of_a_form_has_a_column_a_field_and_numbers_are_numbers(desk: Desk, shelf: Shelf) -> None:
    headers = desk.login(shelf.province)
    rows = {row["unit_code"]: row for row in csv_rows(desk, headers, "T1")}
    an, tan = rows["00901"], rows["00902"]
    assert (an["hours"], an["cost"], an["open"], an["seen_on"]) == ("8.5", "1500000", "TRUE", "2027-01-02")
    assert (an["where.latitude"], an["where.longitude"], an["where.accuracy_m"]) == (
        "10.0123456",
        "105.0809000",
        "12",
    )
    assert (an["services"], an["signal"], an["conflicts"]) == ("THU;NET", "1", "visits")
    assert an["visits"] == "", "a conflict that nobody settled shows nothing"
    assert tan["visits"] == "-12"
    assert tan["flags"] == "status:required;visits:constraint"
    assert tan["remark"] == "'" + TEMPTING
    raw_line = desk.client.get("/v1/exports/T1.csv", headers=headers).text
    assert ",-12," in raw_line
    assert '"00902"' in raw_line


@given(st.integers(-(2**53), 2**53))
def test_any_claimed_time_can_be_written_and_those_of_our_years_sort(seconds: int) -> None:
    written = moment(seconds)
    if -62_135_596_800 <= seconds < 253_402_300_800:
        assert datetime.fromisoformat(written).timestamp() == seconds
        assert len(written) == 20
    else:
        assert written == str(seconds)


def test_what_does_not_fit_its_field_is_written_all_the_same(shelf: Shelf) -> None:
    fields = {field.name: field for field in shelf.form.fields}
    said = {"visits": "nhiều", "hours": [8, 5], "open": b"\x01", "photos": ["x"], "where": "đâu đó"}
    cells = {name: list(field_cells(fields[name], value)) for name, value in said.items()}
    assert cells == {
        "visits": ["nhiều"],
        "hours": [Raw(b"[8,5]")],
        "open": [Raw(b'"01"')],
        "photos": [Raw(b'["x"]')],
        "where": [None, None, None],
    }


def test_rows_of_a_repeat_have_a_table_of_their_own(desk: Desk, shelf: Shelf) -> None:
    (row,) = csv_rows(desk, desk.login(shelf.province), "T1.signal")
    assert (row["unit_code"], row["hamlet"], row["level"], row["row_hidden"]) == (
        "00901",
        "Ấp Một",
        "T",
        "FALSE",
    )


def test_history_holds_what_waits_too(desk: Desk, shelf: Shelf) -> None:
    rows = csv_rows(desk, desk.login(shelf.province), "history")
    assert {(row["verdict"], row["reason"]) for row in rows} == {
        ("accepted", ""),
        ("quarantined", "unauthorised"),
    }


def test_definitions_are_exported_with_their_names(desk: Desk, shelf: Shelf) -> None:
    headers = desk.login(shelf.province)
    assert {row["code"] for row in csv_rows(desk, headers, "units", unit="901")} == {"901", "00901"}
    assert [row["code"] for row in csv_rows(desk, headers, "directives")] == [DIRECTIVE_CODE]
    (assigned,) = csv_rows(desk, headers, "assignments")
    assert (assigned["unit_name"], assigned["due"], assigned["note"]) == ("Xã An", "2027-03-01", "gấp")
    questions = csv_rows(desk, headers, "forms")
    assert ("signal", "level") in {(row["field"], row["cell"]) for row in questions}
    assert {row["choices"] for row in questions if row["field"] == "status"} == {"HD=Hoạt động;NG=Ngừng"}
    assert len(csv_rows(desk, headers, "periods")) == len(shelf.periods)


def test_filters_of_records_filter_exports_too(desk: Desk, shelf: Shelf) -> None:
    headers = desk.login(shelf.province)
    for dataset in ("records", "values", "T1", "conflicts"):
        found = csv_rows(desk, headers, dataset, unit="901", period=shelf.period.id.hex())
        assert {row["unit_code"] for row in found} == {"00901"}


def fill(stand: Stand, shelf: Shelf) -> None:
    """So much that an export has several pieces."""
    for start in range(0, 1_000, 500):
        puts = [Operation(PUT, raw("event", at), "remark", "x" * 200) for at in range(start, start + 500)]
        stand.take(shelf.say(shelf.far, *puts))


@pytest.fixture
def full_desk(stand: Stand, shelf: Shelf) -> Iterator[Desk]:
    fill(stand, shelf)
    with opened(stand) as found:
        yield found


def test_an_export_is_a_stream_that_gives_back_what_it_holds(stand: Stand, shelf: Shelf) -> None:
    fill(stand, shelf)
    with opened(stand) as desk:
        headers = desk.login(shelf.province)
        room = desk.client.app.state.reading.room
        with desk.client.stream("GET", "/v1/exports/values.csv", headers=headers) as answer:
            pieces = answer.iter_raw()
            assert len(next(pieces)) > 0
        whole = desk.client.get("/v1/exports/values.csv", headers=headers).content
        assert len(whole) > 4 * PIECE_BYTES
        assert 1 <= len(room._free) <= 2
        assert not any(connection.in_transaction for connection in room._free)


@contextmanager
def stalled(desk: Desk, headers: dict[str, str]) -> Iterator[None]:
    """A caller that is being sent an export and takes its first piece only."""
    path = "/v1/exports/values.csv"
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": lines,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip
    begun = Event()

    async def send(message: dict[str, Any]) -> None:
        if message.get("body"):
            begun.set()
            await sleep_forever()

    with desk.client.portal() as portal:
        gone = portal.call(anyio.Event)

        async def receive() -> dict[str, str]:
            await gone.wait()
            return {"type": "http.disconnect"}

        call = portal.start_task_soon(desk.client.app, scope, receive, send)
        try:
            assert begun.wait(10)
            yield
        finally:
            portal.call(gone.set)
            call.result(10)


def test_an_export_that_nobody_reads_does_not_let_the_write_ahead_log_grow(
    full_desk: Desk, shelf: Shelf, stand: Stand
) -> None:
    database = sqlite.connect(stand.folder / DATABASE_NAME)
    with stalled(full_desk, full_desk.login(shelf.province)):
        database.execute("CREATE TABLE written_meanwhile (x)")
        busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert not busy
        assert (stand.folder / f"{DATABASE_NAME}-wal").stat().st_size == 0
    database.close()


def test_a_caller_has_two_exports_at_a_time_and_others_are_not_held_up(full_desk: Desk, shelf: Shelf) -> None:
    desk = full_desk
    path, mine = "/v1/exports/values.csv", desk.login(shelf.province)
    with stalled(desk, mine), stalled(desk, desk.login(shelf.province)):
        refused = desk.client.get(path, headers=mine)
        assert (refused.status_code, refused.json()["code"]) == (429, "exports-open")
        assert int(refused.headers["retry-after"]) > 0
        assert desk.client.get(path, headers=desk.login(shelf.head)).status_code == 200
    assert desk.client.get(path, headers=mine).status_code == 200, "who went away takes no place"


def test_a_refused_export_takes_no_place(desk: Desk, shelf: Shelf) -> None:
    headers = desk.login(shelf.province)
    for _ in range(3):
        assert desk.refused(headers, "/v1/exports/nothing.csv") == (404, "unknown-name")
    assert desk.client.get("/v1/exports/values.csv", headers=headers).status_code == 200


@pytest.mark.parametrize("size", [1, 3 * 1024 * 1024])
def test_an_export_leaves_nothing_behind_and_a_full_disk_refuses_only_what_needs_it(
    tmp_path: Path, size: int
) -> None:
    spool = Spool(tmp_path)
    pieces = [b"x" * PIECE_BYTES] * (size // PIECE_BYTES or 1)
    with spool.written(pieces, lambda: True) as answer:
        assert answer.read() == b"".join(pieces)
    if size > PIECE_BYTES:
        with pytest.raises(StorageFullError), spool.written(pieces, lambda: False):
            pass
    else:
        with spool.written(pieces, lambda: False) as answer:
            assert answer.read() == b"".join(pieces)
    assert list(tmp_path.iterdir()) == []


def test_a_file_name_holds_nothing_that_a_header_must_not(desk: Desk, shelf: Shelf) -> None:
    answer = desk.client.get("/v1/exports/T1.signal.csv", headers=desk.login(shelf.province))
    assert answer.headers["content-disposition"] == 'attachment; filename="T1.signal.csv"'
