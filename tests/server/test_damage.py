"""Bits that flip on the hub's disk: whoever pulls gets the rest, or a refusal that says what is safe; never less than that."""

import random
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import ProtocolError
from haidang_protocol.frames import FrameReader
from haidang_protocol.messages import Group, read_reply_message
from haidang_protocol.stream import StreamReader
from haidang_server.database import DATABASE_NAME
from haidang_server.errors import ServerError
from tests.server.caller import Caller
from tests.server.running import running
from tests.server.test_care import look, spoil
from tests.server.test_http import problem
from tests.server.world import World


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def pulled(body: bytes) -> list[tuple[int, OpenedSet | ProtocolError]]:
    """(sequence, set or why it does not open) of every frame of a reply."""
    frames = FrameReader()
    found = []
    for data in StreamReader().feed(body):
        message = read_reply_message(data)
        for frame in frames.read(message) if isinstance(message, Group) else ():
            assert frame.place is not None
            found.append((frame.place.sequence, frame.result))
    return found


@pytest.fixture
def reports(folder: Path, world: World) -> list[OpenedSet]:
    """Reports that the hub of the folder holds; it does not run."""
    made = [who.report(number) for number in range(8) for who in (world.phone, world.other)]
    with running(folder) as hub:
        hub.sync(Caller(world, world.phone), made[::2], tips=())
        hub.sync(Caller(world, world.other), made[1::2], tips=())
    return made


@pytest.mark.parametrize("column", ["header", "signature", "structure", "content"])
def test_a_set_that_is_damaged_on_the_hubs_disk_is_delivered_as_damaged_at_its_place(
    folder: Path, world: World, reports: list[OpenedSet], column: str
) -> None:
    """Whatever bit it is, the reply can be read to its end; what leaves out its header behind it is asked for again (X3)."""
    chance = random.Random(column)
    with running(folder) as hub:
        for _ in range(12):
            victim = chance.choice(reports)
            connection = hub.app.state.service.hub.connection
            query = f"SELECT sequence, {column} FROM parts JOIN sets USING (sequence) WHERE id = ?"
            sequence, data = connection.execute(query, (victim.id,)).fetchone()
            update = f"UPDATE parts SET {column} = ? WHERE sequence = ?"
            bit = chance.randrange(8 * len(data))
            connection.execute(update, (flipped(data, bit), sequence))
            auditor = Caller(world, world.auditor)
            hub.sync(auditor)
            response = hub.post(auditor.request())
            assert response.status_code == 200, (bit, response.text)
            found = pulled(response.content)
            whole = {opened.id for _, opened in found if isinstance(opened, OpenedSet)}
            assert [at for at, _ in found] == list(range(3 + len(reports)))
            assert victim.id not in whole or column == "signature"
            assert all(isinstance(opened, OpenedSet) for at, opened in found if at < sequence)
            connection.execute(update, (data, sequence))


def test_what_has_lost_its_bytes_altogether_is_named_in_the_log(
    folder: Path, world: World, reports: list[OpenedSet]
) -> None:
    with running(folder) as hub, capture_logs() as said:
        hub.app.state.service.hub.connection.execute(
            "UPDATE parts SET structure = x'' WHERE sequence = (SELECT sequence FROM sets WHERE id = ?)",
            (reports[4].id,),
        )
        auditor = Caller(world, world.auditor)
        hub.sync(auditor)
        assert hub.post(auditor.request()).status_code == 200
    assert reports[4].id.hex() in {event.get("set_id") for event in said}
    assert reports[4].id in {each.set_id for each in look(folder).findings}


def test_whatever_bit_of_the_database_flips_the_hub_answers_or_says_what_is_safe(
    folder: Path, world: World, reports: list[OpenedSet]
) -> None:
    spoil(folder)
    file, chance = folder / DATABASE_NAME, random.Random(11)
    sound = file.read_bytes()
    outcomes = {}
    for bit in [chance.randrange(8 * len(sound)) for _ in range(5)]:
        file.write_bytes(flipped(sound, bit))
        for beside in ("-wal", "-shm"):
            file.with_name(file.name + beside).unlink(missing_ok=True)
        outcomes[bit] = outcome(folder, world)
    assert set(outcomes.values()) <= {"ok", "damaged-store", "damaged-database", "newer-database"}, outcomes
    file.write_bytes(sound)
    assert look(folder).findings == []


def outcome(folder: Path, world: World) -> str:
    """How a hub on this folder answers a pull and a push: ok, or the code of what it says instead."""
    try:
        with running(folder) as hub:
            pull, push = Caller(world, world.auditor), Caller(world, world.phone)
            for body in (pull.request(), push.request([world.phone.report(99)])):
                response = hub.post(body)
                if response.status_code != 200:
                    return problem(response)[1]
    except ServerError as error:
        return error.code
    return "ok"


def test_a_corrupted_page_refuses_the_pull_with_words_and_the_scrub_names_its_sets(
    folder: Path, world: World
) -> None:
    """A pull that does not meet the page is served; nothing that the page does not hold is lost."""
    made = [world.phone.report(number, values=20) for number in range(60)]
    with running(folder) as hub:
        hub.sync(Caller(world, world.phone), made, tips=())
    spoil(folder)
    file = folder / DATABASE_NAME
    sound = bytearray(file.read_bytes())
    page = sound.index(made[30].parts.signature) // 4096
    file.write_bytes(sound[: page * 4096] + b"\xff" * 4096 + sound[(page + 1) * 4096 :])
    with running(folder) as hub:
        auditor, far = Caller(world, world.auditor), Caller(world, world.far)
        hub.sync(auditor)
        response = hub.post(auditor.request())
        assert problem(response) == (503, "damaged-store")
        assert response.headers["retry-after"]
        assert "scrub" in response.json()["detail"]
        hub.sync(far)
        assert {each.id for each in world.founding[:2]} <= set(hub.sync(far).ids)
        assert 'haidang_problems_total{code="damaged-store"} 1.0' in hub.http.get("/metrics").text
    named = {each.set_id for each in look(folder, pages=True).findings}
    assert made[30].id in named
    file.write_bytes(sound)
    with running(folder) as hub:
        again = Caller(world, world.auditor)
        hub.sync(again)
        assert {each.id for each in made} <= set(hub.sync(again).ids)
