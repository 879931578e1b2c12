"""A connection cut after n bytes, for n all over a push and its reply: nothing lost, nothing double, no reset."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from haidang_protocol import reading
from haidang_syncclient.editing import FormSession
from haidang_syncclient.errors import CutError
from haidang_syncclient.replica import Replica
from haidang_syncclient.views import counts
from tests.syncclient.hub import Hub, sync
from tests.syncclient.test_sync import met, prove
from tests.syncclient.village import REPORTS_HERE, Village
from tests.syncclient.weak_link import WeakLink

RECORD = b"\x07" * 16
STEP = 11
"""Bytes between two cuts; every save shifts the next request by some bytes, so that all places are met."""


@pytest.fixture
def hub(tmp_path: Path, village: Village) -> Iterator[Hub]:
    with Hub(tmp_path, village) as running:
        yield running


def saved(phone: Replica, number: int) -> None:
    FormSession(phone, REPORTS_HERE, RECORD).put("muc", number).count("luot", 1).save()


def cut_at(phone: Replica, hub: Hub, side: str, limit: int) -> tuple[bool, int]:
    """One sync over a link that breaks after so many bytes of a side; whether it broke, and how many went that way."""
    with WeakLink(hub.port, **{side: limit}) as link:
        prove(phone, link.url)
        error = sync(phone, link.url).error
        assert isinstance(error, CutError | None), error
        return error is not None, link.bytes_up if side == "up" else link.bytes_down


@pytest.mark.parametrize("side", ["up", "down"])
def test_a_connection_cut_after_any_number_of_bytes_is_made_good_by_the_next(
    village: Village, hub: Hub, side: str
) -> None:
    phone = village.replica("phone")
    met(phone, hub)
    number, limit, broken = 0, 0, True
    while broken:
        saved(phone, number)
        number += 1
        broken, _ = cut_at(phone, hub, side, limit)
        if number % 10 == 0:
            # Not every time: what piles up has to get through as well.
            met(phone, hub)
            assert counts(phone).received == number
        limit += STEP
    assert number > 20
    report = met(phone, hub)
    assert report.healed == 0
    assert (counts(phone).received, counts(phone).saved, counts(phone).sending) == (number, 0, 0)
    reader = village.replica("reader")
    for replica in (reader, phone):
        met(replica, hub)
    state = reader.state(REPORTS_HERE, RECORD)
    assert reading.tally(state, "luot") == number
    assert phone.ledger.scope_digests(REPORTS_HERE) == reader.ledger.scope_digests(REPORTS_HERE)
