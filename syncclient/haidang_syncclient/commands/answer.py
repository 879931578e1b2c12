"""What a command gives back: an answer, or a refusal that a person can act on."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from rich.console import RenderableType

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
LATER: Final = 3
DAMAGED: Final = 4
NEEDS_PERSON: Final = 5
INTERNAL: Final = 70


class Answer(NamedTuple):
    """The outcome of a command: `data` for `--json`, `lines` for a person."""

    data: Mapping[str, Any]
    lines: "Sequence[RenderableType]" = ()
    exit_code: int = DONE


class Refusal(Exception):  # noqa: N818 - it is an outcome that is told, not a fault of the program
    """A command cannot be done; `code` names its texts in `words.troubles`, `values` fill their places."""

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
