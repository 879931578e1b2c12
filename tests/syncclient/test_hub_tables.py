from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.statements import Checkpoint, KnownRoot, Signed
from haidang_syncclient.database import Database
from haidang_syncclient.hub_tables import CHECKPOINTS_MAX, HubTables, thinned
from tests.syncclient.village import digest

sizes = st.lists(st.integers(0, 10**6), unique=True, max_size=200).map(sorted)


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[HubTables]:
    database = Database(tmp_path / "a.db")
    with database.transaction():
        yield HubTables(database)
    database.close()


@given(sizes, st.integers(2, 64))
def test_thinning_keeps_so_many_with_the_first_and_the_newest(known: list[int], keep: int) -> None:
    left = [size for at, size in enumerate(known) if at not in thinned(known, keep)]
    assert len(left) == min(len(known), keep)
    assert left[:1] + left[-1:] == known[:1] + known[-1:]


def test_checkpoints_thin_out_the_further_back_they_lie(tables: HubTables) -> None:
    for size in range(1, 2_000):
        checkpoint = Checkpoint(bytes(16), 1, size, digest(size), size)
        tables.remember(checkpoint, Signed(b"", bytes(64)))
    known = [root.size for root in tables.checkpoints()]
    assert len(known) == CHECKPOINTS_MAX == len(tables.signed_checkpoints())
    assert known[0] == 1
    assert known[-8:] == [*range(1_992, 2_000)]
    assert max(later - earlier for earlier, later in pairwise(known)) < 500


def test_two_roots_of_one_size_are_both_kept_as_evidence(tables: HubTables) -> None:
    for name in ("one", "other"):
        tables.remember(Checkpoint(bytes(16), 1, 5, digest(name), 9), Signed(b"", bytes(64)))
    assert set(tables.checkpoints()) == {KnownRoot(5, digest("one")), KnownRoot(5, digest("other"))}


def test_a_server_is_remembered_for_its_address_and_certificate(tables: HubTables) -> None:
    tables.prove("https://hub", b"c" * 32, b"s" * 16)
    assert tables.proven("https://hub", b"c" * 32) == b"s" * 16
    assert tables.proven("https://hub", b"d" * 32) is None
    assert tables.proven("https://other", b"c" * 32) is None
    assert tables.origin_proven("https://hub", b"s" * 16)
    assert not tables.origin_proven("https://hub", b"t" * 16)


def test_scopes_that_catch_up_are_replaced_as_a_whole(tables: HubTables) -> None:
    tables.set_catching_up({b"a" * 17: 3, b"b" * 17: 4})
    tables.set_catching_up({b"b" * 17: 9})
    assert tables.catching_up() == {b"b" * 17: 9}


def test_what_was_passed_over_is_noted(tables: HubTables) -> None:
    tables.pass_over(7, "malformed", "not MessagePack")
    tables.pass_over(None, "bad-signature", "a receipt")
    assert tables.passed_over() == [(7, "malformed", "not MessagePack"), (None, "bad-signature", "a receipt")]
    assert tables.left_out() == (0, 2)
