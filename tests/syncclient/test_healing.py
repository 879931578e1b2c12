"""SPEC X6, X9: what a hub lost comes back from whoever holds it, whoever wrote it and whatever its verdict."""

from collections.abc import Callable, Container, Iterator
from pathlib import Path

import pytest

from haidang_protocol.envelope import OpenedSet
from haidang_syncclient import bookmark as bookmarks
from haidang_syncclient.bundles import export_bundle, import_bundle
from haidang_syncclient.client import Report, Surroundings, SyncClient
from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import CutError
from haidang_syncclient.http_transport import HttpTransport, Progress
from haidang_syncclient.replica import Replica
from haidang_syncclient.views import counts, waiting
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


class Forgetful(HttpTransport):
    """Loses some replies, counted from 0: the hub has acted on the request, and nobody hears of it.

    After so many requests nothing goes out any more.
    """

    def __init__(self, url: str, lost: Container[int] = (), requests: int = 99) -> None:
        super().__init__(url)
        self._lost, self._requests, self._next = lost, requests, 0

    def sync(self, body: bytes, proven: Callable[[bytes], bool], sent: Progress) -> Iterator[bytes]:
        if self._next == self._requests:
            raise CutError("no link")
        chunks = super().sync(body, proven, sent)
        self._next += 1
        if self._next - 1 in self._lost:
            list(chunks)
            raise CutError("lost on the way")
        return chunks


@pytest.mark.parametrize("lost", range(6))
def test_x9_whichever_reply_is_lost_a_heal_never_goes_farther_back_than_the_hub_did(
    village: Village, hub: Hub, lost: int
) -> None:
    author, reader = village.replica("author"), village.replica("reader")
    write(author, 1, 2, 3)
    met(author, hub)
    met(reader, hub)
    shared = bookmarks.load(reader).size
    kept = hub.backup("kept")
    written = write(author, 4, 5)
    met(author, hub)
    met(reader, hub)
    hub.put_back(kept)
    sizes = []
    world = Surroundings(
        random=lambda: 0.5,
        wait=lambda _seconds: True,
        watch=lambda _progress: sizes.append(bookmarks.load(reader).size),
        failures_max=1,
    )
    with Forgetful(hub.url, [lost]) as transport:
        report = SyncClient(reader, transport, world).sync()
    assert (report.error, report.healed) == (None, 1)
    assert min(sizes) == shared
    newcomer = village.replica("newcomer")
    met(newcomer, hub)
    assert {each.id for each in written} <= held(newcomer)


def healed_and_cut_off(replica: Replica, hub: Hub, got: int) -> None:
    """A sync whose link breaks for good after so many replies, the last one a heal: nothing of what was lost is offered yet."""
    world = Surroundings(random=lambda: 0.5, wait=lambda _seconds: False)
    with Forgetful(hub.url, requests=got) as transport:
        report = SyncClient(replica, transport, world).sync()
    assert (report.healed, type(report.error)) == (1, CutError)


def test_x9_a_receipt_of_before_a_heal_does_not_show_as_received_what_the_hub_lost(
    village: Village, hub: Hub, tmp_path: Path
) -> None:
    author = village.replica("author")
    (safe,) = write(author, 0)
    met(author, hub)
    kept = hub.backup("kept")
    lost = write(author, 1, 2)
    met(author, hub)
    export_bundle(author, tmp_path / "before")
    assert counts(author).received == 3
    hub.put_back(kept)
    healed_and_cut_off(author, hub, got=2)
    assert counts(author).received == 1
    import_bundle(author, tmp_path / "before")
    assert counts(author).received == 1
    assert author.hub.vouched([safe.id, *(each.id for each in lost)]) == {safe.id}
    assert set(author.hub.received_at([each.id for each in lost])) == {each.id for each in lost}
    met(author, hub)
    assert counts(author).received == 3


def test_x9_a_receipt_of_after_a_heal_shows_as_received_what_came_back(
    village: Village, hub: Hub, tmp_path: Path
) -> None:
    author, reader = village.replica("author"), village.replica("reader")
    write(author, 0)
    met(author, hub)
    met(reader, hub)
    kept = hub.backup("kept")
    written = [each.id for each in write(author, 1, 2)]
    met(author, hub)
    met(reader, hub)
    hub.put_back(kept)
    healed_and_cut_off(reader, hub, got=3)
    assert reader.hub.vouched(written) == set()
    hub.clock.seconds += 1000
    met(author, hub)
    export_bundle(author, tmp_path / "after")
    import_bundle(reader, tmp_path / "after")
    assert reader.hub.vouched(written) == set(written)


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
