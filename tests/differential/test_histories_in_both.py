"""Python and TypeScript say the same of every history, however it reaches them.

`HAIDANG_BOTH` says how many histories a run plays (150 if it is silent); the long run plays fresh ones until its shares are spent.
"""

import os
from random import Random, SystemRandom

import pytest

from tests.differential.typescript import Harness, differences, told
from tests.protocol.engines import answer, ledger_of
from tests.protocol.histories import History, history
from tests.protocol.test_equivalence import deliver

pytestmark = pytest.mark.unmeasured

HISTORIES = int(os.environ.get("HAIDANG_BOTH", "150"))
BLOCK = 25


def disagreements(typescript: Harness, played: History, seed: int) -> list[str]:
    """What the two languages say differently of a history, delivered in some order."""
    delivery = deliver(Random(seed), played.sets)
    ledger = ledger_of(played.genesis)
    for commit in delivery:
        ledger.commit(commit)
    ours = told(answer(ledger, {s.id for s in played.sets}), ledger)
    return [*differences(ours, typescript.judged(played.genesis, delivery))]


@pytest.mark.parametrize("block", range(0, HISTORIES, BLOCK))
def test_both_languages_say_the_same_of_every_history(typescript: Harness, block: int) -> None:
    for seed in range(block, block + BLOCK):
        assert disagreements(typescript, history(seed), seed) == [], f"history({seed})"


@pytest.mark.long(shares=16)
def test_both_languages_say_the_same_of_fresh_histories(typescript: Harness) -> None:
    seed = SystemRandom().getrandbits(48)
    assert disagreements(typescript, history(seed), seed) == [], f"history({seed})"
