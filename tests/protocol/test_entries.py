"""SPEC A6, A7, A9: entries as values; one that is not of the stated form means nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.canonical import decode, encode
from haidang_protocol.entries import (
    Adopt,
    Entry,
    Redact,
    Refuse,
    Retire,
    Revoke,
    adopt_value,
    parent_of,
    read,
    revoke_value,
)
from haidang_protocol.operations import ADOPT, CERTIFY, DIRECTIVE, REDACT, REFUSE, RETIRE, REVOKE, UNIT

KEY, UNIT_ID, SET_ID, SCOPE = b"k" * 16, b"u" * 16, b"s" * 32, b"\x00" * 17
set_ids = st.lists(st.binary(min_size=32, max_size=32), max_size=4, unique=True)
logs = st.dictionaries(st.tuples(st.integers(0, 9), st.binary(min_size=17, max_size=17)), set_ids, max_size=3)


def entry(kind: int, value: Any) -> Entry:
    """The entry after its way through bytes."""
    return Entry(kind, UNIT_ID, decode(encode(value)), KEY)


@given(logs, st.text(max_size=5).filter(str.isascii))
def test_a_revoke_says_what_the_officer_stated(
    kept: dict[tuple[int, bytes], list[bytes]], reason: str
) -> None:
    found = read(entry(REVOKE, revoke_value(KEY, kept, reason)), REVOKE)
    assert isinstance(found, Revoke)
    assert (found.key, found.named, found.reason) == (KEY, frozenset(kept), reason)
    assert sorted(found.tips) == sorted(tip for tips in kept.values() for tip in tips)
    backwards = {log: tips[::-1] for log, tips in reversed(kept.items())}
    assert revoke_value(KEY, backwards, reason) == revoke_value(KEY, kept, reason)


@given(set_ids, set_ids)
def test_an_adopt_says_what_the_officer_stated(tips: list[bytes], bases: list[bytes]) -> None:
    found = read(entry(ADOPT, adopt_value(tips, bases, "đã hỏi")), ADOPT)
    assert found == Adopt(tuple(sorted(tips)), tuple(sorted(bases)), "đã hỏi")


@pytest.mark.parametrize(
    ("kind", "value", "meaning"),
    [
        (RETIRE, [KEY, "nghỉ"], Retire(KEY, "nghỉ")),
        (REFUSE, [[SET_ID], ""], Refuse((SET_ID,), "")),
        (REDACT, [[SET_ID], ""], Redact((SET_ID,), "")),
    ],
)
def test_an_entry_is_read_by_its_kind_alone(kind: int, value: Any, meaning: object) -> None:
    assert read(entry(kind, value), kind) == meaning
    assert read(entry(kind, value), DIRECTIVE) is None
    assert read(entry(DIRECTIVE, value), DIRECTIVE) is None


@pytest.mark.parametrize(
    "wrong", [None, "", [], [KEY], [KEY, 1], [KEY, "", "", ""], [b"k", ""], [[b"s"], ""]]
)
@pytest.mark.parametrize("kind", [CERTIFY, REVOKE, ADOPT, RETIRE, REFUSE, REDACT])
def test_an_entry_of_another_form_means_nothing(kind: int, wrong: Any) -> None:
    assert read(entry(kind, wrong), kind) is None


@pytest.mark.parametrize(
    "logs",
    [
        None,
        [1],
        [[0, SCOPE]],
        [[True, SCOPE, []]],
        [[-1, SCOPE, []]],
        [[0, SCOPE[:16], []]],
        [[0, SCOPE, None]],
        [[0, SCOPE, [SET_ID[:16]]]],
    ],
)
def test_a_revoke_of_logs_of_another_form_means_nothing(logs: Any) -> None:
    assert read(entry(REVOKE, [KEY, logs, ""]), REVOKE) is None


def test_a_redact_takes_no_third_part_and_a_revoke_and_an_adopt_need_one() -> None:
    assert read(entry(REDACT, [[SET_ID], [], ""]), REDACT) is None
    assert read(entry(REFUSE, [[SET_ID], [], ""]), REFUSE) is None
    assert read(entry(REVOKE, [KEY, ""]), REVOKE) is None
    assert read(entry(ADOPT, [[SET_ID], ""]), ADOPT) is None


@pytest.mark.parametrize(
    ("value", "parent"),
    [([UNIT_ID, "Xã An"], UNIT_ID), ([None], None), ([], None), ([b"u"], None), (7, None)],
)
def test_a_unit_entry_names_its_parent_or_none(value: Any, parent: bytes | None) -> None:
    assert parent_of(entry(UNIT, value)) == parent
