"""The made-up year: the same for the same seed, plausible, and marked as made up everywhere."""

from collections import Counter, defaultdict
from typing import Any

import pytest

from haidang_protocol import canonical
from haidang_protocol.canonical import is_nfc
from haidang_protocol.definitions.dates import day_number
from haidang_protocol.definitions.form_answers import Circumstances, role_flags, validate
from haidang_protocol.definitions.forms import Form, derived_from, row_key
from haidang_protocol.definitions.units import path_at, units_at
from haidang_protocol.limits import SET_OPERATIONS_MAX, TEXT_BYTES_MAX
from haidang_server.example.dataset import ISSUED_ON, Example, load_example
from haidang_server.example.generator import generate_reports
from haidang_server.example.places import places_of
from haidang_server.example.report import Report
from haidang_server.example.synthetic_photo import photo_pool, synthetic_photo
from haidang_server.example.synthetic_text import SAMPLE, SYNTHETIC

pytestmark = pytest.mark.unmeasured  # a whole year of reports

Key = tuple[Any, ...]


@pytest.fixture(scope="module")
def example() -> Example:
    return load_example()


@pytest.fixture(scope="module")
def reports(example: Example) -> list[Report]:
    return [*generate_reports(example)]


def record_of(form: Form, report: Report) -> Key:
    derived = derived_from(form, site=report.site, directive=report.directive, period=report.period)
    return (report.unit, derived or report.record)


def by_record(example: Example, reports: list[Report]) -> dict[Key, list[Report]]:
    found: dict[Key, list[Report]] = defaultdict(list)
    for report in reports:
        found[record_of(example.forms[report.family], report)].append(report)
    return found


def together(form: Form, saves: list[Report]) -> dict[str, Any]:
    """What a record holds after its saves: the last value of each field, all rows of each log."""
    logs = {field.name for field in form.fields if field.origin == "log"}
    held: dict[str, Any] = {}
    for save in saves:
        for name, value in save.answers.items():
            held[name] = [*held.get(name, []), *value] if name in logs else value
    return held


def test_the_same_seed_gives_the_same_year_and_another_seed_another(
    example: Example, reports: list[Report]
) -> None:
    assert [*generate_reports(example)] == reports
    assert [*generate_reports(example, seed=1)] != reports


def test_every_report_says_that_it_is_made_up(reports: list[Report]) -> None:
    for report in reports:
        assert report.synthetic
        assert report.answers["note"].startswith(SYNTHETIC)
        assert report.author.name.endswith(SAMPLE)
    assert SYNTHETIC == "Dữ liệu mẫu – không phải số liệu thật."


def test_every_form_of_the_example_is_used_in_every_level_that_files_it(
    example: Example, reports: list[Report]
) -> None:
    tree = units_at(example.units, ISSUED_ON)
    used: dict[str, set[str]] = defaultdict(set)
    for report in reports:
        used[report.family].add(tree[report.unit].level)
    assert set(used) == set(example.forms)
    for family, levels in used.items():
        assert levels <= set(example.forms[family].subject.levels)


def test_only_what_is_odd_on_purpose_is_flagged(example: Example, reports: list[Report]) -> None:
    days = {period.id: period.days for period in example.periods}
    for saves in by_record(example, reports).values():
        form = example.forms[saves[0].family]
        plain = [save for save in saves if save.oddity != "conflict"]
        circumstances = Circumstances(
            today=max(save.claimed_on for save in plain),
            period_days=days[plain[0].period] if plain[0].period else None,
        )
        flags = validate(form, together(form, plain), circumstances)
        if any(save.oddity == "constraint" for save in saves):
            assert {flag.code for flag in flags} == {"constraint"}
        elif all(save.oddity == "" for save in plain):
            assert flags == []


def test_no_report_writes_what_belongs_to_another_role(example: Example, reports: list[Report]) -> None:
    for report in reports:
        assert role_flags(example.forms[report.family], report.answers, report.author.role) == []


