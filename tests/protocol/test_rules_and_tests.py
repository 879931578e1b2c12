"""`docs/rules-and-tests.md` names, for each rule that SPEC marks, tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| ([A-Z]\d+) \| [^|]+ \| (`[^|]+`) \|$")
MARK = "⚔"


def rules() -> dict[str, str]:
    """The text of each rule of the specification."""
    text = (ROOT / "protocol" / "SPEC.md").read_text()
    parts = re.split(r"^- \*\*([A-Z]\d+)\*\*", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows() -> list[tuple[str, list[str]]]:
    """The rule and the tests of each row."""
    lines = (ROOT / "docs" / "rules-and-tests.md").read_text().splitlines()
    found = [ROW.match(line) for line in lines if line.startswith("|")][2:]
    return [(row[1], re.findall("`([^`]+)`", row[2])) for row in found if row is not None]


def test_every_marked_rule_has_a_row_and_every_row_a_rule() -> None:
    named = {rule for rule, _ in rows()}
    marked = {rule for rule, text in rules().items() if MARK in text}
    assert len(marked) > 20
    assert marked - named == set()
    assert named - rules().keys() == set()


def test_every_line_of_the_table_is_read() -> None:
    text = (ROOT / "docs" / "rules-and-tests.md").read_text()
    assert len(rows()) == len(re.findall(r"^\| [A-Z]\d", text, flags=re.MULTILINE))


@pytest.mark.parametrize(("rule", "tests"), rows())
def test_the_tests_that_a_row_names_are_there(rule: str, tests: list[str]) -> None:
    for each in tests:
        path, _, name = each.partition("::")
        assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), flags=re.MULTILINE), each
