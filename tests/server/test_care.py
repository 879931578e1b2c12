"""`verify`, `scrub`, `rebuild`: every flipped bit and every missing set is found and named."""

import random
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.envelope import OpenedSet
from haidang_server.database import DATABASE_NAME
from haidang_server.errors import DatabaseUnreadableError
from haidang_server.inspection import Inspection, inspect
from haidang_server.loading import open_hub
from haidang_server.rebuilding import Rebuilt, rebuild
from tests.server.caller import Caller
from tests.server.running import running
from tests.server.world import START, World


def silent(_done: int, _all: int) -> None:
    """Nobody looks."""


def look(folder: Path, *, pages: bool = False, processes: int = 0) -> Inspection:
    return inspect(folder, silent, pages=pages, processes=processes)


def rebuilt(folder: Path, *, write: bool) -> Rebuilt:
    hub = open_hub(folder)
    try:
        return rebuild(hub, START, silent, write=write)
    finally:
        hub.connection.close()


def spoil(folder: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    """Change rows behind the hub's back."""
    connection = sqlite.connect(folder / DATABASE_NAME)
    for statement in statements:
        connection.execute(statement, values)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@pytest.fixture
def reports(folder: Path, world: World) -> list[OpenedSet]:
    """Reports that the hub of the folder holds and has receipted; it does not run."""
    made = [world.phone.report(number) for number in range(12)]
    with running(folder) as hub:
        phone = Caller(world, world.phone)
        for start in range(0, 12, 4):
            hub.sync(phone, made[start : start + 4])
    return made


def test_a_sound_hub_has_no_findings(folder: Path, reports: list[OpenedSet]) -> None:
    found = look(folder, pages=True)
    assert found.findings == []
    assert (found.sets, found.receipts, found.waiting) == (3 + len(reports), 3, 0)
    assert found.operations == sum(len(each.body.operations) for each in reports) + 12


def test_other_processes_find_the_same(folder: Path, world: World) -> None:
    hub = open_hub(folder)
    with hub.transaction(START):
        hub.take([world.phone.report(number, values=1) for number in range(1_100)])
    hub.connection.close()
    spoil(folder, "UPDATE parts SET signature = zeroblob(64) WHERE sequence = 1050")
    found = look(folder, processes=2)
    assert [(each.code, each.sequence) for each in found.findings] == [("signature", 1050)]
    assert found == look(folder)


@pytest.mark.parametrize("column", ["header", "signature", "structure", "content"])
def test_a_flipped_bit_names_its_change_set(folder: Path, reports: list[OpenedSet], column: str) -> None:
    chance = random.Random(column)
    for _ in range(25):
        victim = chance.choice(reports)
        connection = sqlite.connect(folder / DATABASE_NAME)
        query = f"SELECT sequence, {column} FROM parts JOIN sets USING (sequence) WHERE id = ?"
        sequence, data = connection.execute(query, (victim.id,)).fetchone()
        connection.close()
        bit = chance.randrange(8 * len(data))
        flipped = (int.from_bytes(data) ^ 1 << bit).to_bytes(len(data))
        update = f"UPDATE parts SET {column} = ? WHERE sequence = {sequence}"
        spoil(folder, update, values=(flipped,))
        found = look(folder).findings
        assert victim.id in {each.set_id for each in found}
        assert {each.sequence for each in found if each.code in ("set", "signature")} == {sequence}
        spoil(folder, update, values=(data,))
    assert look(folder).findings == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE sets SET facts = zeroblob(10) WHERE sequence = 7", "facts"),
        ("UPDATE sets SET received = received + 1 WHERE sequence = 7", "log"),
        ("UPDATE sets SET logged = 1 WHERE sequence = 7", "log"),
        ("UPDATE sets SET id = randomblob(32) WHERE sequence = 7", "set"),
        ("UPDATE nodes SET hash = randomblob(32) WHERE place = 12", "log"),
        ("UPDATE receipts SET receipt = zeroblob(60) WHERE size = 7", "receipt"),
        ("UPDATE receipts SET signature = randomblob(64) WHERE size = 7", "receipt"),
        ("UPDATE epochs SET root = randomblob(32)", "epoch"),
    ],
)
def test_a_change_beside_the_sets_is_found(
    folder: Path, reports: list[OpenedSet], change: str, code: str
) -> None:
    spoil(folder, change)
    assert code in {each.code for each in look(folder).findings}