def test_authors_sit_in_the_unit_of_the_report_or_in_one_above_it(
    example: Example, reports: list[Report]
) -> None:
    tree = units_at(example.units, ISSUED_ON)
    for report in reports:
        assert report.author.unit in path_at(tree, report.unit)
    offices = {
        report.author.role: tree[report.author.unit].level
        for report in reports
        if report.author.role != "reporter"
    }
    assert offices == {"district_officer": "district", "province_officer": "province"}


def test_there_are_conflicts_breaches_and_wrong_clocks_but_few(reports: list[Report]) -> None:
    odd = Counter(report.oddity for report in reports)
    assert set(odd) == {"", "conflict", "constraint", "clock"}
    assert odd[""] > 0.98 * len(reports)


def test_a_conflict_is_a_second_value_for_one_field_of_one_record(
    example: Example, reports: list[Report]
) -> None:
    records = by_record(example, reports)
    for report in reports:
        if report.oddity == "conflict":
            saves = records[record_of(example.forms[report.family], report)]
            assert len({save.author for save in saves}) == 2
            assert len({save.answers["visits_read"] for save in saves}) == 2


def test_reports_come_after_their_period_and_events_have_ids_of_their_own(
    example: Example, reports: list[Report]
) -> None:
    ends = {period.id: period.end for period in example.periods}
    for report in reports:
        if report.period and report.oddity != "clock":
            assert 0 <= day_number(report.claimed_on) - day_number(ends[report.period]) <= 40
    events = [report.record for report in reports if report.record]
    assert len(set(events)) == len(events) > 0


def test_far_communes_report_less_and_later(example: Example, reports: list[Report]) -> None:
    remoteness = {place.unit: place.remoteness for place in places_of(example, 171)}
    filed = Counter(report.unit for report in reports if report.family == "F09")
    islands = [filed[unit] for unit, how in remoteness.items() if how > 0.8]
    towns = [filed[unit] for unit, how in remoteness.items() if how < 0.2]
    assert sum(islands) / len(islands) < sum(towns) / len(towns)


def test_every_save_fits_into_one_change_set(example: Example, reports: list[Report]) -> None:
    for report in reports:
        rows = [row for value in report.answers.values() for row in _rows(value)]
        assert len(report.answers) + sum(1 + len(row) for row in rows) <= SET_OPERATIONS_MAX
        assert len(_encoded(report.answers)) < TEXT_BYTES_MAX * 4


def test_texts_are_nfc_and_rows_with_a_natural_key_are_all_different(
    example: Example, reports: list[Report]
) -> None:
    for report in reports:
        form = example.forms[report.family]
        for name, value in report.answers.items():
            field = form.field(name)
            assert field is not None
            assert not isinstance(value, str) or is_nfc(value)
            if field.key:
                keys = [row_key(field, row) for row in value]
                assert None not in keys
                assert len(set(keys)) == len(keys)


def test_every_picture_that_a_report_names_is_there_and_is_a_png(reports: list[Report]) -> None:
    named = {photo[0] for report in reports for photo in _photos(report.answers)}
    assert named
    assert named <= set(photo_pool())
    assert all(photo.startswith(b"\x89PNG") and len(photo) < 4096 for photo in photo_pool().values())
    assert synthetic_photo(3) == synthetic_photo(3) != synthetic_photo(4)


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _photos(answers: dict[str, Any]) -> list[list[Any]]:
    values = [
        *answers.values(),
        *(cell for value in answers.values() for row in _rows(value) for cell in row.values()),
    ]
    lists = [value for value in values if isinstance(value, list)]
    return [
        part for value in lists for part in value if isinstance(part, list) and isinstance(part[0], bytes)
    ]


def _encoded(answers: dict[str, Any]) -> bytes:
    return canonical.encode(
        [[name, [[*row.items()] for row in _rows(value)] or value] for name, value in answers.items()]
    )
