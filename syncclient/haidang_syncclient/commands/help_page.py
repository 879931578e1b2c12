"""The help page in the reader's language: cyclopts finds out what there is, the words come from `words.helps`."""

from typing import TYPE_CHECKING, Any

from cyclopts.help import DefaultFormatter
from rich.text import Text

from haidang_syncclient.words import ENGLISH
from haidang_syncclient.words.helps import OPTIONS

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions


class HelpPage(DefaultFormatter):
    """Renders the panels of a command, its options explained in one language."""

    def __init__(self, language: str, command: str) -> None:
        super().__init__()
        self._language = language
        self._command = command

    def __call__(self, console: "Console", options: "ConsoleOptions", panel: "HelpPanel") -> None:
        """Print a panel with its words in the reader's language."""
        super().__call__(console, options, panel.copy(entries=[*map(self._explained, panel.entries)]))

    def render_usage(self, console: "Console", options: "ConsoleOptions", usage: Any) -> None:  # noqa: ARG002 - theirs
        """Print the usage line."""
        heading = "Usage: " if self._language == ENGLISH else "Cách dùng: "
        console.print(Text(heading + str(usage).removeprefix("Usage: "), style="bold"))

    def _explained(self, entry: "HelpEntry") -> "HelpEntry":
        names = [*filter(None, [entry.positional_label]), *entry.names, *entry.shorts]
        keys = [f"{self._command} {name}" for name in names] + names
        found = next((OPTIONS[key] for key in keys if key in OPTIONS), None)
        if found is None:
            return entry
        return entry.copy(description=Text(found.in_language(self._language)), default=None)