def test_a_set_taken_out_of_the_middle_is_named(folder: Path, reports: list[OpenedSet]) -> None:
    spoil(folder, "DELETE FROM sets WHERE sequence = 8", "DELETE FROM parts WHERE sequence = 8")
    found = look(folder).findings
    assert ("missing", reports[5].id) in {(each.code, each.set_id) for each in found}
    assert ("gap", 8) in {(each.code, each.sequence) for each in found}


def test_a_missing_tail_is_found_against_the_newest_receipt(folder: Path, reports: list[OpenedSet]) -> None:
    spoil(
        folder,
        "DELETE FROM sets WHERE sequence >= 13",
        "DELETE FROM parts WHERE sequence >= 13",
        "DELETE FROM nodes WHERE place >= 2 * 13 - 3",
    )
    found = look(folder).findings
    assert ("tail", reports[-1].id, 14) in {(each.code, each.set_id, each.sequence) for each in found}


def test_a_set_that_waits_for_its_predecessor_is_no_damage(folder: Path, world: World) -> None:
    made = [world.phone.report(number) for number in range(3)]
    with running(folder) as hub:
        hub.sync(Caller(world, world.phone), made[2:], tips=())
    found = look(folder)
    assert (found.findings, found.waiting) == ([], 1)


def test_a_damaged_page_is_found_and_its_sets_are_named(folder: Path, world: World) -> None:
    hub = open_hub(folder)
    made = [world.phone.report(number, values=20) for number in range(60)]
    with hub.transaction(START):
        hub.take(made)
    hub.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (size,) = hub.connection.execute("PRAGMA page_size").fetchone()
    hub.connection.close()
    file = folder / DATABASE_NAME
    data = bytearray(file.read_bytes())
    page = data.index(made[20].parts.signature) // size
    data[page * size : (page + 1) * size] = b"\xff" * size
    file.write_bytes(data)
    found = look(folder, pages=True).findings
    assert "page" in {each.code for each in found}
    unreadable = {each.set_id for each in found if each.code == "unreadable"}
    assert made[20].id in unreadable
    assert unreadable <= {each.id for each in made}
    assert len(unreadable) < 10


def test_rebuilding_finds_nothing_wrong_in_a_sound_hub(folder: Path, reports: list[OpenedSet]) -> None:
    assert rebuilt(folder, write=False) == Rebuilt(3, rebuilt(folder, write=True).records, [], [])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE records SET state = (SELECT state FROM records WHERE number = 2) WHERE number = 1",
        "DELETE FROM records WHERE number = 1",
        "UPDATE sums SET live = zeroblob(16)",
    ],
)
def test_a_wrong_cache_is_found_and_put_right(folder: Path, reports: list[OpenedSet], change: str) -> None:
    spoil(folder, change)
    assert rebuilt(folder, write=False).differing
    assert rebuilt(folder, write=True).differing
    found = rebuilt(folder, write=False)
    assert (found.differing, found.verdicts) == ([], [])


def test_a_wrong_verdict_is_found_and_put_right(folder: Path, reports: list[OpenedSet]) -> None:
    spoil(folder, "UPDATE sets SET verdict = 1, reason = 'revoked' WHERE sequence = 6")
    assert rebuilt(folder, write=True).verdicts == [reports[3].id]
    assert rebuilt(folder, write=False) == rebuilt(folder, write=True)


def test_checking_changes_nothing(folder: Path, reports: list[OpenedSet]) -> None:
    spoil(folder, "DELETE FROM records WHERE number = 1")
    rebuilt(folder, write=False)
    assert rebuilt(folder, write=False).differing


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE records SET state = x'93' WHERE number = 1",
        "UPDATE records SET state = x'9101' WHERE number = 2",
    ],
)
def test_a_cache_that_cannot_be_read_is_wrong_and_put_right(
    folder: Path, reports: list[OpenedSet], change: str
) -> None:
    spoil(folder, change)
    assert rebuilt(folder, write=True).differing
    assert not rebuilt(folder, write=False).differing


def test_a_set_whose_bytes_are_gone_is_named_by_its_place(folder: Path, reports: list[OpenedSet]) -> None:
    spoil(folder, "DELETE FROM parts WHERE sequence = 8")
    assert ("set", reports[5].id, 8) in {
        (each.code, each.set_id, each.sequence) for each in look(folder).findings
    }


def test_a_database_without_its_genesis_is_damaged(folder: Path) -> None:
    spoil(folder, "UPDATE meta SET name = 'genesys'")
    with pytest.raises(DatabaseUnreadableError):
        look(folder)
    with pytest.raises(DatabaseUnreadableError):
        open_hub(folder)
