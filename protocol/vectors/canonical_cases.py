"""Vectors of single values (SPEC B3, B8)."""

import struct
from collections.abc import Iterator
from typing import Any

from haidang_protocol.canonical import encode
from haidang_protocol.limits import INTEGER_MAX, TEXT_BYTES_MAX
from vectors.cases import Case, invalid, repeated, tagged, valid

NOTES = [
    "One MessagePack value by SPEC B3. `hex` is the bytes, or an object head, fill, times, tail for long ones.",
    'Valid: reading gives `value` (bin as {"bin": hex}) and writing `value` gives the bytes. Invalid: refused with `code`.',
]

VALUES: list[tuple[str, Any]] = [
    ("nil", None),
    ("false", False),
    ("true", True),
    ("zero", 0),
    ("one-byte", 127),
    ("uint8-first", 128),
    ("uint8-last", 255),
    ("uint16-first", 256),
    ("uint16-last", 65535),
    ("uint32-first", 65536),
    ("uint32-last", 2**32 - 1),
    ("uint64-first", 2**32),
    ("integer-max", INTEGER_MAX),
    ("minus-one", -1),
    ("negative-one-byte-last", -32),
    ("int8-first", -33),
    ("int8-last", -128),
    ("int16-first", -129),
    ("int16-last", -32768),
    ("int32-first", -32769),
    ("int32-last", -(2**31)),
    ("int64-first", -(2**31) - 1),
    ("integer-min", -INTEGER_MAX),
    ("empty-text", ""),
    ("vietnamese", "Điểm phục vụ bưu chính đã có tủ sách"),
    ("text-31", "x" * 31),
    ("text-32", "x" * 32),
    ("text-255", "x" * 255),
    ("text-256", "x" * 256),
    ("text-beyond-the-basic-plane", "🏮 hải đăng 𝟘"),
    ("text-with-controls", "a\x00\n\x1f"),
    ("text-combining-without-composition", "q\u0323\u0307"),
    ("text-of-scripts-that-are-not-judged", "\u212b\u0958\u1100\u1161"),
    ("empty-bin", b""),
    ("bin-255", b"\xff" * 255),
    ("bin-256", b"\x00" * 256),
    ("bin-of-text", "đèn".encode()),
    ("empty-array", []),
    ("array-15", list(range(15))),
    ("array-16", list(range(16))),
    ("mixed", [None, True, -1, "một", b"\x01", ["hai", [3]]]),
    ("eight-deep", [[[[[[[[1, "x"]]]]]]]]),
    ("eight-deep-empty", [[[[[[[[]]]]]]]]),
]

TYPES = [
    ("float-one", "a whole number as float64", b"\xcb" + struct.pack(">d", 1.0)),
    ("float-half", "float64", b"\xcb" + struct.pack(">d", 0.5)),
    ("float-minus-zero", "−0.0", b"\xcb" + struct.pack(">d", -0.0)),
    ("float-nan", "not a number", b"\xcb" + struct.pack(">d", float("nan"))),
    ("float-infinite", "infinity", b"\xcb" + struct.pack(">d", float("inf"))),
    ("float32", "float32", b"\xca" + struct.pack(">f", 1.5)),
    ("float-2-53", "2^53 as float64, as JavaScript would write it", b"\xcb" + struct.pack(">d", 2.0**53)),
    ("float-inside", "a float in an array", b"\x92\x01\xcb" + struct.pack(">d", 2.0)),
    ("map-empty", "an empty map", b"\x80"),
    ("map", "a map", b"\x81\xa1a\x01"),
    ("map16", "a map16", b"\xde\x00\x01\x01\x02"),
    ("map-duplicate-key", "a map that names a key twice", b"\x82\xa1a\x01\xa1a\x02"),
    ("map-inside", "a map in an array", b"\x91\x80"),
    ("ext-fixext1", "an extension of one byte", b"\xd4\x01\x00"),
    ("ext-ext8", "an extension of no bytes", b"\xc7\x00\x05"),
    ("ext-timestamp", "a timestamp", b"\xd6\xff\x00\x00\x00\x01"),
    ("ext-inside", "an extension in an array", b"\x91\xd4\x01\x00"),
    ("never-used", "the byte that MessagePack never uses", b"\xc1"),
]

TRUNCATED = [
    ("nothing", "no bytes", b""),
    ("cut-integer", "an integer cut short", b"\xcd\x01"),
    ("cut-text", "a text cut short", b"\xa3ab"),
    ("cut-bin", "a bin cut short", b"\xc4\x02\x00"),
    ("cut-array", "an array cut short", b"\x92\x01"),
    ("cut-length", "a length cut short", b"\xdb\x00\x00"),
    ("array-that-promises-too-much", "an array of 2^32−1 values that has none", b"\xdd\xff\xff\xff\xff"),
    ("bin-that-promises-too-much", "a bin of 2^32−1 bytes that has none", b"\xc6\xff\xff\xff\xff"),
    ("behind-a-value", "a byte behind the value", b"\x01\x00"),
    ("behind-an-array", "a value behind an array", b"\x91\x01\xc0"),
]

