"""What commands say: results on stdout (one JSON object with `--json`), everything else on stderr."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from haidang_server.errors import ServerError


def say(text: str) -> None:
    """A line for a person."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False)


def show(result: dict[str, Any], text: str, *, as_json: bool) -> None:
    """The result of a command: an object for programs, or a text for people."""
    sys.stdout.write((json.dumps(result, ensure_ascii=False) if as_json else text) + "\n")
    sys.stdout.flush()


def show_error(error: ServerError, lang: str, *, as_json: bool) -> None:
    """Why a command ends without its result."""
    say(error.sentence(lang))
    if as_json:
        show({"error": error.code, "detail": error.sentence(lang)}, "", as_json=True)


@contextmanager
def progress(text: str, total: int) -> Iterator[Progress]:
    """A bar on stderr for long work; `advance(0)` on it is one step. It is silent where nobody looks."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        bar.add_task(text, total=total)
        yield bar
