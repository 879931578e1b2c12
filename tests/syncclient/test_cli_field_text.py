"""Answers as people type them: what is read, what is shown, and that both agree."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from haidang_protocol.definitions.form_values import misfit
from haidang_protocol.definitions.forms import Choice, Field, Kind
from haidang_protocol.definitions.text import format_number, nfc
from haidang_protocol.definitions.words import Words
from haidang_protocol.limits import INTEGER_MAX
from haidang_syncclient.commands.field_text import FieldTextError, read_answer, read_step, show_answer

CHOICES = (
    Choice("HD", "Đang hoạt động", "Operating"),
    Choice("TN", "Tạm ngừng", "Suspended"),
    Choice("HDKTX", "Hoạt động không thường xuyên", "Working at times"),
)


def field(kind: Kind, size: int = 0) -> Field:
    chosen = CHOICES if kind in {"sel1", "selN"} else ()
    return Field(
        name="x", kind=kind, size=size, label=Words("x", "x"), origin="reg",
        merge="add" if kind == "selN" else "put", display="latest", choices=chosen,
    )  # fmt: skip


@given(st.integers(-INTEGER_MAX, INTEGER_MAX), st.integers(0, 6))
def test_a_number_that_was_shown_is_read_back(number: int, digits: int) -> None:
    asked = field("dec", digits)
    assert read_answer(asked, show_answer(asked, number, "vi")) == number


@given(st.integers(-INTEGER_MAX, INTEGER_MAX))
def test_an_amount_of_money_that_was_shown_is_read_back(amount: int) -> None:
    assert read_answer(field("money"), show_answer(field("money"), amount, "vi")) == amount


@given(st.dates())
def test_a_date_is_read_in_both_ways_of_writing(date: Any) -> None:
    asked, iso = field("date"), date.isoformat()
    assert read_answer(asked, iso) == iso
    assert read_answer(asked, show_answer(asked, iso, "vi")) == iso


@given(st.datetimes())
def test_a_moment_is_read_in_both_ways_of_writing(moment: Any) -> None:
    asked, iso = field("datetime"), moment.isoformat()[:16]
    assert read_answer(asked, iso) == iso
    assert read_answer(asked, show_answer(asked, iso, "vi")) == iso


@given(
    st.integers(-900_000_000, 900_000_000), st.integers(-1_800_000_000, 1_800_000_000), st.integers(0, 500)
)
def test_a_position_is_read_with_points_or_commas(latitude: int, longitude: int, accuracy: int) -> None:
    place, asked = (latitude, longitude, accuracy), field("geo")
    degrees = [format_number(number, 7).replace(".", "") for number in place[:2]]
    assert read_answer(asked, "; ".join([*degrees, str(accuracy)])) == place
    assert (
        read_answer(asked, ", ".join([*(each.replace(",", ".") for each in degrees), f"{accuracy}m"]))
        == place
    )


@given(st.text(max_size=60))
def test_a_text_is_stored_in_one_form(text: str) -> None:
    try:
        nfc(text).encode()
    except UnicodeEncodeError:
        assume(False)
    read = read_answer(field("text", 200), text)
    assert read == (nfc(text).strip() or None)


@given(
    st.sampled_from(["int", "money", "dec", "bool", "date", "datetime", "sel1", "selN", "geo"]),
    st.text(max_size=20),
)
def test_what_is_read_always_fits_its_field(kind: Kind, text: str) -> None:
    asked = field(kind, 2 if kind == "dec" else 0)
    try:
        read = read_answer(asked, text)
    except FieldTextError:
        return
    assert read is None or misfit(asked, read) is None


@pytest.mark.parametrize("text", ["HD", "hd", "Đang hoạt động", "dang hoat dong", "OPERATING"])
def test_a_choice_is_known_by_code_or_label_without_marks(text: str) -> None:
    assert read_answer(field("sel1"), text) == "HD"


def test_several_choices_are_divided_by_commas() -> None:
    assert read_answer(field("selN"), "HD, tạm ngừng, HD") == ("HD", "TN")


@pytest.mark.parametrize(
    ("text", "answer"), [("có", True), ("CO", True), ("yes", True), ("không", False), ("0", False)]
)
def test_yes_and_no_are_read_in_both_languages(text: str, answer: bool) -> None:  # noqa: FBT001 - a table of cases
    assert read_answer(field("bool"), text) is answer


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "1,5"), ("int", "1.2"), ("int", "nhiều"), ("int", str(INTEGER_MAX + 1)), ("money", "1,5"),
        ("dec", "1,234"), ("bool", "chắc"), ("date", "30/02/2019"), ("date", "hôm qua"),
        ("datetime", "18/02/2019"), ("datetime", "18/02/2019 24:61"), ("sel1", "MO"), ("selN", "HD, MO"),
        ("geo", "10"), ("geo", "91; 105"), ("calc", "5"), ("photo", "a.jpg"), ("rows", "x"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(kind: Kind, text: str) -> None:
    with pytest.raises(FieldTextError):
        read_answer(field(kind, 2 if kind == "dec" else 0), text)


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(FieldTextError):
        read_answer(field("text", 3), "dài quá")


@given(st.integers(-(10**6), 10**6).filter(bool))
def test_a_step_has_a_sign_or_none(step: int) -> None:
    assert read_step(f"{step:+d}") == step
    assert read_step(str(step)) == step


@pytest.mark.parametrize("text", ["0", "+", "nhiều", ""])
def test_what_is_no_step_is_refused(text: str) -> None:
    with pytest.raises(FieldTextError):
        read_step(text)


@pytest.mark.parametrize("kind", ["int", "date", "datetime", "sel1", "geo", "bool", "text"])
@given(
    value=st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.binary(max_size=3)
    | st.lists(st.integers())
)
def test_a_value_that_does_not_fit_is_shown_all_the_same(kind: Kind, value: Any) -> None:
    assert isinstance(show_answer(field(kind), value, "vi"), str)
