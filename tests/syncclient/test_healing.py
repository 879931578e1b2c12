"""SPEC X6, X9: what a hub lost comes back from whoever holds it, whoever wrote it and whatever its verdict."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from haidang_protocol.envelope import OpenedSet
from haidang_syncclient.client import Report
from haidang_syncclient.editing import FormSession
from haidang_syncclient.replica import Replica
from haidang_syncclient.views import waiting
from tests.syncclient.hub import Hub, sync
from tests.syncclient.village import REPORTS_HERE, Village, give

RECORD = b"\x07" * 16


@pytest.fixture
def hub(tmp_path: Path, village: Village) -> Iterator[Hub]:
    with Hub(tmp_path, village) as running:
        yield running


def met(replica: Replica, hub: Hub) -> Report:
    """A sync that comes to its end."""
    report = sync(replica, hub.url)
    assert report.error is None, report.error
    return report


def write(replica: Replica, *values: object) -> list[OpenedSet]:
    """One set for each value."""
    made = []
    for value in values:
        FormSession(replica, REPORTS_HERE, RECORD).put("so_ho", value).save()
        made += replica.seal()
    return made


def held(replica: Replica) -> set[bytes]:
    return {each.facts.id for each in replica.store.in_scope(REPORTS_HERE)}


def test_x6_a_hub_that_fell_back_to_the_cursor_and_was_overtaken_is_found_out_by_the_newest_receipt(
    village: Village, hub: Hub
) -> None:
    phone, other, newcomer = (village.replica(name) for name in ("phone", "other", "newcomer"))
    for replica in (phone, other, phone):
        met(replica, hub)
    kept = hub.backup("kept")
    (lost,) = write(phone, 1)
    met(phone, hub)
    hub.put_back(kept)
    (overtaking,) = write(other, 2)
    met(other, hub)
    assert met(phone, hub).healed == 1
    met(newcomer, hub)
    assert held(newcomer) == {lost.id, overtaking.id}


def test_x9_the_work_of_somebody_who_never_comes_back_is_offered_by_who_holds_it(
    village: Village, hub: Hub
) -> None:
    author, reader, newcomer = (village.replica(name) for name in ("author", "reader", "newcomer"))
    met(reader, hub)
    kept = hub.backup("kept")
    written = write(author, 1, 2)
    met(author, hub)
    met(reader, hub)
    hub.put_back(kept)
    assert met(reader, hub).healed == 1
    met(newcomer, hub)
    assert held(newcomer) == {each.id for each in written}


def test_x9_a_parked_set_is_offered_again_too(village: Village, hub: Hub) -> None:
    author, reader, newcomer = (village.replica(name) for name in ("author", "reader", "newcomer"))
    met(reader, hub)
    kept = hub.backup("kept")
    lost, parked = write(author, 1, 2)
    give(reader, [parked])
    assert [each.set_id for each in waiting(reader, REPORTS_HERE)] == [parked.id]
    met(reader, hub)
    hub.put_back(kept)
    met(reader, hub)
    met(newcomer, hub)
    assert held(newcomer) == held(reader) == {parked.id}
    assert lost.id not in held(reader)
