"""What a new phone gets from an officer: an offer, read from a QR code or fetched with a typed code (SPEC E1, E4).

Time and random bytes are arguments. Whoever holds an offer can ask for one certificate, once; the officer still has to
confirm it (SPEC E3), so a stolen offer shows instead of harming.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from haidang_protocol import canonical
from haidang_protocol.body import Id
from haidang_protocol.errors import CodeError, OfferError, OfferExpiredError, ProtocolError
from haidang_protocol.ids import CROCKFORD, ID16, digest, spell

OFFER_PREFIX: Final = "HD1:"
CHECK_BYTES: Final = 4
CODE_BYTES: Final = 10
CODE_LETTERS: Final = 16
NONCE_BYTES: Final = 12
URL_BYTES_MAX: Final = 512

_ID_INFO: Final = b"haidang/code-id/1"
_SEAL_INFO: Final = b"haidang/code-seal/1"
_SEAL_KEY_BYTES: Final = 32
_LOOKALIKES: Final = str.maketrans("OIL", "011")
_BETWEEN_GROUPS: Final = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
_WEB_ADDRESS: Final = re.compile(r"https?://[!-~]+")

_Bytes32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Offer(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """All that a new phone needs to trust and to ask for its certificate (SPEC E1).

    `root_set_hash` and `hub` (its server id) are what it trusts; `url` is where it finds the hub; `seed` is the private
    key of the offer and `certificate` the id of that key's certificate; `expiry` in seconds since 1970.
    """

    root_set_hash: _Bytes32
    hub: Id
    url: str
    seed: _Bytes32
    certificate: Id
    unit: Id
    expiry: int


def offer_to_text(offer: Offer) -> str:
    """The text of the QR code: the offer, and bytes that show a letter copied wrong."""
    data = _to_bytes(offer)
    return OFFER_PREFIX + urlsafe_b64encode(data + _check_of(data)).rstrip(b"=").decode()


def offer_from_text(text: str) -> Offer:
    """Read the text of a QR code; blanks around it do not matter.

    Raises:
        OfferError: it is no offer.
    """
    packed = text.strip().removeprefix(OFFER_PREFIX)
    if not text.strip().startswith(OFFER_PREFIX):
        raise OfferError(f"this is no offer of Hải Đăng: it does not begin with {OFFER_PREFIX}")
    try:
        data = urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    except ValueError:
        raise OfferError("the offer is damaged or incomplete: scan it again") from None
    offer, check = data[:-CHECK_BYTES], data[-CHECK_BYTES:]
    if check != _check_of(offer) or urlsafe_b64encode(data).rstrip(b"=").decode() != packed:
        raise OfferError("the offer is damaged or incomplete: scan it again")
    return _from_bytes(offer)


def check_expiry(offer: Offer, now: int) -> None:
    """Refuse an offer whose time is over; `now` in seconds since 1970.

    Raises:
        OfferExpiredError: ask the officer for a new one.
    """
    if now >= offer.expiry:
        raise OfferExpiredError("the offer has expired: ask the officer for a new one")


def code_to_text(code: bytes) -> str:
    """The 16 letters of a code of 10 random bytes, in groups of four."""
    if len(code) != CODE_BYTES:
        raise CodeError(f"a code is made of {CODE_BYTES} bytes")
    return spell(code)


def code_from_text(text: str) -> bytes:
    """Read a typed code, whatever its case and grouping; O is read as 0, I and L as 1.

    Raises:
        CodeError: it is not a code of 16 letters.
    """
    letters = _BETWEEN_GROUPS.sub("", text).upper().translate(_LOOKALIKES)
    unknown = sorted(set(letters) - set(CROCKFORD))
    if unknown:
        raise CodeError(f"no code has the letter {unknown[0]}: look again at what was written")
    if len(letters) != CODE_LETTERS:
        raise CodeError(f"a code has {CODE_LETTERS} letters and digits, this has {len(letters)}")
    number = 0
    for letter in letters:
        number = number * 32 + CROCKFORD.index(letter)
    return number.to_bytes(CODE_BYTES)


def code_id(code: bytes) -> bytes:
    """The 16 bytes at which the hub keeps the sealed offer; they do not tell the code."""
    return _derive(code, _ID_INFO, ID16)


def seal_offer(code: bytes, offer: Offer, nonce: bytes) -> bytes:
    """The offer as the hub keeps it, readable with the code alone; `nonce` is 12 random bytes."""
    if len(nonce) != NONCE_BYTES:
        raise OfferError(f"a nonce has {NONCE_BYTES} bytes")
    return nonce + _cipher(code).encrypt(nonce, _to_bytes(offer), None)


def open_offer(code: bytes, sealed: bytes) -> Offer:
    """Read a sealed offer.

    Raises:
        CodeError: the code does not open it, or it was altered.
        OfferError: what was sealed is no offer.
    """
    try:
        data = _cipher(code).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
    except (InvalidTag, ValueError):
        raise CodeError(
            "the code does not open this offer: check the code, or ask the officer for a new one"
        ) from None
    return _from_bytes(data)


def _cipher(code: bytes) -> AESGCM:
    return AESGCM(_derive(code, _SEAL_INFO, _SEAL_KEY_BYTES))


def _derive(code: bytes, info: bytes, size: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=size, salt=None, info=info).derive(code)


def _check_of(offer: bytes) -> bytes:
    return digest("haidang/offer/1", offer)[:CHECK_BYTES]


def _to_bytes(offer: Offer) -> bytes:
    return canonical.encode(offer)


def _from_bytes(data: bytes) -> Offer:
    try:
        offer = msgspec.convert(canonical.decode(data), Offer, builtin_types=(bytes,))
    except (ProtocolError, msgspec.ValidationError) as error:
        raise OfferError(f"this is no offer: {error}") from None
    if not _WEB_ADDRESS.fullmatch(offer.url) or len(offer.url) > URL_BYTES_MAX:
        raise OfferError("the offer names no web address")
    return offer
