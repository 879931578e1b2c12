"""Names: every identifier of the protocol is a hash of stated bytes or random bytes given by the caller.

Sizes in bytes: change-set id 32, everything else 16, a scope 17 (kind and unit).
"""

from hashlib import sha256
from typing import Final

from haidang_protocol.canonical import encode
from haidang_protocol.errors import LimitError

ALGORITHM_ED25519: Final = 1

REPORTS: Final = 0
RESTRICTED: Final = 1
AUTHORITY: Final = 2
SCOPE_KINDS: Final = (REPORTS, RESTRICTED, AUTHORITY)

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

ID16: Final = 16
SET_ID_BYTES: Final = 32
SCOPE_BYTES: Final = 17
TAG_BYTES: Final = 8


def digest(domain: str, data: bytes) -> bytes:
    """`H(domain, data)`: 32 bytes."""
    return sha256(domain.encode() + b"\x00" + data).digest()


def key_id(public_key: bytes) -> bytes:
    """The 16-byte id of an Ed25519 public key of 32 bytes (SPEC B1)."""
    return digest("haidang/key/1", bytes([ALGORITHM_ED25519]) + public_key)[:ID16]


def form_id(form_value: object) -> bytes:
    """The 16-byte id of a form's canonical value (SPEC B5)."""
    return digest("haidang/form/1", encode(form_value))[:ID16]


def scope_of(kind: int, unit: bytes) -> bytes:
    """The 17-byte scope of a unit: kind is REPORTS, RESTRICTED or AUTHORITY."""
    return bytes([kind]) + unit


def scope_kind(scope: bytes) -> int:
    """REPORTS, RESTRICTED or AUTHORITY."""
    return scope[0]


def scope_unit(scope: bytes) -> bytes:
    """The 16-byte unit of a scope."""
    return scope[1:]


def derived_record_id(
    scope: bytes, family: str, subject: bytes | None, directive: str | None, period: bytes | None
) -> bytes:
    """The id that all who report the same thing arrive at (SPEC O4); subject None means the scope's own unit."""
    preimage: list[object] = [family, subject or scope_unit(scope), directive, period]
    if scope_kind(scope) == RESTRICTED:
        preimage.append("restricted")
    return digest("haidang/record/1", encode(preimage))[:ID16]


def derived_row_id(field: str, key: tuple[str, ...] | list[str]) -> bytes:
    """The id of a row with a natural key (SPEC O5)."""
    return digest("haidang/row/1", encode([field, list(key)]))[:ID16]


def next_tag(tag: bytes, saves: int) -> bytes:
    """The tag `saves` saves after `tag` (SPEC B4).

    Raises:
        LimitError: tags do not go on past 2^64−1.
    """
    try:
        return (int.from_bytes(tag) + saves).to_bytes(TAG_BYTES)
    except OverflowError:
        raise LimitError("tags do not go on past 2^64−1") from None


def fingerprint(key: bytes) -> str:
    """What two people compare aloud at enrolment: 80 bits of a key id as 16 letters in groups of four (SPEC E3)."""
    return spell(digest("haidang/fingerprint/1", key)[:10])


def spell(data: bytes) -> str:
    """10 bytes as 16 letters and digits of Crockford's base 32, in groups of four."""
    number = int.from_bytes(data)
    letters = "".join(CROCKFORD[(number >> (5 * place)) & 31] for place in range(15, -1, -1))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))
