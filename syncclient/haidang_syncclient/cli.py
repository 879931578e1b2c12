"""The command `haidang`: assembles the commands, parses the line, prints the answer or the refusal, gives the exit code.

Commands are imported only when called, so that the program starts quickly.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cyclopts import App, CycloptsError, Group, Parameter

from haidang_syncclient.commands.answer import DONE, Answer
from haidang_syncclient.commands.help_page import HelpPage
from haidang_syncclient.settings import Settings, read_settings
from haidang_syncclient.words import LANGUAGES
from haidang_syncclient.words.helps import COMMANDS, PANELS, PROGRAM

_PACKAGE: Final = "haidang_syncclient.commands"
_PLACES: Final = {
    "enrol": "enrol:enrol",
    "directives": "directives:directives",
    "report": "report:report",
    "show": "show:show",
    "status": "status:status",
    "sync": "sync:sync",
    "conflicts": "settle:conflicts",
    "resolve": "settle:resolve",
    "review": "review:review",
    "bundle export": "bundle:export_bundle",
    "bundle import": "bundle:import_bundle",
    "verify": "verify:verify",
    "export": "export:export",
    "found": "found:found",
    "publish": "publish:publish",
    "assign": "publish:assign",
    "invite": "invite:invite",
    "devices": "devices:devices",
    "retire": "devices:retire",
    "revoke": "devices:revoke",
    "quarantine": "judge:quarantine",
    "adopt": "judge:adopt",
    "refuse": "judge:refuse",
    "redact": "judge:redact",
}
"""Where each command is, as module:function."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code."""
    line = list(sys.argv[1:] if arguments is None else arguments)
    settings = read_settings()
    language = _language(line, settings)
    try:
        outcome = build(settings, language).meta(line)
    except CycloptsError as error:
        from haidang_syncclient.commands.telling import tell_usage  # noqa: PLC0415 - not needed otherwise

        return tell_usage(error, settings._replace(language=language), as_json="--json" in line)
    return outcome if isinstance(outcome, int) else DONE


def build(settings: Settings, language: str) -> App:
    """The program, with its help in one language."""
    app = App(
        name="haidang", help=PROGRAM.in_language(language), help_formatter=HelpPage(language, ""),
        help_flags=["--help", "-h"], version=_version, version_flags=["--version"], result_action="return_value",
        exit_on_error=False, print_error=False, help_on_error=False, suppress_keyboard_interrupt=False,
    )  # fmt: skip
    panels = {
        name: Group(PANELS[name].in_language(language), sort_key=place)
        for place, name in enumerate(("person", "officer"))
    }
    parameters = Group(PANELS["parameters"].in_language(language), sort_key=5)
    families: dict[str, App] = {}
    for place, (name, (panel, summary)) in enumerate(COMMANDS.items()):
        family, _, member = name.rpartition(" ")
        shown: dict[str, Any] = {
            "name": member, "help": summary.in_language(language), "sort_key": place,
            "help_formatter": HelpPage(language, name), "group_parameters": parameters,
            "group_commands": panels[panel],
        }  # fmt: skip
        if not family:
            shown["group"] = panels[panel]
        if name in _PLACES:
            families.get(family, app).command(f"{_PACKAGE}.{_PLACES[name]}", **shown)
        else:
            families[name] = App(**shown)
            app.command(families[name])
    everywhere = Group(PANELS["everywhere"].in_language(language), sort_key=9)
    app["--help"].group = app["--version"].group = everywhere
    app.meta.default(_launcher(app, settings, language))
    app.meta.group_parameters = everywhere
    return app


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - only asked for by --version

    return version("hai-dang")


def _launcher(app: App, settings: Settings, language: str) -> Any:
    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        home: Path | None = None,
        lang: Literal["vi", "en"] | None = None,
        json: Annotated[bool, Parameter(negative=())] = False,
        passphrase_file: Path | None = None,
    ) -> int:
        command, bound, ignored = app.parse_args(tokens)
        if "desk" not in ignored:
            command(*bound.args, **bound.kwargs)
            return DONE
        from haidang_syncclient.commands.telling import carry_out  # noqa: PLC0415 - help needs none of it

        options = settings._replace(language=lang or language)
        if home is not None:
            options = options._replace(home=home, home_named=True)

        def call(desk: Any) -> Answer:
            answer: Answer = command(*bound.args, **bound.kwargs, desk=desk)
            return answer

        return carry_out(call, options, passphrase_file, as_json=json)

    return launch


def _language(line: Sequence[str], settings: Settings) -> str:
    """The language that the line or the settings ask for: known before the line is parsed, for the help page."""
    for place, word in enumerate(line):
        named = word.removeprefix("--lang=") if word.startswith("--lang=") else None
        if word == "--lang" and place + 1 < len(line):
            named = line[place + 1]
        if named in LANGUAGES:
            return named
    return settings.language
