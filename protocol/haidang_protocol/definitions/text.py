"""Vietnamese text: one form for storage, keys for search and order, numbers and dates as people write them.

- Stored text is NFC, always: the same word typed on two keyboards must be the same bytes.
- `fold` is for search: no case, no marks, no difference between spaces or between dashes.
- `match_key` is for identity of names: it keeps the marks, but moves the tone to one of its two habitual
  places (hòa and hoà are one name, hóa is another).
- `sort_key` is for display in order. None of these ever replaces the text itself.

Lower case is the Unicode default mapping, not case folding, which JavaScript lacks. The tables of Unicode
may differ between two runtimes for letters that no Vietnamese text uses.
"""

import re
import unicodedata

from haidang_protocol.definitions.dates import day_number

_LOOK_ALIKES = str.maketrans({"\u00d0": "Đ", "\u0189": "Đ", "\u00f0": "đ", "\u0256": "đ"})
_DASHES = re.compile(" ?[-\u00ad\u2010-\u2015\u2212][- \u00ad\u2010-\u2015\u2212]*")
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_MISPLACED_TONE = re.compile("(o)([ae])([\u0300\u0309\u0303\u0301\u0323])(?![\\w\u0300-\u036f])")
_MISPLACED_TONE_UY = re.compile("(?<!q)(u)(y)([\u0300\u0309\u0303\u0301\u0323])(?![\\w\u0300-\u036f])")
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_WEIGHTS = {letter: chr(ord("A") + place) for place, letter in enumerate(_ALPHABET)}
_NUMBER = re.compile(r"([-\u2212]?)([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]+))?")
_SHORT_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_LONG_DATE = re.compile(r"(?:ngày )?([0-9]{1,2}) tháng ([0-9]{1,2}) năm ([0-9]{4})", re.IGNORECASE)


def nfc(text: str) -> str:
    """Return `text` in the form in which it is stored and signed."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return the search key of `text`: "Bưu điện – Văn hóa" and "BUU DIEN-VAN HOA" have the same."""
    letters = _without_marks(_without_marks(text.translate(_LOOK_ALIKES)).lower())
    return _collapsed(letters.replace("đ", "d"))


def match_key(text: str) -> str:
    """Return the key under which two spellings of one name meet.

    In an open syllable that ends in oa, oe or uy the tone goes to the first vowel (hòa, khỏe, thủy), except
    after q (quý), where u is no vowel. Case, spaces, dashes and look-alikes of Đ make no difference.
    """
    decomposed = unicodedata.normalize("NFD", text.translate(_LOOK_ALIKES).lower())
    moved = _MISPLACED_TONE.sub(r"\1\3\2", decomposed)
    return _collapsed(nfc(_MISPLACED_TONE_UY.sub(r"\1\3\2", moved)))


def sort_key(text: str) -> str:
    """Return a text whose plain order is the Vietnamese order: An, Ân, Ấp 2, Ấp 10, Dạ, Dương, Đà, Yên.

    Letters decide first (đ after d, ă and â after a), then tones (ma mà mả mã má mạ), then capitals last.
    """
    letters, tones, capitals = [], [], []
    for token in re.findall(r"[0-9]+|[^0-9]", nfc(_collapsed(text.translate(_LOOK_ALIKES)))):
        letter, tone = _letter_and_tone(token.lower())
        letters.append(_weight(letter))
        tones.append(str(tone))
        capitals.append("1" if token != token.lower() else "0")
    return f"{''.join(letters)} {''.join(tones)} {''.join(capitals)}"


def person_sort_key(full_name: str) -> str:
    """Return the key that orders people as Vietnamese lists do: given name, then family, then middle names."""
    family, *others = full_name.split() or [""]
    return sort_key(" ".join([*others[-1:], family, *others[:-1]]))


def format_number(scaled: int, digits: int = 0) -> str:
    """Write `scaled` / 10**`digits` as in Việt Nam: `format_number(12345678, 1)` is "1.234.567,8"."""
    whole, fraction = divmod(abs(scaled), 10**digits)
    grouped = f"{whole:,}".replace(",", ".")
    return f"{'-' if scaled < 0 else ''}{grouped}{f',{fraction:0{digits}d}' if digits else ''}"


def parse_number(text: str, digits: int = 0) -> int:
    """Read a number written as in Việt Nam and return it times 10**`digits`.

    Dots group three digits, the comma begins the decimals: "1.234" is one thousand two hundred thirty-four.

    Raises:
        ValueError: It is no number, is grouped otherwise, or has more than `digits` decimals.
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a number: {text!r}")
    sign, whole, fraction = match.groups(default="")
    decimals = fraction.rstrip("0")
    if len(decimals) > digits:
        raise ValueError(f"more than {digits} decimals: {text!r}")
    scaled = int(whole.replace(".", "") + decimals.ljust(digits, "0"))
    return -scaled if sign else scaled


def format_date(date: str) -> str:
    """Write 2019-02-18 as 18/02/2019."""
    day_number(date)
    year, month, day = date.split("-")
    return f"{day}/{month}/{year}"


def format_long_date(date: str) -> str:
    """Write 2019-02-18 as official papers do: ngày 18 tháng 02 năm 2019."""
    day, month, year = format_date(date).split("/")
    return f"ngày {day} tháng {month} năm {year}"


def parse_date(text: str) -> str:
    """Read 18/02/2019, 18-2-2019 or "ngày 18 tháng 02 năm 2019" and return 2019-02-18.

    Raises:
        ValueError: It is neither, or no date of the calendar.
    """
    tidy = " ".join(nfc(text).split())
    match = _SHORT_DATE.fullmatch(tidy) or _LONG_DATE.fullmatch(tidy)
    if match is None:
        raise ValueError(f"not a date: {text!r}")
    date = f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}"
    day_number(date)
    return date


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")


def _collapsed(text: str) -> str:
    return _DASHES.sub("-", " ".join(text.split()))


def _letter_and_tone(letter: str) -> tuple[str, int]:
    """Split ậ into â and 5; what bears no tone has 0."""
    decomposed = unicodedata.normalize("NFD", letter)
    tone = next((_TONES[mark] for mark in decomposed if mark in _TONES), 0)
    return nfc("".join(mark for mark in decomposed if mark not in _TONES)), tone


def _weight(letter: str) -> str:
    if letter.isascii() and letter.isdigit():
        significant = letter.lstrip("0") or "0"
        return f"{chr(ord('0') + min(len(significant), 16))}{significant}"
    if letter in _LETTER_WEIGHTS:
        return _LETTER_WEIGHTS[letter]
    return "!" if letter == " " else f"#{letter}" if letter.isascii() else f"~{letter}"
