"""B3: the strict MessagePack has one encoding for each value and reads no other."""

import re
from typing import Any
from unicodedata import is_normalized, normalize

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from haidang_protocol import canonical
from haidang_protocol.errors import LimitError, MalformedError, NotCanonicalError, ProtocolError
from haidang_protocol.limits import INTEGER_MAX, NESTING_MAX, TEXT_BYTES_MAX
from tests.protocol.strategies import scalars, texts, values


@given(values())
def test_b3_a_value_comes_back_as_it_was(value: Any) -> None:
    canonical.check(value)
    assert canonical.decode(canonical.encode(value)) == value


@given(values(), values())
def test_b3_two_values_never_share_an_encoding(one: Any, other: Any) -> None:
    assert (canonical.encode(one) == canonical.encode(other)) == (repr(one) == repr(other))


@given(st.binary(max_size=60))
def test_b3_what_is_read_is_what_would_be_written(data: bytes) -> None:
    try:
        value = canonical.decode(data)
    except ProtocolError:
        return
    assert canonical.encode(value) == data


@given(values(), st.binary(min_size=1, max_size=9))
def test_b3_nothing_stands_behind_the_value(value: Any, more: bytes) -> None:
    with pytest.raises(MalformedError):
        canonical.decode(canonical.encode(value) + more)


@given(values().filter(lambda value: len(canonical.encode(value)) > 1), st.data())
def test_b3_a_value_cut_short_is_refused(value: Any, data: st.DataObject) -> None:
    whole = canonical.encode(value)
    with pytest.raises(MalformedError):
        canonical.decode(whole[: data.draw(st.integers(0, len(whole) - 1))])


def longer_encodings(value: Any) -> list[bytes]:
    """Every other encoding that MessagePack has for a short scalar or array."""
    match value:
        case bool() | None:
            return []
        case int():
            signed = [b"\xd0", b"\xd1", b"\xd2", b"\xd3"]
            unsigned = [b"\xcc", b"\xcd", b"\xce", b"\xcf"] if value >= 0 else []
            fitting = [
                mark + value.to_bytes(size, signed=mark in signed)
                for marks in (signed, unsigned)
                for mark, size in zip(marks, (1, 2, 4, 8), strict=False)
                if -(2 ** (8 * size - 1)) <= value < 2 ** (8 * size - (mark in signed))
            ]
        case str():
            raw = value.encode()
            fitting = _sized(raw, len(raw), {1: b"\xd9", 2: b"\xda", 4: b"\xdb"})
        case bytes():
            fitting = _sized(value, len(value), {1: b"\xc4", 2: b"\xc5", 4: b"\xc6"})
        case _:
            items = b"".join(map(canonical.encode, value))
            fitting = _sized(items, len(value), {2: b"\xdc", 4: b"\xdd"})
    return [other for other in fitting if other != canonical.encode(value)]


def _sized(content: bytes, size: int, marks: dict[int, bytes]) -> list[bytes]:
    return [mark + size.to_bytes(width) + content for width, mark in marks.items() if size < 2 ** (8 * width)]


@given(scalars() | st.lists(scalars(), max_size=20))
def test_b3_every_longer_encoding_is_refused(value: Any) -> None:
    for other in longer_encodings(value):
        assert msgspec.msgpack.decode(other) == value
        with pytest.raises(NotCanonicalError):
            canonical.decode(other)
        with pytest.raises(NotCanonicalError):
            canonical.decode(b"\x91" + other)


@given(st.integers(-(2**63), 2**64 - 1))
@example(INTEGER_MAX)
@example(INTEGER_MAX + 1)
@example(-INTEGER_MAX)
@example(-INTEGER_MAX - 1)
def test_b3_integers_end_where_javascript_loses_them(number: int) -> None:
    data = msgspec.msgpack.encode([number])
    if abs(number) <= INTEGER_MAX:
        assert canonical.decode(data) == [number]
    else:
        with pytest.raises(LimitError):
            canonical.decode(data)


@given(st.floats(), st.integers(0, 3))
def test_b3_no_float_is_read_even_a_whole_one(number: float, depth: int) -> None:
    data = b"\x91" * depth + msgspec.msgpack.encode(number)
    with pytest.raises(MalformedError, match="float"):
        canonical.decode(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x80",
        b"\x81\x01\x01",
        b"\x81\x90\x01",
        b"\xd4\x01\x00",
        b"\xc7\x00\x05",
        b"\xd6\xff\x00\x00\x00\x01",
        b"\xc1",
    ],
)
def test_b3_maps_and_extensions_do_not_exist(data: bytes) -> None:
    for wrapped in (data, b"\x91" + data):
        with pytest.raises(MalformedError):
            canonical.decode(wrapped)


