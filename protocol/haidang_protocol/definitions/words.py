"""Words shown to people, in both languages of the project."""

import msgspec


class Words(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One text in Vietnamese and in English; both NFC."""

    vi: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the English text for `en`, the Vietnamese one for everything else."""
        return self.en if language == "en" else self.vi
