"""What a caller that has proven nothing, or brings nothing, can cost: little, and not for long."""

import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from haidang_protocol import canonical
from haidang_protocol.frames import FrameWriter, Outgoing
from haidang_protocol.limits import OWN_TIPS_MAX, RECEIPTS_MAX, UNPROVEN_MESSAGE_BYTES_MAX
from haidang_protocol.messages import Group, Message, Opening, Receipts, SignedReceipt
from haidang_protocol.statements import OwnTip, Prelude, Receipt, sign
from haidang_protocol.stream import request_digest, write_body
from haidang_server.quota import MIB
from tests.server.caller import Caller
from tests.server.running import MEDIA_TYPE, Running
from tests.server.test_carriers import large_report
from tests.server.test_http import problem
from tests.server.world import START, Person, World, raw

BARREN = Group(bytes(64), [msgspec.Raw(b"\x90")], [b"x"], [msgspec.Raw(b"\x90")], None)


def body_of(world: World, who: Person, *messages: Message, proven: bool = True) -> bytes:
    """A request with these messages behind its prelude; without `proven` its signature fits nothing."""
    digest = request_digest(map(canonical.encode, messages))
    prelude = Prelude(world.hub, who.id, None, 0, 0, 0, 0, None, None, (), (), 0, digest, ())
    signed = sign(prelude, who.key)
    return write_body([Opening(signed.data, signed.signature if proven else bytes(64)), *messages])


def earlier(world: World, count: int = 1) -> Receipts:
    """Receipts that the hub gave before it lost them."""
    made = [
        Receipt(world.hub, 1, raw("lost", number, size=32), START, 1, bytes(32), ())
        for number in range(count)
    ]
    return Receipts([SignedReceipt(*sign(each, world.hub_key)) for each in made])


def kept(hub: Running) -> int:
    connection = hub.app.state.service.hub.connection
    return int(connection.execute("SELECT count(*) FROM earlier_receipts").fetchone()[0])


def test_receipts_of_a_caller_that_proved_nothing_are_not_looked_at(hub: Running, world: World) -> None:
    stranger = world.person("stranger", world.an)
    for who, code in ((stranger, "unknown-key"), (world.phone, "bad-signature")):
        assert problem(hub.post(body_of(world, who, earlier(world), proven=False))) == (403, code)
    assert kept(hub) == 0
    assert hub.post(body_of(world, world.phone, earlier(world))).status_code == 200
    assert kept(hub) == 1


def test_receipts_of_another_server_are_not_kept(hub: Running, world: World) -> None:
    receipt = Receipt(bytes(16), 1, bytes(32), START, 1, bytes(32), ())
    others = [sign(receipt, world.hub_key), sign(receipt, world.phone.key)]
    given = Receipts([SignedReceipt(*each) for each in others] + [SignedReceipt(b"", bytes(64))])
    assert hub.post(body_of(world, world.phone, given)).status_code == 200
    assert kept(hub) == 0


def test_receipts_come_once_and_last_and_no_more_than_a_thousand(hub: Running, world: World) -> None:
    some = earlier(world)
    for messages in ((some, some), (some, BARREN)):
        assert problem(hub.post(body_of(world, world.phone, *messages))) == (400, "malformed")
    many = Receipts([SignedReceipt(b"", bytes(64))] * (RECEIPTS_MAX + 1))
    assert problem(hub.post(body_of(world, world.phone, many))) == (400, "malformed")
    assert hub.post(body_of(world, world.phone, Receipts(many.receipts[1:]))).status_code == 200


@contextmanager
def half_sent(hub: Running, data: bytes) -> Iterator[socket.socket]:
    """A connection on which a request stands still in the middle of its body."""
    head = f"POST /v1/sync HTTP/1.1\r\nhost: hub\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {len(data) + 9}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", hub.port), timeout=10) as connection:
        connection.sendall(head.encode() + data)
        yield connection


def announced(size: int) -> bytes:
    """The length of a message as it stands in front of it."""
    return bytes([size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14])


