"""The demonstration, whole: real commands, processes and sockets; and that its checks can fail."""

import json

import pytest

from haidang_server.cli import main
from haidang_server.commands import demo as command
from haidang_server.demo.ledger import Ledger, Statement, missing
from haidang_server.demo.story import Chapter
from haidang_server.demo.world import World
from haidang_server.stage.person import Filling, Tenths


@pytest.mark.unmeasured
def test_the_main_job_ends_with_equal_replicas_and_every_value_in_its_history(
    capsys: pytest.CaptureFixture[str],
) -> None:
    exit_code = main(["demo", "--json"])
    told = capsys.readouterr()
    assert exit_code == 0, told.err
    found = json.loads(told.out.splitlines()[-1])
    assert found["converged"]
    assert found["replicas"] == 7
    assert found["operations"] >= 50
    assert found["change_sets"] > 50
    assert (found["conflicts_found"], found["conflicts_open"]) == (2, 0)
    assert found["quarantined"] == 1
    assert found["tally"] == 9
    assert found["receipts_verified"] > 0
    assert found["revoked"] == ["Võ Thị Hoa"]
    assert found["seconds"] > 0
    assert all(len(hashes) >= 4 and len({*hashes}) == 1 for hashes in found["state_hashes"].values())
    assert {len(hashes) for scope, hashes in found["state_hashes"].items() if scope.startswith("00")} == {
        5,
        4,
    }


def test_a_case_that_ends_otherwise_is_named_with_what_was_expected_and_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def go_wrong(world: World) -> None:
        world.expect("two tap one tally", 8, 7)

    monkeypatch.setattr(command, "CHAPTERS", (Chapter("Sai", "Wrong", go_wrong),))
    assert main(["demo", "--json"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out.splitlines()[-1])["error"] == "case-failed"
    for part in ("two tap one tally", "8", "7"):
        assert part in told.err


def test_a_value_that_is_not_in_a_history_is_missing() -> None:
    ledger = Ledger()
    ledger.enter("ab", "cd", "Lan", Filling({"letters": 3, "revenue": 5}, counts={"tally_read": 1}))
    ledger.enter("ab", "cd", "Lan", Filling(counts={"tally_read": 1}, note="Đông"))
    tap = Statement("count", "tally_read", "1", "Lan")
    letters, note = Statement("put", "letters", "3", "Lan"), Statement("note", "", "Đông", "Lan")
    saved = ledger.about("ab", restricted=False)
    assert missing(saved, [tap, letters, note]) == [tap]
    assert missing(saved, [tap, tap, letters, note]) == []
    assert missing(ledger.about("ab", restricted=True), saved) == [Statement("put", "revenue", "5", "Lan")]


def test_a_filling_is_typed_as_a_person_types_it() -> None:
    filling = Filling(
        {"works_now": True, "speed": Tenths(125)},
        counts={"taps": 2},
        adds={"topics": ("CS",)},
        rows=(("issue=new", {"kind": "TBI"}),),
        note="Xong",
    )
    assert filling.options() == [
        *("--set", "works_now=yes", "--set", "speed=12,5", "--count", "taps=+2", "--add", "topics=CS"),
        *("--row", "issue=new", "--cell", "kind=TBI", "--note", "Xong"),
    ]
