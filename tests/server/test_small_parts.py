"""Quota, nonces, settings, keys: small rules, each with its edge."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.frames import Outgoing, write_groups
from haidang_protocol.messages import Refusal
from haidang_server.errors import FileUnreadableError, SettingsWrongError
from haidang_server.keys import new_key, read_key, write_key
from haidang_server.nonces import Nonces
from haidang_server.quota import WAIT_MAX, Allowance, Quota
from haidang_server.settings import Settings, TlsFront, overridden, read_settings
from tests.server.caller import Caller
from tests.server.running import running
from tests.server.world import World

KEY, OTHER = b"\x01" * 16, b"\x02" * 16


class Ticks:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_quota_is_spent_and_comes_back_with_time() -> None:
    ticks = Ticks()
    quota = Quota(ticks, anybody=Allowance(burst=100, rate=10))
    assert quota.within(KEY, 60)
    assert not quota.within(KEY, 60)
    assert quota.within(KEY, 40)
    assert quota.within(OTHER, 100)
    ticks.seconds = 5
    assert not quota.allows(KEY, 51)
    assert quota.within(KEY, 50)


@given(st.lists(st.tuples(st.floats(0, 50), st.integers(0, 200)), max_size=30))
def test_nobody_gets_more_than_burst_and_rate_allow(steps: list[tuple[float, int]]) -> None:
    ticks = Ticks()
    quota = Quota(ticks, anybody=Allowance(burst=100, rate=10))
    taken = 0
    for seconds, size in steps:
        ticks.seconds += seconds
        taken += size if quota.within(KEY, size) else 0
        assert taken <= 100 + 10 * ticks.seconds + 1e-6


def test_good_standing_waits_and_is_never_refused() -> None:
    quota = Quota(Ticks(), good_standing=Allowance(burst=100, rate=50))
    assert quota.wait(KEY, 100) == 0
    assert quota.wait(KEY, 50) == 1
    assert quota.wait(KEY, 10**9) == WAIT_MAX


def test_a_flood_of_an_unconfirmed_key_is_not_taken_and_no_verdict(folder: Path, world: World) -> None:
    with running(folder) as hub:
        hall = hub.app.state.service.hall
        hall.quota.__init__(
            Ticks(), anybody=Allowance(burst=8_000, rate=0), good_standing=Allowance(10**9, 1)
        )
        hub.sync(Caller(world, world.district), [world.retire(world.district, world.phone)])
        flood = [world.phone.report(number, values=40) for number in range(128)]
        answer = hub.sync(Caller(world, world.phone), flood)
        assert answer.received == set()
        assert answer.refused == [Refusal(number, "quota") for number in range(128)]
        good = [world.other.report(number, values=40) for number in range(128)]
        assert hub.sync(Caller(world, world.other), good).received == {good[-1].id}
        carried = hub.sync(Caller(world, world.other), flood)
        assert not carried.refused
        assert len(list(write_groups([Outgoing(each.id, each.parts) for each in flood]))) > 1


def test_a_nonce_is_good_once_for_its_own_key() -> None:
    nonces = Nonces(os.urandom)
    first = nonces.give(KEY)
    assert not nonces.spend(OTHER, first)
    assert nonces.spend(KEY, first)
    assert not nonces.spend(KEY, first)
    old, new = nonces.give(KEY), nonces.give(KEY)
    assert not nonces.spend(KEY, old)
    assert nonces.spend(KEY, new)
    assert not nonces.spend(KEY, None)


def test_settings_come_from_the_environment() -> None:
    assert read_settings({}) == Settings()
    given_ = {
        "HAIDANG_DATA": "/srv/hub",
        "HAIDANG_PORT": "0",
        "HAIDANG_OPENERS": "3",
        "HAIDANG_LOG_LEVEL": "WARNING",
        "HAIDANG_TLS_FRONT": "baocao.example.vn@[::1]:443",
        "HAIDANG_TRUSTED_PROXY": "2001:db8::/64",
    }
    front = TlsFront("baocao.example.vn", "::1", 443)
    assert read_settings(given_ | {"OTHER": "x"}) == Settings(
        data=Path("/srv/hub"),
        port=0,
        openers=3,
        log_level="warning",
        tls_front=front,
        trusted_proxy="2001:db8::/64",
    )


def test_all_problems_of_the_settings_are_told_together() -> None:
    wrong = {
        "HAIDANG_PORT": "99999", "HAIDANG_LANG": "fr", "HAIDANG_TLS_CERTIFICATE": "/nowhere.pem", "HAIDANG_OPENERS": "-1",
        "HAIDANG_DISK_RESERVE_MIB": "lots", "HAIDANG_TLS_FRONT": "caddy:443",
        "HAIDANG_TRUSTED_PROXY": "caddy",
    }  # fmt: skip
    with pytest.raises(SettingsWrongError) as caught:
        read_settings(wrong)
    for name in wrong:
        assert name in caught.value.sentence("en")
        assert name in caught.value.sentence("vi")


def test_options_stand_above_the_environment() -> None:
    settings = overridden(read_settings({"HAIDANG_PORT": "9000", "HAIDANG_HOST": "::"}), port=1, host=None)
    assert (settings.port, settings.host) == (1, "::")


def test_a_key_comes_back_and_is_its_owners_alone(tmp_path: Path) -> None:
    key = new_key(os.urandom)
    write_key(tmp_path / "key", key)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert read_key(tmp_path / "key").private_bytes_raw() == key.private_bytes_raw()
    with pytest.raises(FileUnreadableError, match="exists"):
        write_key(tmp_path / "key", key)
    (tmp_path / "key").write_bytes(b"nonsense")
    with pytest.raises(FileUnreadableError):
        read_key(tmp_path / "key")
    with pytest.raises(FileUnreadableError):
        read_key(tmp_path / "nowhere")
