"""Telling a person how a command ended: its answer, a refusal, a misunderstood line, a fault of our own."""

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cyclopts import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from haidang_syncclient.commands.answer import Answer, Refusal
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.commands.naming import near
from haidang_syncclient.errors import NetworkError, SyncError, TheirsError
from haidang_syncclient.settings import Settings
from haidang_syncclient.words import NOTHING_CHANGED, Both
from haidang_syncclient.words.helps import COMMANDS, OPTIONS
from haidang_syncclient.words.troubles import FIRST_HINTS, LIBRARY_EXITS, LIBRARY_HINTS, TROUBLES

FAULT_FILE = "last-fault.txt"


class Told(NamedTuple):
    """A refusal in one language."""

    exit_code: int
    code: str
    what: str
    safe: str
    todo: str


def carry_out(
    command: Callable[[Desk], Answer], settings: Settings, passphrase_file: Path | None, *, as_json: bool
) -> int:
    """Run a command at a desk and tell its outcome; returns the exit code."""
    with Desk(settings, passphrase_file, as_json=as_json) as desk:
        try:
            answer = command(desk)
        except (Refusal, SyncError) as error:
            return _tell(explain(error, settings, enrolled=desk.database.exists()), as_json=as_json)
        except (KeyboardInterrupt, EOFError):  # EOFError: who was asked closed the input
            return _tell(explain(Refusal("stopped"), settings), as_json=as_json)
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 - a person must never meet a bare traceback
            return _tell(_fault(error, settings), as_json=as_json)
        if as_json:
            print(json.dumps(jsonable(answer.data), ensure_ascii=False))  # noqa: T201 - the command's result
        else:
            for line in answer.lines:
                # Soft: a terminal wraps long text as it likes, and an offer copied from it stays one line.
                desk.out.print(line, soft_wrap=isinstance(line, str))
    return answer.exit_code


def tell_usage(error: CycloptsError, settings: Settings, *, as_json: bool) -> int:
    """Tell what was wrong with the line; returns the exit code."""
    chain = " ".join(("haidang", *(error.command_chain or ())))
    unknown = (error.unused_tokens or ()) if isinstance(error, UnknownCommandError) else ()
    alike = near(" ".join(unknown[:1]), [(name, name) for name in COMMANDS])
    refusal = Refusal("usage", detail=_misunderstood(error), command=chain, near=alike)
    return _tell(explain(refusal, settings), as_json=as_json)


def explain(error: Refusal | SyncError, settings: Settings, *, enrolled: bool = True) -> Told:
    """The words and exit code of a refusal or of an error of the library.

    Args:
        error: what is to be told.
        settings: the language, and how this program is called again.
        enrolled: whether there is a replica: without one nothing is saved, and nothing can be carried.
    """
    language, haidang = settings.language, settings.program
    if isinstance(error, SyncError):
        words = error.words(language)
        hint, safe = LIBRARY_HINTS.get(error.code), words.safe
        if not enrolled and isinstance(error, NetworkError | TheirsError):
            hint, safe = FIRST_HINTS.get(error.code), NOTHING_CHANGED.in_language(language)
        todo = words.todo if hint is None else hint.in_language(language).format(haidang=haidang)
        return Told(LIBRARY_EXITS.get(error.code, 1), error.code, words.happened, safe, todo)
    trouble = TROUBLES[error.code]
    values = {name: _in_words(value, language) for name, value in error.values.items()}
    what, safe, todo = (
        text.in_language(language).format(haidang=haidang, **values)
        for text in (trouble.what, trouble.safe, trouble.todo)
    )
    return Told(trouble.exit_code, error.code, what, safe, todo)


def jsonable(value: Any) -> Any:
    """A value that JSON can hold: bytes as hex, tuples as lists."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {
            str(key.hex() if isinstance(key, bytes) else key): jsonable(part) for key, part in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(part) for part in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _tell(told: Told, *, as_json: bool) -> int:
    if as_json:
        error = {"code": told.code, "what": told.what, "safe": told.safe, "todo": told.todo}
        print(json.dumps({"error": error}, ensure_ascii=False))  # noqa: T201 - the command's result
    print(f"{told.what} {told.safe}\n→ {told.todo}", file=sys.stderr)  # noqa: T201 - for the person
    return told.exit_code


def _in_words(value: object, language: str) -> str:
    if isinstance(value, Both):
        return value.in_language(language)
    if isinstance(value, list | tuple):
        return ", ".join(_in_words(part, language) for part in value)
    return str(value)


def _fault(error: Exception, settings: Settings) -> Told:
    """Keep the traceback where support can find it."""
    file = settings.home / FAULT_FILE
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        traceback.print_exception(error)
    return explain(Refusal("internal", detail=f"{type(error).__name__}: {error}", file=file), settings)


def _misunderstood(error: CycloptsError) -> Both:
    named, found = "", Both("", "")
    match error:
        case UnknownCommandError():
            named, found = (error.unused_tokens or [""])[0], Both("không có lệnh", "there is no command")
        case UnknownOptionError():
            named = error.token.keyword or error.token.value
            found = Both("không có tùy chọn", "there is no option")
        case MissingArgumentError():
            return _missing(error)
        case CoercionError():
            named = error.token.value if error.token else ""
            found = Both("giá trị không đúng", "not the right kind of value")
        case RepeatArgumentError():
            named, found = error.token.keyword or "", Both("được ghi hai lần", "given twice")
        case UnusedCliTokensError():
            named, found = " ".join(error.unused_tokens or []), Both("phần thừa", "too much")
    if not named:
        return Both("có chỗ ghi không đúng cách", str(error))
    return Both(f"{found.vi} “{named}”", f"{found.en} “{named}”")


def _missing(error: MissingArgumentError) -> Both:
    """What is missing, and what it means: behind an option, or a word of its own."""
    if error.argument is None:
        return Both("còn thiếu nội dung", str(error))
    option = error.argument.name
    name = error.keyword or option.removeprefix("--").upper()
    means = OPTIONS.get(" ".join((*(error.command_chain or ()), name)), OPTIONS.get(name, Both("", "")))
    vi, en = (f" ({text.rstrip('.')})" if text else "" for text in means)
    if error.keyword:
        return Both(f"sau “{name}” còn thiếu nội dung{vi}", f"something is missing behind “{name}”{en}")
    return Both(f"còn thiếu “{name}”{vi}", f"missing is “{name}”{en}")
