"""The proof that opens a reading session is good for one server, key and nonce, and for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.errors import SignatureError
from haidang_protocol.ids import key_id
from haidang_protocol.session_proof import SESSION_DOMAIN, check_session, prove_session, session_bytes
from haidang_protocol.statements import DOMAINS
from tests.protocol.actors import private_key, public_key

KEY = key_id(public_key(1))
ID = st.binary(min_size=16, max_size=16)


@given(ID, st.binary(max_size=60))
def test_a_proof_holds_for_what_it_was_made_for(server: bytes, nonce: bytes) -> None:
    proof = prove_session(private_key(1), server, KEY, nonce)
    check_session(private_key(1).public_key(), server, KEY, nonce, proof)


@given(ID, ID, st.binary(max_size=60), st.binary(max_size=60))
def test_another_server_or_nonce_needs_another_proof(
    server: bytes, other: bytes, nonce: bytes, later: bytes
) -> None:
    proof = prove_session(private_key(1), server, KEY, nonce)
    if (server, nonce) != (other, later):
        with pytest.raises(SignatureError):
            check_session(private_key(1).public_key(), other, KEY, later, proof)


def test_another_key_cannot_prove_it() -> None:
    proof = prove_session(private_key(2), bytes(16), KEY, b"nonce")
    with pytest.raises(SignatureError):
        check_session(private_key(1).public_key(), bytes(16), KEY, b"nonce", proof)


def test_its_domain_is_its_own() -> None:
    assert session_bytes(bytes(16), KEY, b"").startswith(b"haidang/session/1\x00")
    assert not any(domain.startswith(SESSION_DOMAIN) for domain in DOMAINS.values())
