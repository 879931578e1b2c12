r"""The small part of regular expressions that Python and JavaScript read alike, and in bounded time.

Allowed: literal characters, `\` before one of ``. \ ( ) [ ] { } + * ? | / ^ $``, classes of literals and ranges
without escapes such as ``[A-Z0-9-]`` (no ``^ & | ~``), groups, ``|``, and behind a literal or class ``? * + {m} {m,n}``; behind a
group only ``?``, because repeated groups are what makes matching explode.
"""

import re
from functools import lru_cache

PATTERN_MAX = 200
"""Characters of a pattern."""

_CLASS = r"\[(?:[^\W_]-[^\W_]|[^\\\[\]^&|~-])+-?\]"
_ATOM = rf"(?:[^\\()\[\]{{}}+*?|./^$]|\\[.\\()\[\]{{}}+*?|/^$]|{_CLASS})"
_REPEATED = re.compile(rf"{_ATOM}(?:[?*+]|\{{[0-9]{{1,3}}(?:,[0-9]{{1,3}})?\}})?")


@lru_cache(maxsize=1024)
def is_pattern(text: str) -> bool:
    """Tell whether `text` is a pattern of the allowed kind."""
    if not 0 < len(text) <= PATTERN_MAX or not _is_alternatives_only(text):
        return False
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def matches(text: str, pattern: str) -> bool:
    """Tell whether the whole of `text` matches a `pattern` of the allowed kind."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(f"(?:{pattern})")


def _is_alternatives_only(text: str) -> bool:
    """Read atoms, bars and balanced groups; a group may be followed by `?` alone."""
    place, depth = 0, 0
    while place < len(text):
        if text[place] == "(" and text[place + 1 : place + 2] not in {"?", ")", ""}:
            depth, place = depth + 1, place + 1
        elif text[place] == ")" and depth > 0:
            depth, place = depth - 1, place + 1 + (text[place + 1 : place + 2] == "?")
        elif text[place] == "|":
            place += 1
        elif found := _REPEATED.match(text, place):
            place = found.end()
        else:
            return False
    return depth == 0