def test_who_has_proven_nothing_is_not_read_a_large_message(hub: Running) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(announced(UNPROVEN_MESSAGE_BYTES_MAX + 1) + bytes(1_000))
    with half_sent(hub, start + packer.flush(zlib.Z_SYNC_FLUSH)) as connection:
        assert connection.recv(12) == b"HTTP/1.1 413"


def large(world: World, who: Person) -> Group:
    """A first group such as an honest device may send: two sets of almost 256 KiB each."""
    sets = [large_report(who, number) for number in range(2)]
    return FrameWriter().group([Outgoing(each.id, each.parts) for each in sets])


def test_who_is_known_brings_large_groups_from_the_start(hub: Running, world: World) -> None:
    body = body_of(world, world.phone, large(world, world.phone))
    assert hub.post(body).status_code == 200
    assert hub.http.get("/readyz").json()["size"] == 3 + 2


def test_who_is_unknown_and_brings_a_large_group_is_asked_for_its_certificates(
    hub: Running, world: World
) -> None:
    stranger = world.person("stranger", world.an)
    assert problem(hub.post(body_of(world, stranger, large(world, stranger)))) == (403, "unknown-key")


def test_who_stands_still_is_not_waited_for_for_ever(
    hub: Running, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haidang_server.routes.bodies.PIECE_S", 0.2)
    report = world.phone.report(0)
    body = Caller(world, world.phone).request([report])
    with half_sent(hub, body[:-4]) as connection:
        answer = connection.recv(10_000)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"connection: close" in answer.lower()
    assert hub.sync(Caller(world, world.phone), [report], tips=()).received == {report.id}


def test_who_does_not_prove_itself_soon_is_not_waited_for_and_who_did_is(
    hub: Running, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haidang_server.routes.sync.UNPROVEN_S", 0.4)
    body = body_of(world, world.phone, BARREN, BARREN)
    proves = write_body([Opening(bytes(64), bytes(64))])[:-10]
    with half_sent(hub, proves[:5]) as connection:
        time.sleep(0.2)
        connection.sendall(proves[5:8])
        assert connection.recv(12) == b"HTTP/1.1 408"
    head = f"POST /v1/sync HTTP/1.1\r\nhost: hub\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", hub.port), timeout=10) as connection:
        connection.sendall(head.encode() + body[:-3])
        time.sleep(0.8)
        connection.sendall(body[-3:])
        assert connection.recv(12) == b"HTTP/1.1 200"


def test_who_has_proven_itself_may_be_made_to_wait_for_longer(
    hub: Running, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it comes at once: the proof and the groups that have to wait."""
    monkeypatch.setattr("haidang_server.routes.sync.UNPROVEN_S", 0.3)
    monkeypatch.setattr("haidang_server.exchange.BARREN_GROUPS", 0)
    assert hub.post(body_of(world, world.phone, *[BARREN] * 8)).status_code == 200


def test_more_tips_than_a_prelude_names_are_malformed(hub: Running, world: World) -> None:
    tips = tuple(OwnTip(world.phone.scope, 0, 0, raw(at, size=32)) for at in range(OWN_TIPS_MAX + 1))
    phone = Caller(world, world.phone)
    assert hub.post(phone.request(tips=tips[1:])).status_code == 200
    assert problem(hub.post(phone.request(tips=tips))) == (400, "malformed")


def test_who_goes_on_bringing_nothing_is_made_to_wait(
    hub: Running, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haidang_server.exchange.BARREN_GROUPS", 2)
    started = time.monotonic()
    assert hub.post(body_of(world, world.phone, *[BARREN] * 8)).status_code == 200
    assert time.monotonic() - started >= 0.6


def test_what_is_refused_at_the_door_is_charged_too(hub: Running, world: World) -> None:
    hub.sync(Caller(world, world.district), [world.revoke(world.district, world.phone, {})])
    junk = msgspec.structs.replace(BARREN, values=[msgspec.Raw(canonical.encode(bytes(250_000)))])
    quota = hub.app.state.service.hall.quota
    assert quota.allows(world.phone.id, MIB)
    answer = hub.sync(Caller(world, world.phone), tips=(), groups=[junk] * 8)
    assert {each.code for each in answer.refused} == {"malformed"}
    assert not quota.allows(world.phone.id, MIB)