LATIN = [chr(code) for code in (*range(0x370), *range(0x1E00, 0x1F00))]


@given(st.text(st.one_of(st.sampled_from(LATIN), st.sampled_from("ae\u0300\u0301\u0323\u1ea1")), max_size=20))
@example("Tie\u0302\u0301ng Vie\u0323\u0302t")
def test_b3_latin_text_is_read_exactly_if_it_is_in_nfc(text: str) -> None:
    data = msgspec.msgpack.encode(text)
    if is_normalized("NFC", text):
        assert canonical.decode(data) == text
    else:
        with pytest.raises(NotCanonicalError):
            canonical.decode(data)


@given(st.text(max_size=20).map(lambda text: normalize("NFC", text)))
@example("🫨 \U00011383")
def test_b3_what_is_in_nfc_by_this_unicode_is_read(text: str) -> None:
    assert canonical.decode(msgspec.msgpack.encode(text)) == text


@given(st.lists(st.sampled_from([*LATIN, "\u1100", "\u1161", "\u0915"]), max_size=6).map("".join))
def test_b3_what_any_unicode_calls_nfc_is_judged_so_by_its_runs_too(text: str) -> None:
    runs = re.findall("[\u0000-\u036f\u1e00-\u1eff]+", text)
    assert canonical.is_nfc(text) == all(is_normalized("NFC", run) for run in runs)


@given(st.text(max_size=8), st.text(max_size=8))
@example("", "")
def test_b3_a_latin_text_out_of_nfc_is_refused_wherever_it_stands(before: str, after: str) -> None:
    with pytest.raises(NotCanonicalError):
        canonical.decode(msgspec.msgpack.encode(f"{before}\u0958Vie\u0323\u0302t\u0958{after}"))


@given(st.lists(st.text(st.sampled_from("ae\u0300\u0301\u0323\u1ea1\n\u1e69"), max_size=4), max_size=4))
def test_b3_texts_that_stand_together_are_judged_each_for_itself(several: list[str]) -> None:
    if all(is_normalized("NFC", text) for text in several):
        canonical.check_texts(several)
    else:
        with pytest.raises(NotCanonicalError):
            canonical.check_texts(several)


@pytest.mark.parametrize("raw", [b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80", b"\xe1\xba"])
def test_b3_text_that_is_not_utf_8_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        canonical.decode(bytes([0xA0 + len(raw)]) + raw)


def test_b3_a_lone_surrogate_is_refused_before_it_is_encoded() -> None:
    for value in ("\ud800", ["ok", "\udfff"]):
        with pytest.raises(MalformedError, match="surrogate"):
            canonical.check(value)


@pytest.mark.parametrize("depth", [9, 10, 100, 1000, 10_000, 1_000_000])
@pytest.mark.parametrize("array", [b"\x91", b"\xdc\x00\x01"])
def test_b8_what_is_nested_too_deep_is_over_the_limit_however_deep(depth: int, array: bytes) -> None:
    with pytest.raises(LimitError, match="nested deeper than 8"):
        canonical.decode(array * depth + b"\xc0")


def test_b8_nesting_ends_at_eight() -> None:
    canonical.decode(b"\x91" * NESTING_MAX + b"\xc0")
    canonical.decode(b"\x91" * (NESTING_MAX - 1) + b"\x90")
    with pytest.raises(LimitError):
        canonical.decode(b"\x91" * NESTING_MAX + b"\x90")


@given(texts(max_size=3).filter(bool), st.integers(-2, 2))
def test_b8_text_ends_at_sixteen_kibibytes(unit: str, more: int) -> None:
    times = TEXT_BYTES_MAX // len(unit.encode()) + more
    text = normalize("NFC", unit * times)
    data = canonical.encode(text)
    if len(text.encode()) > TEXT_BYTES_MAX:
        with pytest.raises(LimitError):
            canonical.decode(data)
    else:
        assert canonical.decode(data) == text


@pytest.mark.parametrize("value", [1.0, {1: 2}, {1, 2}, object(), ["ok", 0.5], ("ok", {})])
def test_b3_a_value_of_another_type_is_refused_before_it_is_encoded(value: Any) -> None:
    with pytest.raises(MalformedError, match="does not exist"):
        canonical.check(value)


def test_b3_an_array_may_be_a_tuple_when_written() -> None:
    canonical.check((1, ("a", b"b"), None, True))
    assert canonical.encode((1, ("a",))) == canonical.encode([1, ["a"]])
