"""The operator's command: `haidang-server`. Each command stands in a module of its own; what it raises is said here.

Commands are imported only when they are called.
"""

import sys
from collections.abc import Sequence
from typing import Final

from cyclopts import App, CycloptsError

from haidang_server.errors import ServerError
from haidang_server.settings import read_settings
from haidang_server.terminal import show_error

USAGE: Final = 2
COMMANDS: Final = {
    "serve": "serve:serve",
    "key": "init:key",
    "init": "init:init",
    "load": "init:load",
    "backup": "copies:backup",
    "restore": "copies:restore",
    "verify": "care:verify",
    "scrub": "care:scrub",
    "rebuild": "care:rebuild",
    "export": "export:export",
    "token": "tokens:token",
    "demo": "demo:demo",
    "example": "example:example",
}
"""Where each command stands in `haidang_server.commands`: module and function."""


def build() -> App:
    """The command with all its parts."""
    app = App(name="haidang-server", help="Máy chủ Hải Đăng / The Hải Đăng server", version="0.1.0")
    for name, place in COMMANDS.items():
        app.command(f"haidang_server.commands.{place}", name=name)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    line = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in line
    try:
        lang = read_settings().lang
    except ServerError as error:
        show_error(error, "vi", as_json=as_json)
        return error.exit_code
    try:
        outcome = build()(line, exit_on_error=False, result_action="return_value")
    except CycloptsError:
        return USAGE
    except ServerError as error:
        show_error(error, lang, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return outcome if isinstance(outcome, int) else 0
