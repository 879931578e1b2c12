r"""The small part of regular expressions that Python and JavaScript read alike, and in bounded time.

Allowed: literal characters, `\` before one of ``. \ ( ) [ ] { } + * ? | / ^ $``, classes of literals and ranges without
escapes such as ``[A-Z0-9-]`` (no ``^ & | ~``), groups, ``|``, and behind a literal or class ``? * + {m} {m,n}``; behind
a group only ``?``, because repeated groups are what makes matching explode. For the same reason a pattern has few
repetitions, and a text that is matched few characters.
"""

import re
from functools import lru_cache

PATTERN_MAX = 200
"""Characters of a pattern."""
OPEN_REPETITIONS_MAX = 3
"""Uses of ``*``, ``+`` and ``{m,n}`` in one pattern."""
OPTIONS_MAX = 8
"""Uses of ``?`` in one pattern."""
MATCHED_TEXT_MAX = 200
"""Characters of a text that is matched; a longer one is not looked at."""

_CLASS = r"\[(?:[^\W_]-[^\W_]|[^\\\[\]^&|~-])+-?\]"
_ATOM = rf"(?:[^\\()\[\]{{}}+*?|./^$]|\\[.\\()\[\]{{}}+*?|/^$]|{_CLASS})"
_REPEATED = re.compile(
    rf"{_ATOM}(?:(?P<option>\?)|(?P<open>[*+]|\{{[0-9]{{1,3}},[0-9]{{1,3}}\}})|\{{[0-9]{{1,3}}\}})?"
)


@lru_cache(maxsize=1024)
def is_pattern(text: str) -> bool:
    """Tell whether `text` is a pattern of the allowed kind."""
    if not 0 < len(text) <= PATTERN_MAX or not _is_bounded(text):
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


def _is_bounded(text: str) -> bool:
    """Read atoms, bars and balanced groups, and count what can match in more than one way."""
    place, depth, options, repetitions = 0, 0, 0, 0
    while place < len(text):
        if text[place] == "(" and text[place + 1 : place + 2] not in {"?", ")", ""}:
            depth, place = depth + 1, place + 1
        elif text[place] == ")" and depth > 0:
            optional = text[place + 1 : place + 2] == "?"
            depth, options, place = depth - 1, options + optional, place + 1 + optional
        elif text[place] == "|":
            place += 1
        elif found := _REPEATED.match(text, place):
            place = found.end()
            options += found["option"] is not None
            repetitions += found["open"] is not None
        else:
            return False
    return depth == 0 and options <= OPTIONS_MAX and repetitions <= OPEN_REPETITIONS_MAX
