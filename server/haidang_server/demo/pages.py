"""A record as somebody sees it: the same page from a replica's `haidang show` and from the hub's reading interface."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from haidang_server.demo.ledger import Statement, plain

TALLIES: Final = "tally_"
"""How the tallies of the example's forms are called."""


class Said(msgspec.Struct, frozen=True):
    """One thing that was ever said about a record: whether it counts, and the year that its author's clock showed."""

    identity: str
    statement: Statement
    accepted: bool
    year: int


class Page(msgspec.Struct, frozen=True):
    """A record: live values by field in the order of `latest`, sums of tallies, who said what of it by role, its history.

    `stands` has the verdict of each role and whether it is out of date for any part of the report.
    """

    values: Mapping[str, list[Any]]
    totals: Mapping[str, int]
    stands: Mapping[str, tuple[str, bool]]
    reasons: frozenset[str]
    history: tuple[Said, ...]


Look = Callable[[Page], object]
"""What of a page is looked at."""


def page_of_replica(shown: Mapping[str, Any]) -> Page:
    """The page from what `haidang show RECORD --history --json` prints."""
    fields = shown["fields"].items()
    return Page(
        values={name: [each["value"] for each in field["values"]] for name, field in fields if "values" in field},
        totals={name: field["total"] for name, field in fields if "total" in field},
        stands=_stands(shown["workflow"]),
        reasons=frozenset(each["reason"] for each in shown["workflow"]) - {""},
        history=tuple(
            Said(
                each["identity"],
                Statement(each["kind"], each["field"].rpartition("].")[2], plain(each["value"]), each["person"]),
                each["verdict"] in (None, "accepted"),
                int(each["time"][:4]),
            )
            for each in shown.get("history", ())
        ),
    )  # fmt: skip


def page_of_hub(detail: Mapping[str, Any], history: Iterable[Mapping[str, Any]]) -> Page:
    """The page from what `/v1/records/{id}` and its history answer."""
    record = detail["record"]
    values = {
        each["place"]["field"]: [stored(one["value"]) for one in each["statements"]]
        for each in detail["statements"]
        if each["place"]["row"] is None
    }
    return Page(
        values=values,
        totals={name: value for name, value in record["values"].items() if name.startswith(TALLIES)},
        stands=_stands(record["attests"]),
        reasons=frozenset(each["reason"] for each in record["attests"]) - {""},
        history=tuple(
            Said(
                each["operation"],
                Statement(
                    each["kind"],
                    each["place"]["cell"] or each["place"]["field"],
                    plain(stored(each["value"])),
                    each["author"]["person"],
                ),
                each["verdict"] == "accepted",
                1970 + int(each["claimed"] / 31_556_952),
            )
            for each in history
        ),
    )  # fmt: skip


def stored(value: Any) -> Any:
    """A value as it is stored: the hub shows decimals as such, and the story's have one digit."""
    return round(value * 10) if isinstance(value, float) else value


def values(field: str) -> Look:
    """Looks at the live values of a field, in the order of `latest`."""
    return lambda page: page.values.get(field, [])


def different(field: str) -> Look:
    """Looks at the different live values of a field."""
    return lambda page: sorted({*page.values.get(field, [])})


def total(field: str) -> Look:
    """Looks at the sum of a tally."""
    return lambda page: page.totals.get(field)


def stands(page: Page) -> Mapping[str, tuple[str, bool]]:
    """Looks at what confirming and approving people said."""
    return page.stands


def ever_said(field: str, *, accepted: bool = True) -> Look:
    """Looks at all values that were ever stated of a field, those that count or those that do not."""
    return lambda page: {
        each.statement.value
        for each in page.history
        if each.statement.field == field and each.accepted == accepted
    }


def _stands(attests: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, bool]]:
    found: dict[str, tuple[str, bool]] = {}
    for each in attests:
        _, stale = found.get(each["role"], ("", False))
        found[each["role"]] = (each["verdict"], stale or each["stale"])
    return found
