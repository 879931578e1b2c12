"""B1: a signature fits exactly if OpenSSL says so, whoever is asked first."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import example, given
from hypothesis import strategies as st
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from haidang_protocol.signatures import SIGNATURE_BYTES, fits
from vectors import points

SEED = bytes(range(32))
PRIVATE = Ed25519PrivateKey.from_private_bytes(SEED)
SECRET = points.scalar_of(SEED)[0]
MULTIPLES = {factor: points.times(factor, points.BASE) for factor in (0, 1, 7, SECRET)}
SMALL = points.torsion()
UNUSUAL = [
    points.encode_raw(y, sign) for y in (0, 1, points.P - 1, points.P, points.P + 1) for sign in (0, 1)
]


def openssl(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def sodium(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True


def moved(point: points.Point, by: int) -> bytes:
    return points.encode(points.add(point, SMALL[by]))


@st.composite
def forgeries(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """Keys and signatures at the edges: points of small or mixed order, encodings that are not the one, S of L and more."""
    message = draw(st.binary(max_size=40))
    nonce = draw(st.sampled_from(sorted(MULTIPLES)))
    public = draw(
        st.sampled_from(UNUSUAL)
        | st.integers(0, 7).map(lambda by: moved(MULTIPLES[SECRET], by))
        | st.integers(0, 7).map(lambda by: points.encode(SMALL[by]))
    )
    commitment = draw(
        st.sampled_from(UNUSUAL)
        | st.integers(0, 7).map(lambda by: moved(MULTIPLES[nonce], by))
        | st.integers(0, 7).map(lambda by: points.encode(SMALL[by]))
    )
    challenge = points.challenge(commitment, public, message)
    secret = draw(st.sampled_from([SECRET, 0]))
    scalar = (nonce + challenge * secret) % points.L + draw(st.sampled_from([0, points.L]))
    return public, commitment + scalar.to_bytes(32, "little"), message


@given(forgeries())
def test_b1_what_fits_is_what_openssl_accepts(forgery: tuple[bytes, bytes, bytes]) -> None:
    public, signature, message = forgery
    accepted = openssl(public, signature, message)
    assert fits(Ed25519PublicKey.from_public_bytes(public), signature, message) == accepted
    assert accepted or not sodium(public, signature, message)


@given(st.binary(max_size=200), st.integers(0, SIGNATURE_BYTES * 8 - 1))
def test_b1_an_honest_signature_fits_and_none_with_another_bit(message: bytes, bit: int) -> None:
    signature = PRIVATE.sign(message)
    other = bytearray(signature)
    other[bit // 8] ^= 1 << bit % 8
    assert fits(PRIVATE.public_key(), signature, message)
    assert not fits(PRIVATE.public_key(), bytes(other), message)


@given(st.binary(min_size=2, max_size=40), st.integers(1, 40))
@example(b"haidang", 1)
def test_b1_bytes_do_not_pass_from_the_message_into_the_signature(message: bytes, count: int) -> None:
    signature, public = PRIVATE.sign(message), PRIVATE.public_key()
    assert not fits(public, signature + message[:count], message[count:])
    assert not fits(public, signature[:-count], signature[-count:] + message)
