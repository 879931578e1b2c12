"""The hub over HTTP: bounded bodies, one shape of errors, replies that no portal can fake."""

import asyncio
import socket
import zlib
from pathlib import Path

import httpx2
import pytest

from haidang_protocol import canonical, statements
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.frames import FrameReader
from haidang_protocol.ledger import Ledger
from haidang_protocol.limits import MESSAGE_BYTES_MAX
from haidang_protocol.memory_store import MemoryStore
from haidang_protocol.messages import Answer, Chain, Greeting, Opening, read_hello_message
from haidang_protocol.statements import Hello, Signed
from haidang_protocol.stream import StreamReader, write_body
from haidang_server import errors
from haidang_server.error_words import WORDS
from haidang_server.errors import ServerError
from haidang_server.routes.bodies import BODY_BYTES_MAX
from tests.server.caller import Caller
from tests.server.running import MEDIA_TYPE, Running, made_hub, running
from tests.server.world import World, raw


def problem(response: httpx2.Response) -> tuple[int, str]:
    """Status and code of an error, in the one shape that errors have."""
    assert response.headers["content-type"] == "application/problem+json"
    said = response.json()
    assert said["status"] == response.status_code
    assert said["type"] == f"urn:haidang:problem:{said['code']}"
    assert said["detail"]
    assert said["detail_vi"]
    return response.status_code, said["code"]


def test_errors_of_the_framework_have_the_same_shape(hub: Running) -> None:
    assert problem(hub.http.get("/nowhere")) == (404, "not-found")
    assert problem(hub.http.get("/v1/sync")) == (405, "method-not-allowed")
    assert problem(hub.http.request("PATCH", "/healthz")) == (405, "method-not-allowed")


@pytest.mark.parametrize("path", ["/v1/sync", "/v1/hello", "/v1/enrol"])
def test_only_the_protocols_media_type_is_read(hub: Running, path: str) -> None:
    for headers in (
        {},
        {"content-type": "application/json"},
        {"content-type": MEDIA_TYPE, "content-encoding": "gzip"},
    ):
        assert problem(hub.http.post(path, content=b"{}", headers=headers)) == (415, "media-type")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed"),
        (b"<html>please log in</html>", "malformed"),
        (write_body([Greeting(bytes(16))]), "malformed"),
        (write_body([Opening(b"no prelude", bytes(64))]), "malformed"),
        (write_body([Greeting(bytes(16))])[:-4], "malformed"),
    ],
    ids=["empty", "page", "hello", "prelude", "cut"],
)
def test_what_is_no_request_is_malformed(hub: Running, body: bytes, code: str) -> None:
    assert problem(hub.post(body)) == (400, code)


def test_a_body_announced_too_large_is_refused_before_it_is_read(hub: Running) -> None:
    head = f"POST /v1/sync HTTP/1.1\r\nhost: hub\r\ncontent-type: {MEDIA_TYPE}\r\n"
    with socket.create_connection(("127.0.0.1", hub.port), timeout=10) as connection:
        connection.sendall(f"{head}content-length: {BODY_BYTES_MAX + 1}\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_a_body_that_turns_out_too_large_is_refused(hub: Running) -> None:
    chunks = (raw(number, size=32) * 32_768 for number in range(6))
    response = hub.http.post("/v1/sync", content=chunks, headers={"content-type": MEDIA_TYPE})
    assert problem(response)[0] in (400, 413)


def test_a_small_body_that_inflates_too_far_is_refused(hub: Running, world: World) -> None:
    opening = Caller(world, world.phone).request()
    inner = zlib.decompressobj(-15).decompress(opening)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(inner + b"\xff\xff\xff\x01" + bytes(MESSAGE_BYTES_MAX + 1)) + packer.flush()
    assert len(bomb) < 10_000
    assert problem(hub.post(bomb)) == (413, "over-limit")


def test_a_hello_proves_the_key_over_the_certificate_in_use(hub: Running, world: World) -> None:
    nonce = raw("nonce")
    response = hub.http.post(
        "/v1/hello", content=write_body([Greeting(nonce)]), headers={"content-type": MEDIA_TYPE}
    )
    *chains, last = map(read_hello_message, StreamReader().feed(response.content))
    assert isinstance(last, Answer)
    said = statements.verify(Hello, Signed(last.hello, last.signature), world.hub_key.public_key())
    assert (said.server, said.caller_nonce, said.certificate_digest) == (world.hub, nonce, b"")
    assert (said.epoch, said.size) == (1, len(world.founding))
    ledger, frames = Ledger(world.genesis, MemoryStore()), FrameReader()
    for chain in chains:
        assert isinstance(chain, Chain)
        ledger.commit([each.result for each in frames.read(chain) if isinstance(each.result, OpenedSet)])
    assert [known.certificate.server for known in ledger.view(world.top).counted[world.hub]] == [1]


def test_no_reply_may_be_kept_on_the_way(hub: Running, world: World) -> None:
    response = hub.post(Caller(world, world.phone).request())
    assert response.headers["cache-control"] == "no-store"


def test_liveness_readiness_and_counts(hub: Running, world: World) -> None:
    hub.sync(Caller(world, world.phone), [world.phone.report(0)])
    assert hub.http.get("/healthz").json() == {"status": "ok"}
    ready = hub.http.get("/readyz")
    assert (ready.status_code, ready.json()["size"], ready.json()["certified"]) == (200, 4, True)
    counts = hub.http.get("/metrics").text
    assert 'haidang_sets_total{verdict="accepted"} 1.0' in counts
    assert "haidang_log_size 4.0" in counts
    assert world.phone.name not in counts


def test_a_hub_without_its_writer_is_neither_alive_nor_ready(folder: Path) -> None:
    with running(folder) as hub:
        writer = hub.app.state.service.writer
        asyncio.run(writer.stop())
        assert hub.http.get("/healthz").status_code == 503
        ready = hub.http.get("/readyz")
        assert (ready.status_code, ready.json()["writer"]) == (503, False)


def test_a_hub_that_nobody_certified_is_not_ready(
    tmp_path: Path,
) -> None:
    bare = made_hub(tmp_path / "hub", World())
    with running(bare) as hub:
        ready = hub.http.get("/readyz")
        assert (ready.status_code, ready.json()["certified"]) == (503, False)


def test_every_route_is_described(hub: Running) -> None:
    described = hub.http.get("/schema/openapi.json").json()["paths"]
    assert {"/v1/sync", "/v1/hello", "/v1/enrol", "/healthz", "/readyz", "/metrics"} <= set(described)


def test_a_fault_tells_the_caller_nothing(
    hub: Running, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haidang_server.routes.sync.Exchange", None)
    response = hub.post(Caller(world, world.phone).request())
    assert problem(response) == (500, "internal")
    assert "NoneType" not in response.text


KINDS = [kind for kind in ServerError.__subclasses__() if kind.__module__ == errors.__name__]


def test_every_error_has_its_words_in_both_languages() -> None:
    for kind in KINDS:
        words = WORDS[kind.code]
        assert words["vi"].strip() != words["en"].strip()
        assert all(text.endswith(".") for text in words.values())


def test_no_two_errors_share_a_code() -> None:
    codes = [kind.code for kind in KINDS]
    assert sorted(codes) == sorted(set(codes)) == sorted(WORDS)


def test_a_prelude_of_another_encoding_is_malformed(hub: Running, world: World) -> None:
    prelude = canonical.encode([1, 2, 3])
    assert problem(hub.post(write_body([Opening(prelude, bytes(64))]))) == (400, "malformed")
