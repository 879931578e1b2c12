"""A made-up year of reports for the whole province: pure, and the same for the same seed.

Everything is synthetic: people, sites, positions, figures, pictures. The notes of each report say so in Vietnamese.
Most reports are as they should be; some differ from a colleague's, breach a constraint, or come from a phone with a
wrong clock, and say which in `oddity`. Communes far away report late and miss more.
"""

from collections.abc import Iterator

from haidang_server.example.dataset import Example
from haidang_server.example.places import Place, places_of
from haidang_server.example.report import Report
from haidang_server.example.reports_of_information import reports_of_information
from haidang_server.example.reports_of_networks import reports_of_networks
from haidang_server.example.reports_of_posts import reports_of_posts
from haidang_server.example.year import months, quarters

SEED = 171


def generate_reports(example: Example, seed: int = SEED) -> Iterator[Report]:
    """Yield the reports of 2019, place by place: each record's saves in the order in which they were made."""
    for place in places_of(example, seed):
        yield from reports_of_place(example, place)


def reports_of_place(example: Example, place: Place) -> Iterator[Report]:
    """Yield the reports that one place files in 2019."""
    yield from reports_of_posts(place, months(example))
    yield from reports_of_networks(place, months(example), quarters(example))
    yield from reports_of_information(place, months(example), example.directives)
