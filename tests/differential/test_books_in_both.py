"""What a book of definitions shows is the same in Python and TypeScript, whoever wrote what apart from whom."""

from random import Random
from typing import Any

import pytest

from haidang_protocol.definitions.assignments import Assignment, assignment_id
from haidang_protocol.definitions.book import Book, Key, Version, order
from haidang_protocol.definitions.directives import directive_id
from haidang_protocol.definitions.forms import form_id
from haidang_protocol.definitions.periods import administrative_periods
from haidang_protocol.ids import AUTHORITY
from haidang_protocol.operations import ASSIGNMENT, DIRECTIVE, FORM, PERIOD, UNIT
from tests.differential.typescript import Harness, unhexed
from tests.protocol.definitions.test_book import CODE, directive, form, named, published, unit
from tests.protocol.engines import ledger_of
from tests.protocol.village import Village

pytestmark = pytest.mark.unmeasured

DATE = "2020-01-01"
CHAPTERS = {
    "units": UNIT, "directives": DIRECTIVE, "assignments": ASSIGNMENT, "forms": FORM, "periods": PERIOD,
}  # fmt: skip


def definition(random: Random, v: Village) -> tuple[int, bytes, Any]:
    """One of few, so that the same things are defined again and again; sometimes what is none."""
    place = random.choice(v.units)
    match random.randrange(6):
        case 0:
            old = named(f"Xã {random.randrange(3)}", "1", None, until="2019-06-30")
            return unit(place, old, named("Xã mới", str(random.randrange(2)), "2019-07-01"))
        case 1:
            forms = random.choice(((), ("X02",)))
            return DIRECTIVE, directive_id(CODE), directive(forms=forms).to_value()
        case 2:
            task = Assignment(CODE, place, random.choice((None, "2020-03-01")))
            return ASSIGNMENT, assignment_id(CODE, place), task.to_value()
        case 3:
            told = form(family=random.choice(("X01", "X02")), version=random.randrange(3))
            return published(told)
        case 4:
            period = random.choice(administrative_periods(2020, ("month",)))
            return PERIOD, period.id, period.to_value()
        case _:
            return random.choice((UNIT, FORM, PERIOD)), v.raw(16), [None, "?"]


def said(book: Book, v: Village) -> dict[str, Any]:
    """What a book says, as the harness tells it."""
    scopes = {bytes([AUTHORITY]) + each for each in v.units}
    told: dict[str, Any] = {
        name: {named_as(key): chapter(versions) for key, versions in book.all(kind, scopes)}
        for name, kind in CHAPTERS.items()
    }
    return told | {
        "disputed": sorted(map(named_as, book.disputed())),
        "newest": {family: form_id(newest).hex() for family, newest in book.newest_forms().items()},
        "reporting": sorted(form_id(each).hex() for each in book.forms_of(CODE)),
        "assigned": [[[each.directive, each.due] for each in book.assigned_to(u)] for u in v.units],
        "named": [[name.name, name.code] for name in (book.unit_name(u, DATE) for u in v.units)],
    }


def named_as(key: Key) -> str:
    return order(key)


def chapter(versions: list[Version]) -> list[list[Any]]:
    return [[each.identity.hex(), each.scope.hex(), each.live] for each in versions]


@pytest.mark.parametrize("seed", range(20))
def test_both_languages_show_the_same_book(typescript: Harness, seed: int) -> None:
    random, v = Random(seed), Village()
    for _ in range(6):
        office, place = random.choice(((v.province, v.top), (v.province, v.an), (v.district, v.east)))
        v.enter(office, place, [definition(random, v) for _ in range(random.randint(1, 4))], "definitions")
    ledger = ledger_of(v.genesis)
    ledger.commit(v.sets)
    units = [each.hex() for each in v.units]
    theirs = typescript.ask(book=[v.genesis.hex(), [[unhexed(s.parts) for s in v.sets]], CODE, units, DATE])
    for name in CHAPTERS:
        theirs[name] = {key: [each for each in found if each[2]] for key, found in theirs[name].items()}
        theirs[name] = {key: found for key, found in theirs[name].items() if found}
    assert theirs == said(Book(ledger), v)
