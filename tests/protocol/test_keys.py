"""B1, T22: which keys may be enrolled, which signatures verify, and the proof of possession."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol import keys
from haidang_protocol.errors import KeyRefusedError, SignatureError
from haidang_protocol.keys import check_possession, prove_possession, public_key
from haidang_protocol.signatures import fits
from tests.protocol.strategies import KEYS
from vectors import points
from vectors.cases import Case

CASES: list[Case] = json.loads(
    (Path(__file__).parents[2] / "protocol" / "vectors" / "keys.json").read_text()
)["cases"]
SMALL = points.torsion()

seeds = st.binary(min_size=32, max_size=32)


def cases(flag: str, result: str) -> list[Any]:
    return [pytest.param(c, id=c["id"]) for c in CASES if flag in c["flags"] and c["result"] == result]


@pytest.mark.parametrize("case", cases("key", "valid"))
def test_b1_a_key_of_the_vectors_may_be_enrolled(case: Case) -> None:
    raw = bytes.fromhex(case["public_key"])
    assert public_key(raw).public_bytes_raw() == raw


@pytest.mark.parametrize("case", cases("key", "invalid"))
def test_b1_a_key_of_the_vectors_is_refused(case: Case) -> None:
    with pytest.raises(KeyRefusedError, match="public key") as refused:
        public_key(bytes.fromhex(case["public_key"]))
    assert refused.value.code == case["code"]


@pytest.mark.parametrize("case", cases("signature", "valid"))
def test_b1_a_signature_of_the_vectors_verifies(case: Case) -> None:
    key = public_key(bytes.fromhex(case["public_key"]))
    signature, message = bytes.fromhex(case["signature"]), bytes.fromhex(case["message"])
    key.verify(signature, message)
    assert fits(key, signature, message)


@pytest.mark.parametrize("case", cases("signature", "invalid"))
def test_b1_a_signature_of_the_vectors_is_refused(case: Case) -> None:
    key = public_key(bytes.fromhex(case["public_key"]))
    signature, message = bytes.fromhex(case["signature"]), bytes.fromhex(case["message"])
    with pytest.raises(InvalidSignature):
        key.verify(signature, message)
    assert not fits(key, signature, message)


@given(seeds)
def test_b1_every_key_that_is_made_may_be_enrolled(seed: bytes) -> None:
    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert public_key(raw).public_bytes_raw() == raw
    assert points.encode(points.times(points.scalar_of(seed)[0], points.BASE)) == raw


@given(seeds, st.integers(1, 7))
def test_b1_an_honest_key_moved_by_a_point_of_small_order_is_refused(seed: bytes, which: int) -> None:
    honest = points.times(points.scalar_of(seed)[0], points.BASE)
    with pytest.raises(KeyRefusedError, match="mixed order"):
        public_key(points.encode(points.add(honest, SMALL[which])))


@given(seeds)
def test_b1_any_32_bytes_are_judged_as_plain_arithmetic_judges_them(raw: bytes) -> None:
    number = int.from_bytes(raw, "little")
    y = number & (2**255 - 1)
    point = points.with_y(y) if y < points.P else None
    if point is not None and point[0] % 2 != number >> 255:
        point = (-point[0] % points.P, point[1])
    enrolled = (
        point is not None
        and points.encode(point) == raw
        and point != points.NEUTRAL
        and points.times(points.L, point) == points.NEUTRAL
    )
    if enrolled:
        public_key(raw)
    else:
        with pytest.raises(KeyRefusedError):
            public_key(raw)


def test_b1_the_twelve_kinds_of_harmful_keys_are_all_refused() -> None:
    """Of small order, in all their encodings: the 8 canonical ones and the 6 others."""
    y_p = [points.encode_raw(y, sign) for y in (points.P, points.P + 1) for sign in (0, 1)]
    signed_zero = [points.encode_raw(y, 1) for y in (1, points.P - 1)]
    harmful = {points.encode(point) for point in SMALL} | {*y_p, *signed_zero}
    assert len(harmful) == 14
    for raw in harmful:
        with pytest.raises(KeyRefusedError):
            public_key(raw)


def test_b1_with_a_mixed_order_key_verifiers_could_be_set_against_each_other() -> None:
    """Why such keys are refused: with one, a signature holds for some challenges and not for others."""
    scalar, _ = points.scalar_of(b"\x01" * 32)
    mixed = points.encode(points.add(points.times(scalar, points.BASE), SMALL[1]))
    key, verdicts = Ed25519PublicKey.from_public_bytes(mixed), set()
    for nonce in range(1, 30):
        r = points.encode(points.times(nonce, points.BASE))
        s = (nonce + points.challenge(r, mixed, b"m") * scalar) % points.L
        try:
            key.verify(r + s.to_bytes(32, "little"), b"m")
            verdicts.add(True)
        except InvalidSignature:
            verdicts.add(False)
    assert verdicts == {True, False}


def test_b1_the_constants_are_those_of_rfc_8032() -> None:
    assert (keys._FIELD, keys._ORDER) == (points.P, points.L)
    assert (
        points.D % points.P == 37095705934669439343138083508754565189542113879843219016388785533085940283555
    )


def test_b1_neither_curve_nor_twist_has_other_points_that_come_back_unchanged() -> None:
    factor = 5 * points.L - 1
    twist = (2 * points.P + 2 - 8 * points.L) // 4
    assert factor % 8 == 0
    assert 2**254 <= factor < 2**255
    assert (factor + 1) % points.L == 0
    assert all((factor + sign) % 2 and (factor + sign) % twist for sign in (1, -1))


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_b1_a_proof_of_possession_is_for_one_key_and_context(context: bytes, other: bytes) -> None:
    proof = prove_possession(KEYS[0], context)
    check_possession(KEYS[0].public_key(), context, proof)
    with pytest.raises(SignatureError):
        check_possession(KEYS[1].public_key(), context, proof)
    if other != context:
        with pytest.raises(SignatureError):
            check_possession(KEYS[0].public_key(), other, proof)


@given(st.binary(max_size=80))
def test_b1_a_proof_of_possession_is_no_signature_of_anything_else(context: bytes) -> None:
    proof = prove_possession(KEYS[0], context)
    with pytest.raises(InvalidSignature):
        KEYS[0].public_key().verify(proof, context)
    with pytest.raises(SignatureError):
        check_possession(KEYS[0].public_key(), context, KEYS[0].sign(context))


@pytest.mark.parametrize("proof", [b"", bytes(63), bytes(64), bytes(65)])
def test_b1_what_is_no_signature_proves_nothing(proof: bytes) -> None:
    with pytest.raises(SignatureError):
        check_possession(KEYS[0].public_key(), b"context", proof)
