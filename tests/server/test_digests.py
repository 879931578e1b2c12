import json
from pathlib import Path

import msgspec
import pytest

from haidang_protocol.ids import REPORTS, scope_of, scope_unit
from haidang_protocol.ledger import Ledger
from haidang_protocol.memory_store import MemoryStore
from haidang_server.cli import main
from haidang_server.digests import scope_states
from tests.server.caller import Caller
from tests.server.running import running
from tests.server.world import World


def test_a_hub_names_the_digests_that_any_replica_of_its_sets_computes(folder: Path, world: World) -> None:
    made = [world.phone.report(number) for number in range(3)]
    with running(folder) as hub:
        hub.sync(Caller(world, world.phone), made)
        found = {bytes.fromhex(each.scope): each for each in scope_states(folder)}
    ledger = Ledger(world.genesis, MemoryStore())
    ledger.commit([*world.founding, *made])
    scope = made[0].header.scope
    expected = ledger.scope_digests(scope)
    assert scope == scope_of(REPORTS, scope_unit(scope))
    assert found[scope].unit == scope_unit(scope).hex()
    assert (found[scope].accepted, found[scope].authority, found[scope].state) == (
        expected.accepted.hex(),
        expected.authority.hex(),
        expected.state.hex(),
    )


def test_verify_of_a_sound_hub_names_its_digests(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scopes"] == msgspec.to_builtins(scope_states(folder))
