"""`docs/bad-input.md` names, for each kind of bad input, tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "bad-input.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ")
]
KINDS = (
    "bad signature", "wrong scope", "unknown predecessor", "oversized", "too deep", "malformed", "non-canonical", "float",
    "not nfc", "unknown operation", "unknown field", "used or expired enrolment code", "revoked key", "stale nonce", "replay",
    "wrong server", "captive portal", "disk full", "read-only folder", "newer version", "corrupted database page",
    "six months", "a response lost", "the same request twice", "cut at any byte", "`kill -9` of the client",
    "`kill -9` of the hub",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_row_with_tests(kind: str) -> None:
    rows = [row for row in ROWS if kind in row[0].lower()]
    assert rows
    assert all("::test_" in row[-1] for row in rows)


def test_every_cell_is_filled() -> None:
    assert all(all(row) for row in ROWS)


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[^`]+)::(test_[^`]+)`", PAGE)
    assert len(named) > 60
    for path, name in named:
        assert re.search(
            rf"^(async )?def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE
        ), name


def test_every_code_that_the_page_names_is_one() -> None:
    codes = {code for row in ROWS if len(row) == 5 for code in re.findall(r"`([a-z-]+)`", row[3])}
    sources = "".join(
        (ROOT / path).read_text(encoding="utf-8")
        for path in (
            "server/haidang_server/errors.py", "syncclient/haidang_syncclient/errors.py",
            "protocol/haidang_protocol/errors.py", "protocol/haidang_protocol/ledger.py",
            "protocol/haidang_protocol/authority.py", "protocol/haidang_protocol/verdicts.py",
            "syncclient/haidang_syncclient/words/office_troubles.py",
        )
    )  # fmt: skip
    assert [code for code in sorted(codes) if f'"{code}"' not in sources] == []
