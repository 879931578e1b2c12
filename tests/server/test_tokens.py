"""API tokens: scoped, hashed, revoked at once; and the operator's commands for them."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from haidang_server.access import DATASETS
from haidang_server.cli import main
from haidang_server.tokens import TOKENS_NAME, TokenBook, TokenScope
from tests.server.reading_desk import Clock, Desk, bearer, opened, stand_in
from tests.server.shelf import Stand
from tests.server.world import START


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    stand = stand_in(tmp_path)
    stand.take(stand.shelf.put(stand.shelf.phone, "visits", 5), stand.shelf.put(stand.shelf.far, "visits", 6))
    return stand


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(stand: Stand, clock: Clock) -> Iterator[Desk]:
    with opened(stand, clock) as found:
        yield found


def token(
    stand: Stand, unit: bytes, *datasets: str, days: int | None = None, restricted: bool = False
) -> str:
    expires = None if days is None else START + days * 86_400
    scope = TokenScope(unit, datasets or DATASETS, restricted)
    return TokenBook(stand.folder).create("BI", scope, START, expires, os.urandom)[1]


def test_a_token_reads_its_unit_and_all_below_and_nothing_else(desk: Desk, stand: Stand) -> None:
    shelf = stand.shelf
    for unit, expected in (
        (shelf.top, {"Xã An", "Xã Tân"}),
        (shelf.east, {"Xã An"}),
        (shelf.tan, {"Xã Tân"}),
    ):
        found = desk.items(bearer(token(stand, unit)), "/v1/records")
        assert {record["unit"]["name"] for record in found} == expected


def test_a_token_reads_no_other_dataset_than_its_own(desk: Desk, stand: Stand) -> None:
    headers = bearer(token(stand, stand.shelf.top, "records"))
    desk.ask(headers, "/v1/records")
    assert desk.client.get("/v1/exports/T1.csv", headers=headers).status_code == 200
    for path in ("/v1/units", "/v1/quarantine", "/v1/exports/history.csv", "/v1/exports/units.ndjson"):
        assert desk.refused(headers, path) == (403, "dataset-not-allowed")


def test_a_token_reads_restricted_reports_only_if_it_says_so(stand: Stand) -> None:
    shelf = stand.shelf
    scope = b"\x01" + shelf.an
    stand.take(shelf.put(shelf.head, "incidents", 2, scope=scope))
    with opened(stand) as desk:
        for restricted in (False, True):
            found = desk.items(bearer(token(stand, shelf.top, restricted=restricted)), "/v1/records")
            assert any(record["restricted"] for record in found) == restricted


def test_a_revoked_token_reads_nothing_from_then_on(desk: Desk, stand: Stand) -> None:
    headers = bearer(token(stand, stand.shelf.top))
    desk.ask(headers, "/v1/records")
    (known,) = TokenBook(stand.folder).list()
    assert TokenBook(stand.folder).revoke(known.id)
    assert desk.refused(headers, "/v1/records") == (401, "session-needed")
    assert not TokenBook(stand.folder).revoke(known.id)


def test_an_expired_token_reads_nothing(desk: Desk, stand: Stand, clock: Clock) -> None:
    headers = bearer(token(stand, stand.shelf.top, days=1))
    clock.now = START + 86_399
    desk.ask(headers, "/v1/records")
    clock.now = START + 86_400
    assert desk.refused(headers, "/v1/records") == (401, "session-needed")


def test_a_token_is_no_session(desk: Desk, stand: Stand) -> None:
    headers = bearer(token(stand, stand.shelf.top))
    assert desk.refused(headers, "/v1/session") == (401, "session-needed")
    assert desk.client.delete("/v1/session", headers=headers).status_code == 401


def test_the_file_of_tokens_holds_no_secret_and_is_its_owner_s_alone(stand: Stand) -> None:
    secret = token(stand, stand.shelf.top)
    file = stand.folder / TOKENS_NAME
    kept = b"".join(path.read_bytes() for path in stand.folder.glob(f"{TOKENS_NAME}*"))
    assert secret.encode() not in kept
    assert secret.removeprefix("hdt_").encode() not in kept
    assert file.stat().st_mode & 0o077 == 0


# ------------------------------------------------------------------------------------------------------- the commands


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_the_operator_makes_lists_and_revokes_tokens(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data", str(stand.folder))
    code, made = run(
        capsys,
        "token",
        "create",
        "Phòng số liệu",
        "--unit",
        "901",
        "--dataset",
        "records",
        "--days",
        "30",
        *data,
    )
    assert code == 0
    assert (made["unit"], made["datasets"], made["restricted"]) == (
        stand.shelf.east.hex(),
        ["records"],
        False,
    )
    _, listed = run(capsys, "token", "list", *data)
    secret = str(made.pop("token"))
    assert listed == {"tokens": [made]}
    assert TokenBook(stand.folder).find(secret, int(str(made["created"]))) is not None
    assert run(capsys, "token", "revoke", str(made["id"]), *data) == (0, {"revoked": made["id"]})
    assert run(capsys, "token", "list", *data) == (0, {"tokens": []})
    assert TokenBook(stand.folder).find(secret, int(str(made["created"]))) is None


@pytest.mark.parametrize(
    "wrong",
    [
        ("create", "x", "--unit", "nowhere"),
        ("create", "x", "--dataset", "everything"),
        ("revoke", "000000000000"),
    ],
)
def test_a_name_that_nothing_has_is_said_to_be_none(
    stand: Stand, capsys: pytest.CaptureFixture[str], wrong: tuple[str, ...]
) -> None:
    code, said = run(capsys, "token", *wrong, "--data", str(stand.folder))
    assert (code, said["error"]) == (1, "unknown-name")


def test_tokens_need_a_hub(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(capsys, "token", "create", "x", "--data", str(tmp_path))
    assert (code, said["error"]) == (1, "no-hub")
    assert not (tmp_path / TOKENS_NAME).exists()
