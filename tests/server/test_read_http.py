"""Reading over a real socket, beside pushing: described, in one shape of errors, silent about people in the log."""

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from haidang_protocol.session_proof import prove_session
from haidang_server.access_errors import ACCESS_ERRORS
from haidang_server.telemetry import start_log
from tests.server.caller import Caller
from tests.server.reading_desk import opened, stand_in
from tests.server.running import Running, running
from tests.server.shelf import Shelf, Stand
from tests.server.world import Person

OURS = {"records", "definitions", "exports", "session"}


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return stand_in(tmp_path)


@pytest.fixture
def server(stand: Stand) -> Iterator[Running]:
    stand.close()
    with running(stand.folder, openers=0) as found:
        yield found


def login(http: httpx2.Client, server: bytes, person: Person) -> dict[str, str]:
    nonce = http.post("/v1/session/challenge").json()["nonce"]
    proof = prove_session(person.key, server, person.id, bytes.fromhex(nonce)).hex()
    body = {"key": person.id.hex(), "nonce": nonce, "signature": proof}
    return {"Authorization": f"Bearer {http.post('/v1/session', json=body).json()['token']}"}


def test_what_a_phone_pushes_is_read_at_once(server: Running, stand: Stand) -> None:
    shelf = stand.shelf
    said = shelf.put(shelf.phone, "visits", 120)
    answer = server.sync(Caller(shelf, shelf.phone), [said])
    assert said.id in answer.received
    headers = login(server.http, shelf.hub, shelf.province)
    answer_of_http = server.http.get("/v1/records", headers=headers)
    assert answer_of_http.headers["cache-control"] == "no-store"
    (record,) = answer_of_http.json()["items"]
    assert record["values"]["visits"] == 120


def test_many_read_while_one_pushes(server: Running, stand: Stand) -> None:
    shelf = stand.shelf
    headers = login(server.http, shelf.hub, shelf.province)
    seen: list[list[int]] = [[], [], []]
    who = [headers, headers, login(server.http, shelf.hub, shelf.head)]
    done = threading.Event()

    def read(counts: list[int], headers: dict[str, str]) -> None:
        with httpx2.Client(base_url=server.http.base_url, timeout=30) as http:
            while not done.is_set():
                history = http.get("/v1/exports/history.ndjson", headers=headers)
                assert history.status_code == 200
                counts.append(len(history.text.splitlines()))

    threads = [threading.Thread(target=read, args=each) for each in zip(seen, who, strict=True)]
    for thread in threads:
        thread.start()
    caller = Caller(shelf, shelf.phone)
    for at in range(20):
        server.sync(caller, [shelf.put(shelf.phone, "visits", at)])
    done.set()
    for thread in threads:
        thread.join()
    assert all(counts == sorted(counts) and counts for counts in seen)
    assert len(server.http.get("/v1/exports/history.ndjson", headers=headers).text.splitlines()) == 20


def test_every_operation_is_described_with_examples(stand: Stand) -> None:
    with opened(stand) as desk:
        paths = desk.client.get("/schema/openapi.json").json()["paths"]
    operations = [
        (path, operation)
        for path, methods in paths.items()
        for operation in methods.values()
        if set(operation.get("tags", ())) & OURS
    ]
    assert len(operations) == 17
    for path, operation in operations:
        assert operation["summary"], path
        assert operation["description"], path
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (path, parameter["name"])
            assert parameter["examples"], (path, parameter["name"])
        if path != "/v1/session/challenge":
            refused = operation["responses"]["401" if "401" in operation["responses"] else "403"]
            (shown, *_) = refused["content"]["application/problem+json"]["examples"].values()
            assert shown["value"]["code"] in {"session-needed", "bad-signature"}


@pytest.mark.parametrize("error", ACCESS_ERRORS)
def test_every_refusal_has_words_in_both_languages(error: Any) -> None:
    for language in ("vi", "en"):
        sentence = error("records").sentence(language)
        assert sentence.endswith(".")
        assert "{" not in sentence
    assert error("x").sentence("vi") != error("x").sentence("en")


def test_the_log_names_no_person_no_value_and_no_secret(stand: Stand) -> None:
    shelf: Shelf = stand.shelf
    stand.take(shelf.put(shelf.phone, "remark", "chuyện riêng"))
    log = io.StringIO()
    start_log("debug", log)
    try:
        with opened(stand) as desk:
            headers = desk.login(shelf.province)
            secret = headers["Authorization"].split()[1]
            record = desk.items(headers, "/v1/records")[0]["record"]
            desk.items(headers, f"/v1/records/{record}/history")
            desk.client.get("/v1/exports/values.csv", headers=headers)
            desk.refused(headers, "/v1/records", unit="chuyện riêng")
            desk.refused({"Authorization": f"Bearer {secret}x"}, "/v1/records")
            desk.refused(headers, "/v1/exports/phone.csv")
    finally:
        start_log("info")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert len(lines) >= 3
    for word in ("chuyện riêng", "province", secret, shelf.province.id.hex()):
        assert word not in log.getvalue()
