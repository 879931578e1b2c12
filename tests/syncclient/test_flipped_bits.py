"""`haidang verify`: whatever bit flips in a replica, a bundle or an export, it is named, or nothing that counts is different."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haidang_protocol.bundle import MAGIC, Kind
from haidang_protocol.export_package import CHANGES_FILE, MANIFEST_FILE, SIGNATURE_FILE
from haidang_syncclient import bookmark as bookmarks
from haidang_syncclient.bundles import export_bundle
from haidang_syncclient.commands.bundle_check import BundleCheck, check_bundle
from haidang_syncclient.errors import DamagedDatabaseError, NewerDatabaseError, NoReplicaError
from haidang_syncclient.replica import Replica
from haidang_syncclient.verifying import verify_replica
from tests.server.packages import package, sets_of
from tests.syncclient.cli_town import Outcome, haidang
from tests.syncclient.hub import Hub, sync
from tests.syncclient.test_verifying import filled
from tests.syncclient.village import Clock, Village, randomness


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def quietly(_done: int, _total: int | None) -> None:
    """Nobody watches."""


# ----------------------------------------------------------------------------------------------------------- replica


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    """A replica, closed, that holds sets, receipts, checkpoints, and a save that is not sealed."""
    folder = tmp_path_factory.mktemp("synced")
    village = Village(folder)
    phone = filled(village)
    with Hub(folder, village) as hub:
        for _ in range(2):
            assert sync(phone, hub.url).error is None
    phone.database.execute("PRAGMA journal_mode=DELETE")
    phone.close()
    yield phone
    village.close()


def shown(replica: Replica) -> object:
    """Everything that counts: what is merged, what waits to be sealed, what the hub acknowledged."""
    return (
        {scope: replica.ledger.scope_digests(scope) for scope in replica.scopes()},
        {scope: replica.states(scope) for scope in replica.scopes()},
        {scope: replica.device.pending(scope) for scope in replica.scopes()},
        sorted(replica.hub.receipted_ids()),
    )


def opened(path: Path) -> Replica:
    return Replica.open(path, None, clock=Clock(), randomness=randomness("again"))


def seen(path: Path) -> tuple[bool, object]:
    """Whether verification finds nothing, and then everything that counts."""
    try:
        with opened(path) as replica:
            sound = verify_replica(replica, processes=0).sound
            return sound, shown(replica) if sound else None
    except (DamagedDatabaseError, NewerDatabaseError, NoReplicaError):
        return False, None


def test_any_bit_flipped_in_the_file_of_a_replica_is_reported_or_changes_nothing_that_counts(
    synced: Replica, tmp_path: Path
) -> None:
    path = tmp_path / "phone.db"
    shutil.copy(synced.path, path)
    sound, before = seen(path)
    assert sound
    chance, data = random.Random(4), synced.path.read_bytes()
    for bit in [chance.randrange(8 * len(data)) for _ in range(60)]:
        path.write_bytes(flipped(data, bit))
        sound, after = seen(path)
        assert not sound or after == before, bit


def test_a_place_in_the_hubs_log_behind_its_end_is_reported(synced: Replica, tmp_path: Path) -> None:
    """From there nothing would ever be pulled again."""
    path = tmp_path / "phone.db"
    shutil.copy(synced.path, path)
    with opened(path) as replica:
        bookmark = bookmarks.load(replica)
        with replica.writing():
            bookmarks.keep(replica, msgspec.structs.replace(bookmark, changes_cursor=bookmark.size + 64))
        assert {problem.code for problem in verify_replica(replica, processes=0).problems} == {"checkpoint"}


# ----------------------------------------------------------------------------------------------------------- bundles


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Replica, Path]]:
    """A replica and the bundle of everything that it holds, receipts too."""
    folder = tmp_path_factory.mktemp("bundled")
    village = Village(folder)
    phone = filled(village)
    with Hub(folder, village) as hub:
        assert sync(phone, hub.url).error is None
    export_bundle(phone, folder / "whole.bundle")
    yield phone, folder / "whole.bundle"
    village.close()


class Block(NamedTuple):
    """A block of a bundle (SPEC K1): its kind and name, and where its content stands, in bytes."""

    kind: int
    name: bytes
    start: int
    end: int


def blocks(data: bytes) -> list[Block]:
    found, at = [], len(MAGIC)
    while at < len(data):
        start = at + 53
        end = start + int.from_bytes(data[at + 5 : at + 9])
        found.append(Block(data[at + 4], data[at + 13 : at + 45], start, end))
        at = end
    return found


def checked(bundled: tuple[Replica, Path], folder: Path, data: bytes) -> BundleCheck:
    file = folder / "x.bundle"
    file.write_bytes(data)
    return check_bundle(bundled[0], file, quietly)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bit_flipped_inside_a_set_of_a_bundle_names_that_set(
    bundled: tuple[Replica, Path], tmp_path: Path, data: st.DataObject
) -> None:
    whole = bundled[1].read_bytes()
    block = data.draw(st.sampled_from([each for each in blocks(whole) if each.kind == Kind.SET]))
    bit = data.draw(st.integers(8 * block.start, 8 * block.end - 1))
    found = checked(bundled, tmp_path, flipped(whole, bit))
    assert block.name in {problem.set_id for problem in found.problems}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bit_flipped_elsewhere_in_a_bundle_is_reported_or_every_set_is_there(
    bundled: tuple[Replica, Path], tmp_path: Path, data: st.DataObject
) -> None:
    whole = bundled[1].read_bytes()
    sound = checked(bundled, tmp_path, whole)
    assert not sound.problems
    inside = [(8 * each.start, 8 * each.end) for each in blocks(whole) if each.kind == Kind.SET]
    bit = data.draw(
        st.integers(0, 8 * len(whole) - 1).filter(
            lambda at: not any(start <= at < end for start, end in inside)
        )
    )
    found = checked(bundled, tmp_path, flipped(whole, bit))
    assert found.problems or found == sound


@pytest.mark.parametrize("at", [0, 3, -1], ids=["first", "middle", "last"])
def test_a_set_taken_out_of_a_bundle_is_named(bundled: tuple[Replica, Path], tmp_path: Path, at: int) -> None:
    """Read by somebody who does not hold it: the own replica could not miss it."""
    whole = bundled[1].read_bytes()
    block = [each for each in blocks(whole) if each.kind == Kind.SET][at]
    file = tmp_path / "x.bundle"
    file.write_bytes(whole[: block.start - 53] + whole[block.end :])
    assert block.name in {problem.set_id for problem in check_bundle(None, file, quietly).problems}


# ----------------------------------------------------------------------------------------------------------- exports


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files, _ = package()
    folder = tmp_path_factory.mktemp("exported")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def verified(folder: Path, home: Path, *more: str) -> Outcome:
    return haidang("verify", folder, *more, home=home)


def problems_of(outcome: Outcome) -> Any:
    assert outcome.code == (0 if outcome.data["sound"] else 4)
    return outcome.data["problems"]


def test_an_export_is_verified_by_somebody_who_has_no_data_of_their_own(
    exported: Path, tmp_path: Path
) -> None:
    outcome = verified(exported, tmp_path / "nobody")
    _, shelf = package()
    assert problems_of(outcome) == []
    assert outcome.data["root_set_hash"] == shelf.genesis.root_set_hash.hex()
    assert (outcome.data["sets"], outcome.data["complete"]) == (len(sets_of(package()[0])), True)
    for language, said in (("vi", "mã gốc"), ("en", "root code")):
        told = haidang("verify", exported, "--lang", language, home=tmp_path / "nobody", as_json=False)
        assert said in told.out
        assert shelf.genesis.root_set_hash.hex() in told.out


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bit_flipped_in_a_file_of_an_export_names_the_file_and_the_set(
    exported: Path, tmp_path: Path, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(path.name for path in exported.iterdir() if path.stat().st_size)))
    content = (exported / name).read_bytes()
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    try:
        (exported / name).write_bytes(flipped(content, bit))
        found = problems_of(verified(exported, tmp_path / "nobody"))
    finally:
        (exported / name).write_bytes(content)
    signed = {MANIFEST_FILE, SIGNATURE_FILE}
    files = {each["detail"].split(": ")[0] for each in found}
    assert name in files or (name in signed and files & signed)
    inside = [
        each.name
        for each in (blocks(content) if name == CHANGES_FILE else [])
        if each.kind == Kind.SET and 8 * each.start <= bit < 8 * each.end
    ]
    assert {each.hex() for each in inside} <= {each["set"] for each in found}


def test_an_export_of_another_deployment_is_told(exported: Path, synced: Replica, tmp_path: Path) -> None:
    shutil.copy(synced.path, tmp_path / "replica.db")
    outcome = verified(exported, tmp_path)
    assert [each["code"] for each in problems_of(outcome)] == ["other-deployment"]
    told = haidang("verify", exported, "--lang", "vi", home=tmp_path, as_json=False)
    assert (told.code, "của hệ thống khác" in told.out, "Không có gì bị xóa" in told.out) == (4, True, True)
