"""The model itself: small truths that any outcome must show, and its independence of what it is compared with."""

import ast
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings

from haidang_protocol.operations import KINDS, REMOVE
from tests.protocol.histories import History, histories
from tests.protocol.model import ACCEPTED, judge
from tests.protocol.model_entries import ENTRY_FORMS
from tests.protocol.offices import OFFICE, certificate
from tests.protocol.village import Village

MODEL = sorted(Path(__file__).parent.glob("model*.py"))
SHARED = {"body", "canonical", "envelope", "ids", "operations"}


@pytest.mark.parametrize("path", MODEL, ids=lambda path: path.name)
def test_the_model_shares_nothing_with_the_product_but_the_bytes(path: Path) -> None:
    imported = [
        node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
    ]
    ours = {
        name.removeprefix("haidang_protocol.") for name in imported if name and name.startswith("haidang")
    }
    assert ours <= SHARED
    assert all(
        name and name.startswith(("haidang_", "tests.protocol.model", "collections", "typing", "functools"))
        for name in imported
    )


@given(histories(30))
@settings(max_examples=25)
def test_an_outcome_does_not_depend_on_order_or_repetition(played: History) -> None:
    sets = [*played.sets, *played.sets[::3]]
    Random(0).shuffle(sets)
    assert judge(played.genesis, sets) == judge(played.genesis, played.sets)


@given(histories(30))
@settings(max_examples=25)
def test_every_live_operation_stands_in_an_accepted_set_of_its_scope(played: History) -> None:
    outcome = judge(played.genesis, played.sets)
    for scope, state in outcome.scopes.items():
        accepted = [s for s in played.sets if s.header.scope == scope and outcome.verdicts[s.id] == ACCEPTED]
        said = {
            s.identity(at)
            for s in accepted
            for at, operation in enumerate(s.body.operations)
            if operation.kind in KINDS - {REMOVE}
        }
        assert frozenset().union(*state.live.values()) <= said


def test_nothing_is_accepted_without_a_root() -> None:
    v = Village()
    v.put(v.a, 1)
    outcome = judge(v.genesis, v.sets[1:])
    assert set(outcome.verdicts.values()) == {("parked", "certificate")}


def test_forks_are_told_with_both_branches() -> None:
    v = Village()
    first = v.put(v.a, 0)
    restored = v.a.clone("restored")
    branches = {v.put(v.a, 1).id, v.put(restored, 2).id}
    assert judge(v.genesis, v.sets).forks == {frozenset(branches)}
    assert first.id not in branches


def test_certificates_that_count_are_told() -> None:
    v = Village()
    counting = {
        device.acting for device in (*v.roots, v.province, v.district, v.other_district, v.a, v.b, v.c)
    }
    assert judge(v.genesis, v.sets).certificates == counting


GOOD = certificate(1, bytes(16), bytes(16), OFFICE, OFFICE)


@pytest.mark.parametrize(
    "value",
    [
        None, "paper", GOOD[:-1], [*GOOD, 0], [True, *GOOD[1:]], [2, *GOOD[1:]], [*GOOD[:2], b"person", *GOOD[3:]],
        [*GOOD[:4], [[2, 1], [], []], *GOOD[5:]], [*GOOD[:4], [[1, 1], [], []], *GOOD[5:]], [*GOOD[:4], None, *GOOD[5:]],
        [*GOOD[:6], bytes(15), *GOOD[7:]], [*GOOD[:10], 0, *GOOD[11:]], [*GOOD[:12], 3],
    ],
)  # fmt: skip
def test_what_is_not_a_certificate_to_the_letter_is_none(value: object) -> None:
    assert ENTRY_FORMS[48](GOOD)
    assert not ENTRY_FORMS[48](value)
