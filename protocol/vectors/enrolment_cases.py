"""Vectors of offers and typed codes (SPEC E1, E4)."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec

from haidang_protocol.canonical import encode
from haidang_protocol.enrolment import Offer, code_id, code_to_text, offer_to_text, seal_offer
from vectors.cases import Case, invalid, valid

NOTES = [
    "`of` says what: a typed code (`typed` is read as `bytes`, shown as `text`, found at `code_id`), an offer as `text`,",
    "a sealed offer (`sealed` opens with `typed` to the offer `text`), or whether the offer `text` is still good at `now`.",
]

CODE = bytes.fromhex("0123456789abcdef0008")
NONCE = bytes(range(12))
OFFER = Offer(
    root_set_hash=b"\x01" * 32,
    hub=b"\x02" * 16,
    url="https://haidang.example.vn",
    seed=b"\x03" * 32,
    certificate=b"\x04" * 16,
    unit=b"\x05" * 16,
    expiry=1_551_398_400,
)
TEXT = offer_to_text(OFFER)

TYPED = [
    ("code", "04HM-ASW9-NF6Y-Y008", CODE),
    ("code-without-dashes", "04HMASW9NF6YY008", CODE),
    ("code-lower-case", "04hm-asw9-nf6y-yoo8", CODE),
    ("code-with-o", "O4HM-ASW9-NF6Y-YOO8", CODE),
    ("code-with-blanks", "  04HM ASW9\tNF6Y\nY008 ", CODE),
    ("code-with-long-dashes", "04HM–ASW9—NF6Y−Y008", CODE),
    ("code-with-i-and-l", "IL1I-l1i1-1111-1111", bytes.fromhex("08421084210842108421")),
    ("code-zeros", "0000-0000-0000-0000", bytes(10)),
    ("code-last", "ZZZZ-ZZZZ-ZZZZ-ZZZZ", b"\xff" * 10),
]
NOT_TYPED = [
    ("code-empty", ""),
    ("code-of-15", "04HM-ASW9-NF6Y-Y00"),
    ("code-of-17", "04HM-ASW9-NF6Y-Y0080"),
    ("code-with-u", "04HM-ASW9-NF6Y-U008"),
    ("code-with-vietnamese", "04HM-ASW9-NF6Y-Đ008"),
    ("code-with-sign", "04HM-ASW9-NF6Y-Y00!"),
]


def _text_of(value: Any) -> str:
    return _text_around(msgspec.msgpack.encode(value))


def _text_around(offer: bytes) -> str:
    check = sha256(b"haidang/offer/1\x00" + offer).digest()[:4]
    return "HD1:" + urlsafe_b64encode(offer + check).rstrip(b"=").decode()


def _offers() -> Iterator[Case]:
    fields = {name: getattr(OFFER, name) for name in OFFER.__struct_fields__}
    shown = {name: value.hex() if isinstance(value, bytes) else value for name, value in fields.items()}
    yield valid("offer", "an offer", of="offer", text=TEXT, **shown)
    whole = [*fields.values()]
    for name, place, value in (
        ("root-of-31-bytes", 0, bytes(31)),
        ("root-of-33-bytes", 0, bytes(33)),
        ("hub-of-32-bytes", 1, bytes(32)),
        ("url-nil", 2, None),
        ("url-empty", 2, ""),
        ("url-of-a-file", 2, "file:///etc"),
        ("url-with-blank", 2, "https://hai dang.vn"),
        ("url-with-vietnamese", 2, "https://hảiđăng.vn"),
        ("url-of-513-bytes", 2, "https://" + "x" * 505),
        ("seed-text", 3, "x" * 32),
        ("certificate-of-15-bytes", 4, bytes(15)),
        ("unit-nil", 5, None),
        ("expiry-float", 6, 1.0),
        ("expiry-2-53", 6, 2**53),
        ("expiry-true", 6, True),
    ):
        spoilt = [*whole]
        spoilt[place] = value
        yield invalid(
            f"offer-{name}", "an offer with this fault", "bad-offer", of="offer", text=_text_of(spoilt)
        )
    for name, text in (
        ("short", _text_of(whole[:-1])),
        ("long", _text_of([*whole, None])),
        ("map", _text_of({})),
        ("empty", "HD1:"),
        ("nothing", ""),
        ("without-prefix", TEXT[4:]),
        ("other-prefix", "HD2:" + TEXT[4:]),
        ("padded", TEXT + "="),
        ("cut", TEXT[:-1]),
        ("standard-base64", TEXT[:20] + "+" + TEXT[21:]),
        ("other-trailing-bits", TEXT[:-1] + chr(ord(TEXT[-1]) + 1)),
        ("blank-inside", TEXT[:20] + " " + TEXT[20:]),
        ("vietnamese", "HD1:đèn"),
        ("letter-of-the-expiry", TEXT[:-8] + ("A" if TEXT[-8] != "A" else "B") + TEXT[-7:]),
        ("without-check", "HD1:" + urlsafe_b64encode(encode(whole)).rstrip(b"=").decode()),
        ("check-only", _text_around(b"")),
        ("longer-integer", _text_around(encode(whole)[:-5] + b"\xcf" + OFFER.expiry.to_bytes(8))),
    ):  # fmt: skip
        yield invalid(f"offer-{name}", "no text of an offer", "bad-offer", of="offer", text=text)


def _sealed() -> Iterator[Case]:
    sealed, typed = seal_offer(CODE, OFFER, NONCE), code_to_text(CODE)
    yield valid("sealed", "an offer under its code", of="sealed", typed=typed, sealed=sealed.hex(), text=TEXT)
    for name, spoilt in (
        ("bit-0", bytes([sealed[0] ^ 1]) + sealed[1:]),
        ("bit-of-content", sealed[:40] + bytes([sealed[40] ^ 128]) + sealed[41:]),
        ("bit-of-tag", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        ("cut", sealed[:-1]),
        ("nonce-only", sealed[:12]),
        ("empty", b""),
    ):
        yield invalid(f"sealed-{name}", "altered", "bad-code", of="sealed", typed=typed, sealed=spoilt.hex())
    other = "0000-0000-0000-0000"
    yield invalid(
        "sealed-other-code", "another code", "bad-code", of="sealed", typed=other, sealed=sealed.hex()
    )


def cases() -> Iterator[Case]:
    """All cases of enrolment.json."""
    for name, typed, code in TYPED:
        names = {"bytes": code.hex(), "text": code_to_text(code), "code_id": code_id(code).hex()}
        yield valid(name, "a code as someone types it", of="code", typed=typed, **names)
    for name, typed in NOT_TYPED:
        yield invalid(name, "no code", "bad-code", of="code", typed=typed)
    yield from _offers()
    yield from _sealed()
    for name, now in (("before", OFFER.expiry - 1), ("long-before", 0)):
        yield valid(f"expiry-{name}", "the offer is good", of="expiry", text=TEXT, now=now)
    for name, now in (("then", OFFER.expiry), ("after", OFFER.expiry + 10**9)):
        yield invalid(
            f"expiry-{name}", "the offer has expired", "offer-expired", of="expiry", text=TEXT, now=now
        )
