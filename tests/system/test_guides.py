"""The guides are true: the walk-through runs as it stands, and every command that a guide names exists with its options."""

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from cyclopts import App

from haidang_server import cli as operator
from haidang_server.settings import child_environment
from haidang_server.stage.hub_process import free_port
from haidang_syncclient import cli as person
from haidang_syncclient.error_words import WORDS
from haidang_syncclient.settings import read_settings
from haidang_syncclient.words.labels import LABELS
from haidang_syncclient.words.sentences import SENTENCES
from haidang_syncclient.words.troubles import TROUBLES

ROOT: Final = Path(__file__).parents[2]
WALK: Final = ROOT / "docs" / "walk-through.md"
WALK_S: Final = 900
"""Seconds: it takes less than one minute on a quiet machine with two cores."""
STEP: Final = re.compile(r"```sh\n(.*?)```(?:\s*```text\n(.*?)```)?", re.DOTALL)
STOP: Final = "trap 'kill ${server:-} 2>/dev/null || true' EXIT"
"""However the script ends, its server ends with it."""
GUIDES: Final = (ROOT / "README.md", ROOT / "syncclient" / "README.md", *sorted((ROOT / "docs").glob("*.md")))
CODE: Final = re.compile(r"^ *```\w*\n(.*?)^ *```|^ {4}(\S.*?)$|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
CALL: Final = re.compile(
    r"(?:^|[\s(]|bin/)(haidang-server|haidang)( [a-z][^|;&)<>\n]*)"
    r"|(?:^ *|\$\(|; do )(mai|phuc|lan|minh|hoa|tam|hub)( [a-z][^|;&)<>\n]*)",
    re.MULTILINE,
)
"""A program with a command. The people of the walk-through call theirs by their names; `hub` is the operator's in a container."""
OPERATORS: Final = {"haidang-server", "hub"}
EVERYWHERE: Final = {"--home", "--lang", "--json", "--passphrase-file", "--help", "--version"}
DIVIDER: Final = "@@@@ the next block @@@@"


def run_script(script: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run a bash script with all that it starts; returns the exit code and what was said."""
    line = ["bash", "-c", script]
    with subprocess.Popen(
        line, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", start_new_session=True,
    ) as process:  # fmt: skip
        try:
            said, _ = process.communicate(timeout=WALK_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
        return process.returncode, said


def first_missing(expected: str, said: str) -> str | None:
    """The first of the expected lines that does not follow in what was said; `…` stands for anything, blanks for blanks."""
    lines = iter([" ".join(line.split()) for line in said.splitlines()])
    for line in expected.splitlines():
        parts = [re.escape(" ".join(part.split())) for part in line.split("…")]
        pattern = re.compile(".*".join(parts))
        if not any(pattern.fullmatch(told) for told in lines):
            return line
    return None


@pytest.mark.unmeasured
def test_the_walk_through_runs_as_it_stands_and_says_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"):
        monkeypatch.delenv(
            name, raising=False
        )  # a hundred short processes: measuring each takes longer than they do
    steps = STEP.findall(WALK.read_text(encoding="utf-8"))
    blocks = [f"echo '{DIVIDER}'\n{commands}" for commands, _ in steps]
    script = "\n".join(["set -euo pipefail", STOP, *blocks])
    environment = child_environment(PORT=str(free_port()), TMPDIR=str(tmp_path), HAIDANG_OPENERS="0")
    code, said = run_script(script, ROOT, environment)
    assert code == 0, said
    told = said.split(DIVIDER + "\n")[1:]
    assert len(told) == len(steps) > 20
    missing = [
        (line, output)
        for (_, expected), output in zip(steps, told, strict=True)
        if (line := first_missing(expected, output))
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("expected", "said", "missing"),
    [
        ("one\nthree", "one\ntwo\nthree", None),
        ("three\none", "one\ntwo\nthree", "one"),
        ("o… e", "one   e", None),
        ("on", "one", "on"),
    ],
)
def test_lines_are_found_in_their_order_and_whole(expected: str, said: str, missing: str | None) -> None:
    assert first_missing(expected, said) == missing


def test_every_state_and_message_that_a_users_guide_explains_is_one_that_the_program_says() -> None:
    for language, guide in (("vi", "huong-dan-su-dung.md"), ("en", "users-guide.md")):
        said = [words.in_language(language) for words in (*LABELS.values(), *SENTENCES.values())]
        said += [trouble.what.in_language(language) for trouble in TROUBLES.values()]
        said += [words[language == "en"].happened for words in WORDS.values()]
        rows = re.findall(
            r"^\| (?!-)(.+?) \| ", (ROOT / "docs" / guide).read_text(encoding="utf-8"), re.MULTILINE
        )
        cells = [cell for row in rows if "haidang" not in row for cell in row.split(", ")]
        assert len(cells) > 20
        headings = {"báo cáo có tình trạng", "máy báo", "a report is", "the device says"}
        lost = [each for each in cells if each not in headings and not any(each in text for text in said)]
        assert lost == []


class Call(NamedTuple):
    """A command that a guide names: the program, the words behind it, where it stands."""

    program: str
    words: list[str]
    guide: str


def calls_in(text: str, guide: str) -> list[Call]:
    """All that a guide says in code and that is a command of ours."""
    code = "\n".join("".join(found) for found in CODE.findall(text)).replace("\\\n", " ")
    found = [(one or other, words or more) for one, words, other, more in CALL.findall(code)]
    return [Call(program, words.split(), guide) for program, words in found]


def trouble_with(call: Call) -> str | None:
    """What a program would not understand of a call: a command, or the first option."""
    at_hub = call.program in OPERATORS
    app: App = operator.build() if at_hub else person.build(read_settings({}), "vi")
    words = list(call.words)
    while words and not words[0].startswith("-") and words[0] in app:
        app = app[words.pop(0)]
    if app.name[0].startswith("haidang") or app.default_command is None:
        return f"{call.guide}: {call.program} {' '.join(call.words)}: no such command"
    known = {name for argument in app.assemble_argument_collection() for name in argument.names}
    known |= {"--help"} if at_hub else EVERYWHERE
    given = [word.partition("=")[0] for word in words if word.startswith("--")]
    unknown = next((each for each in given if each not in known), None)
    return unknown and f"{call.guide}: {call.program} {' '.join(call.words)}: {unknown}"


def test_every_command_that_a_guide_names_exists_with_its_options() -> None:
    calls = [call for guide in GUIDES for call in calls_in(guide.read_text(encoding="utf-8"), guide.name)]
    assert len(calls) > 150
    assert [trouble for call in calls if (trouble := trouble_with(call))] == []


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("`haidang sync --tries 3`", True),
        ("`haidang bundle export FILE`", True),
        ("    haidang-server token create PowerBI --days 90", True),
        ("```sh\nphuc revoke X \\\n    --reason Y\n```", True),
        ("`haidang sync --force`", False),
        ("`haidang fetch`", False),
        ("`haidang-server token steal`", False),
        ("```sh\nhub verify --home x\n```", False),
    ],
)
def test_a_call_is_found_and_judged(text: str, understood: bool) -> None:  # noqa: FBT001 - a parameter of the table
    [call] = calls_in(text, "here")
    assert (trouble_with(call) is None) == understood


def test_every_link_between_guides_leads_somewhere() -> None:
    lost = [
        f"{guide.name}: {target}"
        for guide in GUIDES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", guide.read_text(encoding="utf-8"))
        if not (guide.parent / target).exists()
    ]
    assert lost == []
