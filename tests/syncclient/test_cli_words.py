"""The vocabulary: both languages complete, in one form, with the same places; nothing that is said is missing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import haidang_syncclient.commands as commands_package
from haidang_protocol.canonical import is_nfc
from haidang_protocol.verdicts import (
    CHAIN,
    NO_CERTIFICATE,
    NO_PREDECESSOR,
    REVOKED,
    UNAUTHORISED,
    UNCONFIRMED,
)
from haidang_protocol.workflow import STAGES
from haidang_syncclient.error_words import WORDS
from haidang_syncclient.words import Both
from haidang_syncclient.words.helps import COMMANDS, OPTIONS, PANELS, PROGRAM
from haidang_syncclient.words.labels import FIELD_KINDS, LABELS
from haidang_syncclient.words.sentences import SENTENCES
from haidang_syncclient.words.troubles import LIBRARY_EXITS, LIBRARY_HINTS, TROUBLES

PAIRS = {
    "program": PROGRAM,
    **{f"command {name}": words for name, (_, words) in COMMANDS.items()},
    **{f"option {name}": words for name, words in OPTIONS.items()},
    **{f"panel {name}": words for name, words in PANELS.items()},
    **{f"label {name}": words for name, words in LABELS.items()},
    **{f"field {name}": words for name, words in FIELD_KINDS.items()},
    **{f"sentence {name}": words for name, words in SENTENCES.items()},
    **{f"hint {name}": words for name, words in LIBRARY_HINTS.items()},
    **{f"{name} {part}": words for name, trouble in TROUBLES.items() for part, words in zip("wst", trouble[1:], strict=True)},
}  # fmt: skip
SOURCES = sorted(Path(commands_package.__file__).parent.glob("*.py"))


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("name", PAIRS)
def test_each_text_stands_in_both_languages_with_the_same_places(name: str) -> None:
    words = PAIRS[name]
    assert words.vi.strip()
    assert words.en.strip()
    assert places(words.vi) == places(words.en)
    assert is_nfc(words.vi)
    assert is_nfc(words.en)


def calls(name: str) -> Iterator[tuple[Path, ast.Call]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if called == name:
                    yield path, node


def first_texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return first_texts(node.body) + first_texts(node.orelse)
    return []


def test_every_sentence_that_is_said_exists_and_gets_its_values() -> None:
    said = [(path, node) for path, node in calls("say") if node.args]
    assert len(said) > 40
    for path, node in said:
        for key in first_texts(node.args[0]):
            if not any(word.arg is None for word in node.keywords):
                given = {word.arg for word in node.keywords}
                assert places(SENTENCES[key].vi) - {"haidang"} <= given, (path.name, node.lineno, key)


def test_every_refusal_has_its_words_and_gets_its_values() -> None:
    raised = list(calls("Refusal"))
    assert len(raised) > 40
    for path, node in raised:
        for key in first_texts(node.args[0]):
            given = {word.arg for word in node.keywords}
            needed = set().union(*(places(words.vi) for words in TROUBLES[key][1:]))
            assert needed - {"haidang"} == given, (path.name, node.lineno, key)


def test_every_trouble_is_raised_somewhere() -> None:
    raised = {key for _, node in calls("Refusal") for key in first_texts(node.args[0])}
    assert raised == set(TROUBLES)


def test_every_label_that_is_asked_for_exists() -> None:
    asked = {key for _, node in calls("label") for key in first_texts(node.args[0])}
    assert asked <= set(LABELS)


@pytest.mark.parametrize(
    "word",
    [
        *STAGES,
        "saved",
        "sending",
        "carried",
        "received",
        UNAUTHORISED,
        REVOKED,
        UNCONFIRMED,
        CHAIN,
        NO_CERTIFICATE,
        NO_PREDECESSOR,
    ],
)
def test_every_state_of_the_protocol_has_a_word(word: str) -> None:
    assert word in LABELS


def test_the_codes_of_the_library_are_its_own() -> None:
    assert set(LIBRARY_EXITS) <= set(WORDS)
    assert set(LIBRARY_HINTS) <= set(WORDS)


def test_exit_codes_are_those_that_scripts_know() -> None:
    assert {trouble.exit_code for trouble in TROUBLES.values()} <= {1, 2, 3, 4, 5, 70, 130}
    assert set(LIBRARY_EXITS.values()) <= {3, 4}


def test_no_text_blames_or_speaks_of_internals() -> None:
    jargon = re.compile(
        r"\b(exception|traceback|hash|merkle|ledger|null|invalid|illegal|error)\b", re.IGNORECASE
    )
    assert [
        name for name, words in PAIRS.items() if jargon.search(words.en) and "json" not in name.lower()
    ] == []


def test_a_pair_falls_back_to_vietnamese() -> None:
    assert Both("một", "one").in_language("fr") == "một"
