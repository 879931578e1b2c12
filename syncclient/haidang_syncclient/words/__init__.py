"""Everything that the command says to a person, in Vietnamese and English: one vocabulary for app and commands.

The tables hold pairs (vi, en) with `{places}` for values; `Speech` picks the language. Nothing is imported here that
would slow down `haidang --help`.
"""

from typing import Final, NamedTuple

VIETNAMESE: Final = "vi"
ENGLISH: Final = "en"
LANGUAGES: Final = (VIETNAMESE, ENGLISH)


class Both(NamedTuple):
    """One text in both languages."""

    vi: str
    en: str

    def in_language(self, language: str) -> str:
        """The English text for `en`, the Vietnamese one for everything else."""
        return self.en if language == ENGLISH else self.vi


class Trouble(NamedTuple):
    """A thing that can go wrong: the exit code, what happened, what is safe, what to do next."""

    exit_code: int
    what: Both
    safe: Both
    todo: Both


NOTHING_CHANGED: Final = Both("Chưa có gì thay đổi.", "Nothing was changed.")
