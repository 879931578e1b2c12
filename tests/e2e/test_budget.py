"""What the app weighs, as it crosses the wire."""

import gzip
import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unmeasured

FIRST_SCRIPTS_MAX = 50_000
KEPT_MAX = 160_000
FIRST_SCRIPTS = ("app", "people-here")
"""What runs until the first field can be typed in: the page's own script, and what it asks for at once."""
IMPORTED = re.compile(r'(?:from|import)\s*"\./([^"]+\.js)"')


def weight(file: Path) -> int:
    """The bytes of a file under gzip, or without if that is less."""
    body = file.read_bytes()
    return min(len(body), len(gzip.compress(body, 9)))


def with_imports(script: Path, known: set[Path]) -> set[Path]:
    """A script and those that cannot but be loaded with it."""
    if script in known:
        return known
    known = known | {script}
    for name in IMPORTED.findall(script.read_text()):
        known = with_imports(script.with_name(name), known)
    return known


def test_little_has_to_arrive_before_the_first_field_can_be_typed_in(app: Path) -> None:
    scripts: set[Path] = set()
    for name in FIRST_SCRIPTS:
        (script,) = (app / "assets").glob(f"{name}-*.js")
        scripts = with_imports(script, scripts)
    assert sum(map(weight, scripts)) <= FIRST_SCRIPTS_MAX


def test_all_that_a_phone_keeps_of_the_app_is_small(app: Path) -> None:
    (listed,) = re.findall(r"JSON\.parse\((\"(?:[^\"\\]|\\.)*\")\)", (app / "sw.js").read_text())
    paths = [path for path, _ in json.loads(json.loads(listed))]
    files = [app / ("index.html" if path == "/" else path[1:]) for path in paths]
    assert len(files) > 10
    assert sum(map(weight, files)) <= KEPT_MAX