LONGER = [
    ("int-5-as-uint8", "5 in two bytes", b"\xcc\x05"),
    ("int-5-as-uint16", "5 in three bytes", b"\xcd\x00\x05"),
    ("int-5-as-uint32", "5 in five bytes", b"\xce\x00\x00\x00\x05"),
    ("int-5-as-uint64", "5 in nine bytes", b"\xcf" + bytes(7) + b"\x05"),
    ("int-5-as-int8", "5 as a signed byte", b"\xd0\x05"),
    ("int-5-as-int64", "5 as a signed number of eight bytes", b"\xd3" + bytes(7) + b"\x05"),
    ("int-minus-1-as-int8", "−1 in two bytes", b"\xd0\xff"),
    ("int-minus-1-as-int16", "−1 in three bytes", b"\xd1\xff\xff"),
    ("int-200-as-int16", "200 as a signed number: unsigned is shorter", b"\xd1\x00\xc8"),
    ("int-65535-as-uint32", "65535 in five bytes", b"\xce\x00\x00\xff\xff"),
    ("int-minus-128-as-int16", "−128 in three bytes", b"\xd1\xff\x80"),
    ("text-1-as-str8", "a short text with a length byte", b"\xd9\x01a"),
    ("text-1-as-str16", "a short text with two length bytes", b"\xda\x00\x01a"),
    ("text-1-as-str32", "a short text with four length bytes", b"\xdb\x00\x00\x00\x01a"),
    ("text-32-as-str16", "32 letters with two length bytes", b"\xda\x00\x20" + b"x" * 32),
    ("bin-1-as-bin16", "a short bin with two length bytes", b"\xc5\x00\x01a"),
    ("bin-1-as-bin32", "a short bin with four length bytes", b"\xc6\x00\x00\x00\x01a"),
    ("array-1-as-array16", "a short array with two length bytes", b"\xdc\x00\x01\x01"),
    ("array-1-as-array32", "a short array with four length bytes", b"\xdd\x00\x00\x00\x01\x01"),
    ("array-0-as-array16", "an empty array with two length bytes", b"\xdc\x00\x00"),
    ("longer-inside", "5 in two bytes inside an array", b"\x92\x01\xcc\x05"),
]

NOT_UTF_8 = [
    ("utf8-ff", "a byte that UTF-8 never uses", b"\xff"),
    ("utf8-lone-continuation", "a continuation byte alone", b"\x80"),
    ("utf8-cut", "a letter of three bytes cut to two", b"\xe1\xba"),
    ("utf8-overlong", "NUL in two bytes", b"\xc0\x80"),
    ("utf8-high-surrogate", "a lone high surrogate", b"\xed\xa0\x80"),
    ("utf8-low-surrogate", "a lone low surrogate", b"\xed\xb0\x80"),
    ("utf8-surrogate-pair", "a letter as two surrogates (CESU-8)", b"\xed\xa0\xbc\xed\xbf\xae"),
    ("utf8-beyond-unicode", "a number beyond U+10FFFF", b"\xf5\x80\x80\x80"),
]

NOT_NFC = [
    ("nfd-vietnamese", "Việt, decomposed", "Vie\u0323\u0302t"),
    ("nfd-half-composed", "Việt, composed half", "Vi\u1eb9\u0302t"),
    ("nfd-marks-out-of-order", "marks in another order", "e\u0302\u0323"),
    ("nfd-beside-another-script", "Việt, decomposed, behind a jamo", "\u1100Vie\u0323\u0302t"),
    ("nfc-tone-mark", "a mark that NFC writes as another", "a\u0340"),
]

NUMBERS = [
    ("integer-2-53", "2^53", b"\xcf" + (2**53).to_bytes(8)),
    ("integer-minus-2-53", "−2^53", b"\xd3" + (-(2**53)).to_bytes(8, signed=True)),
    ("integer-u64-max", "2^64−1", b"\xcf" + b"\xff" * 8),
    ("integer-i64-max", "2^63−1", b"\xcf" + (2**63 - 1).to_bytes(8)),
    ("integer-i64-min", "−2^63", b"\xd3" + (-(2**63)).to_bytes(8, signed=True)),
    ("integer-2-53-inside", "2^53 inside an array", b"\x91\xcf" + (2**53).to_bytes(8)),
]

LONG: list[tuple[str, str, Case, str]] = [
    ("nine-deep", "nine arrays", repeated(b"", b"\x91", 9, b"\xc0"), "over-limit"),
    ("nine-deep-empty", "an empty array inside eight", repeated(b"", b"\x91", 8, b"\x90"), "over-limit"),
    ("thousand-deep", "1,000 arrays", repeated(b"", b"\x91", 1000, b"\xc0"), "over-limit"),
    ("ten-thousand-deep", "10,000 arrays", repeated(b"", b"\x91", 10_000, b"\xc0"), "over-limit"),
    ("million-deep", "1,000,000 arrays", repeated(b"", b"\x91", 10**6, b"\xc0"), "over-limit"),
    ("text-over", "16 KiB and a letter", repeated(b"\xda\x40\x01", b"x", TEXT_BYTES_MAX + 1), "over-limit"),
    ("text-over-in-bytes", "5,462 letters of three bytes", repeated(b"\xda\x40\x02", "ệ".encode(), 5462), "over-limit"),
]  # fmt: skip


def cases() -> Iterator[Case]:
    """All cases of canonical.json."""
    for name, value in VALUES:
        yield valid(name, name.replace("-", " "), "value", hex=encode(value).hex(), value=tagged(value))
    full = repeated(b"\xda\x40\x00", b"x", TEXT_BYTES_MAX)
    yield valid("text-full", "16 KiB of text", "value", "long", hex=full)
    refused = [
        ("malformed", "type", TYPES),
        ("malformed", "truncated", TRUNCATED),
        ("not-canonical", "longer", LONGER),
        ("malformed", "utf-8", [(name, why, bytes([0xA0 + len(raw)]) + raw) for name, why, raw in NOT_UTF_8]),
        ("not-canonical", "nfc", [(name, why, encode(text)) for name, why, text in NOT_NFC]),
        ("over-limit", "number", NUMBERS),
    ]
    for code, flag, several in refused:
        for name, comment, data in several:
            yield invalid(name, comment, code, flag, hex=data.hex())
    for name, comment, written, code in LONG:
        yield invalid(name, comment, code, "long", hex=written)
