"""One made-up save, and how the generator writes its time and its notes."""

from typing import Any, Literal

import msgspec

from haidang_protocol.definitions.dates import date_text, day_number
from haidang_protocol.definitions.periods import Period
from haidang_server.example.places import Author, Place, Site
from haidang_server.example.synthetic_text import SYNTHETIC

Oddity = Literal["", "conflict", "constraint", "clock"]
"""What is wrong with a report on purpose: a second opinion, a breach of a constraint, a phone with a wrong clock."""

UTC_OFFSET_H = 7


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What one person saves once. All of it is made up: `synthetic` is always true, and the notes say so.

    Attributes:
        unit: In whose scope it is filed.
        directive: Code of the task; of several that the form serves, the first.
        family: Of the form.
        period, site: What it is about, or null.
        record: Random id of an event; null where the id is derived.
        author: Who saves it.
        claimed: Time on the author's device, in seconds since 1970-01-01 UTC.
        answers: The fields that this save states; rows of a log are new ones.
        oddity: What is wrong on purpose.
    """

    unit: bytes
    directive: str
    family: str
    period: bytes | None = None
    site: bytes | None = None
    record: bytes | None = None
    author: Author
    claimed: int
    answers: dict[str, Any]
    oddity: Oddity = ""
    synthetic: Literal[True] = True

    @property
    def claimed_on(self) -> str:
        """The civil date of `claimed`, in Việt Nam."""
        return date_text((self.claimed + UTC_OFFSET_H * 3600) // 86_400)


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """All of a report but its answers."""

    place: Place
    family: str
    directive: str
    post: str
    role: str = "reporter"
    site: Site | None = None
    period: Period | None = None
    number: int | None = None

    def on(self, date: str, answers: dict[str, Any], note: str = "", oddity: Oddity = "") -> Report:
        """Return the report saved on `date` in working hours; `number` sets events of one form apart."""
        draw = self.place.draw("filed", self.family, date, self.number, self.post, oddity)
        local = day_number(date) * 86_400 + draw.whole(7 * 3600, 17 * 3600)
        event = None if self.number is None else draw.whole(0, 2**128 - 1).to_bytes(16)
        return Report(
            unit=self.place.unit,
            directive=self.directive,
            family=self.family,
            period=self.period.id if self.period else None,
            site=self.site.id if self.site else None,
            record=event,
            author=self.place.author(self.role, self.post),
            claimed=local - UTC_OFFSET_H * 3600 + (WRONG_CLOCK_S if oddity == "clock" else 0),
            answers=answers | {"note": f"{SYNTHETIC} {note}".strip()},
            oddity=oddity,
        )


WRONG_CLOCK_S = -10 * 365 * 86_400
"""Ten years behind: what a phone shows whose battery ran out."""


def days_later(date: str, days: int) -> str:
    """Return the date `days` after `date`."""
    return date_text(day_number(date) + days)


def delay_days(place: Place, period: Period) -> int | None:
    """Return how many days after a period's end it is reported; null if never. Islands are later and miss more."""
    draw = place.draw("delay", period.start, period.kind)
    if draw.chance(0.02 + 0.1 * place.remoteness):
        return None
    return draw.whole(0, 5) + round(place.remoteness * draw.whole(0, 12))
