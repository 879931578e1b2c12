"""X6, X9, H4: a hub that lost some of its log says so, and gets it back from whoever has it."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haidang_protocol.envelope import OpenedSet
from haidang_protocol.limits import CHECKPOINTS_MAX
from haidang_protocol.messages import HeldScope
from haidang_protocol.statements import KnownRoot
from haidang_server.heal import held_scope
from haidang_server.sqlite_store import SqliteStore
from tests.server.caller import Answer, Caller
from tests.server.running import Running, running
from tests.server.world import World


def rolled_back(hub: Path, copy: Path) -> None:
    """Put an old copy in the place of a hub that is not running: nobody notices."""
    shutil.rmtree(hub)
    shutil.copytree(copy, hub)


def told_to_heal(hub: Running, caller: Caller) -> Answer:
    """The first answer that is not withheld."""
    hub.sync(caller)
    return hub.sync(caller)


def lost_by(folder: Path, world: World, after: int = 3) -> tuple[Caller, list[OpenedSet]]:
    """A phone that saw more of the hub in this folder than the hub now has."""
    phone = Caller(world, world.phone)
    reports = [world.phone.report(number) for number in range(after + 3)]
    with running(folder) as hub:
        hub.sync(phone, reports[:after])
        hub.sync(phone)
    shutil.copytree(folder, folder.with_name("copy"))
    with running(folder) as hub:
        hub.sync(phone)
        hub.sync(phone, reports[after:])
    rolled_back(folder, folder.with_name("copy"))
    return phone, reports


def test_a_rolled_back_hub_asks_to_be_healed_and_is(folder: Path, world: World) -> None:
    phone, reports = lost_by(folder, world)
    with running(folder) as hub:
        heal = told_to_heal(hub, phone).heal
        assert heal is not None
        tips = {each.scope: each.tips for each in heal.scopes}
        assert tips[world.phone.scope] == [reports[2].id]
        assert heal.root is None or KnownRoot(heal.size, heal.root) == KnownRoot(
            phone.size, phone.root or b""
        )
        phone.size, phone.root, phone.newest = heal.size, heal.root, None
        phone.authority_cursor = phone.changes_cursor = 0
        answer = hub.sync(phone, reports[3:])
        assert answer.received == {reports[5].id}
        assert answer.heal is None


def test_a_rollback_shows_although_the_hub_has_overtaken_it(folder: Path, world: World) -> None:
    phone, _ = lost_by(folder, world)
    with running(folder) as hub:
        other = Caller(world, world.other)
        hub.sync(other, [world.other.report(number) for number in range(20)])
        assert told_to_heal(hub, phone).heal is not None


def test_the_cursor_alone_would_not_show_it(folder: Path, world: World) -> None:
    phone, _ = lost_by(folder, world)
    newest = phone.newest
    with running(folder) as hub:
        phone.newest = None
        assert told_to_heal(hub, phone).heal is None
        phone.newest = newest
        assert hub.sync(phone).heal is not None


def test_a_push_to_a_rolled_back_hub_is_receipted_all_the_same(folder: Path, world: World) -> None:
    phone, _ = lost_by(folder, world)
    with running(folder) as hub:
        hub.sync(phone)
        report = world.phone.report(9)
        answer = hub.sync(phone, [report])
        assert answer.heal is not None
        assert answer.received == {report.id}
        assert answer.outcomes == {report.id: (2, "predecessor")}
        parked = {each.scope: each.parked for each in (hub.sync(phone).heal or answer.heal).scopes}
        assert parked[world.phone.scope] == [report.id]


def test_the_newest_checkpoint_that_can_be_reproduced_is_named(folder: Path, world: World) -> None:
    phone, _ = lost_by(folder, world)
    assert phone.root is not None
    good = KnownRoot(phone.size, phone.root)
    with running(folder) as hub:
        hub.sync(phone)
        phone.size, phone.root = 0, None
        heal = hub.sync(phone, checkpoints=(KnownRoot(good.size, bytes(32)), good)).heal
        assert heal is not None
        assert (heal.size, heal.root) == (good.size, good.root)
        phone.size, phone.root, phone.newest = heal.size, heal.root, None
        assert hub.sync(phone, checkpoints=(good,)).heal is None


def test_who_names_only_what_cannot_be_reproduced_is_told_so_and_silence_means_withheld(
    folder: Path, world: World
) -> None:
    phone, _ = lost_by(folder, world)
    strange = (KnownRoot(phone.size, bytes(32)), KnownRoot(1, bytes(32)))
    with running(folder) as hub:
        phone.size, phone.root, phone.newest = 0, None, None
        assert hub.sync(phone, checkpoints=strange).heal is None
        heal = hub.sync(phone, checkpoints=strange).heal
        assert heal is not None
        assert (heal.size, heal.root) == (0, None)


def test_a_hub_that_lost_nothing_never_asks(hub: Running, world: World) -> None:
    phone = Caller(world, world.phone)
    for number in range(4):
        assert hub.sync(phone, [world.phone.report(number)]).heal is None


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_every_earlier_size_can_be_reproduced(hub: Running, world: World, size: int) -> None:
    phone = Caller(world, world.phone)
    roots = []
    for number in range(4):
        receipt = hub.sync(phone, [world.phone.report(number)]).receipt
        assert receipt is not None
        roots.append(KnownRoot(receipt.size, receipt.root))
    phone.size, phone.root = roots[size].size, roots[size].root
    assert hub.sync(phone).heal is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(size=st.integers(1, 9), bit=st.integers(0, 255))
def test_a_root_that_never_was_is_answered_with_heal(hub: Running, world: World, size: int, bit: int) -> None:
    phone = Caller(world, world.phone)
    hub.sync(phone)
    state = hub.http.get("/readyz").json()
    root = bytes.fromhex(state["root"])
    phone.size, phone.root = size, (int.from_bytes(root) ^ 1 << bit).to_bytes(32)
    answer = hub.sync(phone)
    assert answer.heal is not None
    assert (answer.heal.size, answer.heal.root) == (0, None)


def test_more_checkpoints_than_a_prelude_names_are_malformed(hub: Running, world: World) -> None:
    phone = Caller(world, world.phone)
    hub.sync(phone)
    named = tuple(KnownRoot(1 + at, bytes(32)) for at in range(CHECKPOINTS_MAX + 1))
    assert hub.sync(phone, checkpoints=named[1:]).heal is not None
    response = hub.post(phone.request(checkpoints=named))
    assert (response.status_code, response.json()["code"]) == (400, "malformed")


def test_what_is_held_is_read_once_for_all_who_ask_while_nothing_changes(
    folder: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, _ = lost_by(folder, world)
    other = Caller(world, world.other, size=phone.size, root=bytes(32))
    read: list[bytes] = []

    def noted(store: SqliteStore, scope: bytes) -> HeldScope:
        read.append(scope)
        return held_scope(store, scope)

    monkeypatch.setattr("haidang_server.heal.held_scope", noted)
    with running(folder) as hub:
        first, second = told_to_heal(hub, phone).heal, told_to_heal(hub, other).heal
        assert first is not None
        assert second is not None
        assert first.scopes == second.scopes
        assert len(read) == len(set(read)) == len(first.scopes)
        hub.sync(other, [report := world.other.report(0)])
        again = hub.sync(phone).heal
        assert again is not None
        assert report.id in {tip for each in again.scopes for tip in each.tips}
