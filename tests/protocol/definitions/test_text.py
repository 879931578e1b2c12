import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.canonical import is_nfc
from haidang_protocol.definitions.dates import date_text
from haidang_protocol.definitions.text import (
    fold,
    format_date,
    format_long_date,
    format_number,
    match_key,
    nfc,
    parse_date,
    parse_number,
    person_sort_key,
    sort_key,
)

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
words = st.text(VIETNAMESE + VIETNAMESE.upper() + " -–\u00a00123456789", max_size=30)
anything = st.text(max_size=30)


@given(anything)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(words)
def test_a_folded_vietnamese_text_is_plain_ascii_without_capitals(text: str) -> None:
    folded = fold(text)
    assert folded.isascii()
    assert folded == folded.lower().strip()
    assert "  " not in folded


@given(words)
def test_keys_do_not_depend_on_how_the_marks_were_typed(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert fold(decomposed) == fold(text)
    assert match_key(decomposed) == match_key(text)
    assert sort_key(decomposed) == sort_key(text)


@given(words)
def test_a_match_key_is_its_own_match_key_and_folds_like_its_text(text: str) -> None:
    key = match_key(text)
    assert match_key(key) == key
    assert is_nfc(key)
    assert fold(key) == fold(text)


@given(anything)
def test_stored_text_is_nfc_and_storing_it_again_changes_nothing(text: str) -> None:
    assert is_nfc(nfc(text))
    assert nfc(nfc(text)) == nfc(text)


@given(words, words)
def test_equal_sort_keys_mean_the_same_text_up_to_spaces_and_dashes(one: str, other: str) -> None:
    if sort_key(one) == sort_key(other):
        assert fold(one) == fold(other)


@given(st.lists(words))
def test_people_are_ordered_by_their_last_word_first(names: list[str]) -> None:
    ordered = sorted(names, key=person_sort_key)
    given_names = [sort_key((name.split() or [""])[-1]).split(" ")[0] for name in ordered]
    letters = [key for key in given_names if key]
    assert letters == sorted(letters)


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_a_number_written_is_read_back(scaled: int, digits: int) -> None:
    assert parse_number(format_number(scaled, digits), digits) == scaled


@given(st.integers(-700_000, 2_900_000))
def test_a_date_written_in_either_style_is_read_back(day: int) -> None:
    date = date_text(day)
    assert parse_date(format_date(date)) == date
    assert parse_date(format_long_date(date)) == date


@pytest.mark.parametrize("text", ["", "1,", ",5", "1.2345", "12.34.567", "--1", "1e3", "٣"])
def test_what_is_not_written_as_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        parse_number(text, 3)
