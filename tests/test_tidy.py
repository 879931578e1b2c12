"""The house rules that no linter checks, over every file that git tracks."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[1]
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
GENERATED = re.compile(
    r"(^|/)(vectors|fixtures|data)/.*\.json$|requirements\.lock$|package-lock\.json$|LICENSE$"
)
# The bracketed letters keep these patterns from matching themselves.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|NotImplemented[E]rror)\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(wor[k]|roo[t]|hom[e]/\w+|User[s]/\w+|opt/pyp[i])/|[A-Z]:\\User[s]")
REGISTRY = re.compile(
    r"--(extra-)?inde[x]-url|registr[y]\s*=\s*https?:|\"resolve[d]\": \"https?:|pythonhoste[d]\.org"
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def tracked() -> list[Path]:
    """The tracked files that exist, whoever owns the checkout."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def of_kind(*suffixes: str) -> list[Path]:
    return [path for path in tracked() if path.suffix in suffixes and not GENERATED.search(path.as_posix())]


def matches(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def text_of(path: Path) -> str:
    """The text of a file; nothing for a binary one."""
    raw = path.read_bytes()
    return "" if b"\0" in raw else raw.decode(errors="replace")


def body_lines(function: Function) -> int:
    """Lines of a function from its first statement after the docstring to its end."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1


def long_functions(source: str) -> list[tuple[str, int]]:
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, Function)]
    return [(each.name, body_lines(each)) for each in functions if body_lines(each) > FUNCTION_LINES_MAX]


def test_no_source_file_is_longer_than_400_lines() -> None:
    lengths = {
        path: len(text_of(path).splitlines()) for path in of_kind(".py", ".ts", ".tsx", ".css", ".mjs")
    }
    assert [f"{path.relative_to(ROOT)}: {n}" for path, n in lengths.items() if n > FILE_LINES_MAX] == []


def test_no_function_is_longer_than_60_lines() -> None:
    found = [(str(path.relative_to(ROOT)), long_functions(text_of(path))) for path in of_kind(".py")]
    assert [entry for entry in found if entry[1]] == []


def test_nothing_is_left_unfinished() -> None:
    assert matches(UNFINISHED, of_kind(".py", ".ts", ".tsx", ".mjs", ".sh", "")) == []


def test_no_path_of_one_machine_is_named() -> None:
    assert matches(MACHINE_PATH, tracked()) == []


def test_no_address_of_a_package_registry_is_named() -> None:
    assert matches(REGISTRY, tracked()) == []


@given(st.integers(min_value=1, max_value=3 * FUNCTION_LINES_MAX))
def test_a_function_is_found_exactly_when_it_is_too_long(lines: int) -> None:
    source = 'def tall():\n    """Docstrings do not count."""\n' + "    x = 1\n" * lines
    assert long_functions(source) == ([("tall", lines)] if lines > FUNCTION_LINES_MAX else [])


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (UNFINISHED, "# TO" + "DO later"),
        (MACHINE_PATH, "open('/ho" + "me/lan/x')"),
        (REGISTRY, "--index" + "-url elsewhere"),
    ],
)
def test_each_pattern_catches_what_it_is_for(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)
