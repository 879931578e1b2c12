"""Reading sessions: a nonce, a proof of the key, a secret in a cookie or a header, and their end."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_server.sessions import (
    CHALLENGE_SECONDS,
    SESSION_SECONDS,
    SESSIONS_MAX,
    Sessions,
)
from tests.server.reading_desk import Clock, Desk, bearer, opened, stand_in
from tests.server.shelf import Stand

COOKIE = "__Host-haidang"


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return stand_in(tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(stand: Stand, clock: Clock) -> Iterator[Desk]:
    with opened(stand, clock) as found:
        yield found


# ------------------------------------------------------------------------------------------------------ the sessions


@given(st.binary(max_size=48), st.integers(0, 2**40))
def test_a_nonce_that_was_not_made_here_opens_nothing(nonce: bytes, now: int) -> None:
    assert not Sessions(os.urandom).spend(nonce, now)


@given(st.integers(0, 319))
def test_a_nonce_with_a_flipped_bit_opens_nothing(bit: int) -> None:
    sessions = Sessions(os.urandom)
    nonce = bytearray(sessions.challenge(1_000))
    nonce[bit // 8] ^= 1 << bit % 8
    assert not sessions.spend(bytes(nonce), 1_000)


@given(st.integers(-10, 2 * CHALLENGE_SECONDS))
def test_a_nonce_holds_for_its_seconds_and_opens_once(later: int) -> None:
    sessions = Sessions(os.urandom)
    nonce = sessions.challenge(10_000)
    fresh = 0 <= later < CHALLENGE_SECONDS
    assert sessions.spend(nonce, 10_000 + later) == fresh
    assert not sessions.spend(nonce, 10_000 + later)


def test_another_server_did_not_make_it() -> None:
    assert not Sessions(os.urandom).spend(Sessions(os.urandom).challenge(5), 5)


def test_the_oldest_session_makes_room_for_the_newest() -> None:
    sessions = Sessions(os.urandom)
    first = sessions.open(bytes(16), 0)
    for _ in range(SESSIONS_MAX):
        last = sessions.open(bytes(16), 0)
    assert sessions.find(first.secret, 1) is None
    assert sessions.find(last.secret, 1) is not None


# ----------------------------------------------------------------------------------------------------------- over HTTP


def test_a_session_reads_until_it_ends(desk: Desk, stand: Stand, clock: Clock) -> None:
    headers = desk.login(stand.shelf.phone)
    assert desk.ask(headers, "/v1/session")["key"] == stand.shelf.phone.id.hex()
    clock.now += SESSION_SECONDS - 1
    desk.ask(headers, "/v1/records")
    clock.now += 1
    assert desk.refused(headers, "/v1/records") == (401, "session-needed")


def test_a_program_ends_its_session(desk: Desk, stand: Stand) -> None:
    headers = desk.login(stand.shelf.phone)
    assert desk.client.delete("/v1/session", headers=headers).status_code == 204
    assert desk.refused(headers, "/v1/records") == (401, "session-needed")


def test_the_same_proof_opens_no_second_session(desk: Desk, stand: Stand) -> None:
    nonce = desk.nonce()
    assert desk.prove(stand.shelf.phone, nonce).status_code == 201
    again = desk.prove(stand.shelf.phone, nonce)
    assert (again.status_code, again.json()["code"]) == (403, "challenge-spent")


def test_a_stale_nonce_opens_nothing(desk: Desk, stand: Stand, clock: Clock) -> None:
    nonce = desk.nonce()
    clock.now += CHALLENGE_SECONDS
    assert desk.prove(stand.shelf.phone, nonce).json()["code"] == "challenge-spent"


def test_a_proof_for_another_server_opens_nothing(desk: Desk, stand: Stand) -> None:
    nonce = desk.nonce()
    desk.server = bytes(16)
    refused = desk.prove(stand.shelf.phone, nonce)
    assert (refused.status_code, refused.json()["code"]) == (403, "bad-signature")


def test_a_key_that_nobody_certified_is_unknown(desk: Desk, stand: Stand) -> None:
    stranger = stand.shelf.person("stranger", stand.shelf.an)
    refused = desk.prove(stranger, desk.nonce())
    assert (refused.status_code, refused.json()["code"]) == (403, "unknown-key")


def test_a_key_that_may_read_nothing_any_more_opens_nothing(stand: Stand) -> None:
    stand.take(stand.shelf.retire(stand.shelf.district, stand.shelf.phone))
    with opened(stand) as desk:
        refused = desk.prove(stand.shelf.phone, desk.nonce())
        assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "ab"},
        {"key": "zz" * 16},
        {"nonce": "not hexadecimal"},
        {"signature": "00"},
        {"carrier": "pigeon"},
        {"more": 1},
    ],
)
def test_a_malformed_proof_is_said_to_be_one(desk: Desk, stand: Stand, wrong: dict[str, object]) -> None:
    refused = desk.prove(stand.shelf.phone, desk.nonce(), **wrong)
    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")


def test_nothing_that_was_wrong_spends_the_nonce(desk: Desk, stand: Stand) -> None:
    nonce = desk.nonce()
    assert desk.prove(stand.shelf.phone, nonce, signature="00" * 64).status_code == 403
    assert desk.prove(stand.shelf.phone, nonce).status_code == 201


# ---------------------------------------------------------------------------------------------------------- in browsers


def test_a_cookie_is_for_this_host_over_tls_from_its_own_pages_and_no_script(
    desk: Desk, stand: Stand
) -> None:
    answer = desk.prove(stand.shelf.phone, desk.nonce(), carrier="cookie")
    assert answer.json()["token"] is None
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith(f"{COOKIE}=hds_")
    assert {each.lower() for each in attributes} == {
        "httponly", "secure", "samesite=strict", "path=/", f"max-age={SESSION_SECONDS}",
    }  # fmt: skip


def cookie_of(desk: Desk, stand: Stand) -> tuple[dict[str, str], str]:
    answer = desk.prove(stand.shelf.phone, desk.nonce(), carrier="cookie")
    secret = answer.headers["set-cookie"].split("; ")[0].partition("=")[2]
    desk.client.cookies.clear()
    return {"Cookie": f"{COOKIE}={secret}"}, answer.json()["csrf"]


def test_a_cookie_reads_and_changes_nothing_without_the_page_s_own_word(desk: Desk, stand: Stand) -> None:
    headers, csrf = cookie_of(desk, stand)
    desk.ask(headers, "/v1/records")
    for wrong in ({}, {"X-CSRF-Token": "guess"}):
        refused = desk.client.delete("/v1/session", headers=headers | wrong)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    assert desk.client.delete("/v1/session", headers=headers | {"X-CSRF-Token": csrf}).status_code == 204
    assert desk.refused(headers, "/v1/records") == (401, "session-needed")


def test_a_token_in_a_cookie_is_no_session(desk: Desk) -> None:
    assert desk.refused({"Cookie": f"{COOKIE}=hdt_x"}, "/v1/records") == (401, "session-needed")


@pytest.mark.parametrize(
    "headers",
    [{}, bearer("hds_guess"), bearer(""), {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}],
)
def test_who_proves_nothing_reads_nothing(desk: Desk, headers: dict[str, str]) -> None:
    assert desk.refused(headers, "/v1/records") == (401, "session-needed")


def test_what_ends_a_key_s_reading_ends_its_session(stand: Stand, clock: Clock) -> None:
    shelf = stand.shelf
    with opened(stand, clock) as desk:
        headers = desk.login(shelf.phone)
        desk.ask(headers, "/v1/records")
        hub = desk.client.app.state.service.hub
        with hub.transaction(clock.now):
            hub.take([shelf.retire(shelf.district, shelf.phone)])
        assert desk.refused(headers, "/v1/records") == (403, "not-allowed")


def test_secrets_are_kept_nowhere(desk: Desk, stand: Stand) -> None:
    headers = desk.login(stand.shelf.phone)
    secret = headers["Authorization"].removeprefix("Bearer ")
    sessions = desk.client.app.state.reading.gate.sessions
    assert secret not in repr(vars(sessions))
