"""The worked example hangs together: notice, directives, units, forms."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from haidang_protocol import canonical
from haidang_protocol.definitions.directives import DIRECTIVE_COLUMNS, Directive
from haidang_protocol.definitions.form_problems import form_problems
from haidang_protocol.definitions.forms import Form
from haidang_protocol.definitions.periods import ADMINISTRATIVE, CALENDAR, Period
from haidang_protocol.definitions.text import match_key
from haidang_protocol.definitions.units import Unit, path_at, successors, unit_problems, units_at
from haidang_protocol.limits import SET_BYTES_MAX
from haidang_server.example import dataset
from haidang_server.example.dataset import ISSUED_ON, load_example

EXAMPLE = load_example()
FOLDER = Path(dataset.__file__).parent / "kien_giang"
FAMILIES = (
    ["F01K", "F01M", "F01P", "F02", "F03M", "F03P", "F04A", "F04S", "F05M", "F05P", "F05T", "F06", "F07", "F08", "F09", "F10", "F10M", "F11", "F12"]
)  # fmt: skip
TREE = units_at(EXAMPLE.units, ISSUED_ON)
NEWEST = units_at(EXAMPLE.units, "2025-07-01")


def levels(date: str) -> Counter[str]:
    return Counter(version.level for version in units_at(EXAMPLE.units, date).values())


@pytest.mark.parametrize("directive", EXAMPLE.directives, ids=lambda directive: directive.code)
def test_every_quote_stands_in_the_notice_word_for_word(directive: Directive) -> None:
    assert directive.quote in EXAMPLE.notice


def test_the_notice_gives_39_tasks_and_no_due_date() -> None:
    assert len(EXAMPLE.directives) == 39
    assert {directive.due for directive in EXAMPLE.directives} == {None}
    assert Counter(directive.channel for directive in EXAMPLE.directives) == {
        "paper": 24, "field": 9, "both": 4, "derived": 1, "restricted": 1,
    }  # fmt: skip
    assert [directive.code for directive in EXAMPLE.directives if directive.amount] == ["TB171-3.8"]


def test_every_column_of_the_catalogue_is_kept() -> None:
    with (FOLDER / "directives.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    assert tuple(rows[0]) == DIRECTIVE_COLUMNS
    for row, directive in zip(rows, EXAMPLE.directives, strict=True):
        assert "; ".join(directive.leads) == row["lead_vi"] or directive.leads == (row["lead_vi"],)
        assert "; ".join(directive.coordinators).replace(" ;", ";") == row["coord_vi"].replace(" ;", ";")
        assert "; ".join(directive.legal_bases) == row["legal_bases"]
        assert ",".join(directive.forms) == row["form_id"]
        assert ";".join(directive.related) == row["related_ids"]


def test_a_lead_that_the_notice_does_not_name_is_marked_as_inferred() -> None:
    inferred = {
        directive.code.removeprefix("TB171-") for directive in EXAMPLE.directives if directive.lead_inferred
    }
    assert inferred == {
        "2.3a",
        "2.3b",
        "2.3c",
        "2.3d",
        "2.3e",
        "2.3f",
        "2.4b",
        "2.4c",
        "2.4d",
        "2.4f",
        "3.7b",
        "3.7c",
        "3.10a",
        "3.10c",
    }
    assert {remark.kind for remark in EXAMPLE.remarks} >= {"date", "typo", "due_date"}


def test_every_task_that_is_reported_has_its_form() -> None:
    for directive in EXAMPLE.directives:
        assert set(directive.forms) <= set(FAMILIES)
        assert bool(directive.forms) == (directive.channel != "derived")
        if directive.channel in {"paper", "both"}:
            assert "F11" in directive.forms
        if directive.channel in {"field", "both"}:
            assert set(directive.forms) - {"F11"}


def test_forms_and_directives_name_each_other() -> None:
    for form in EXAMPLE.forms.values():
        assert set(form.directives) == {each.code for each in EXAMPLE.directives if form.family in each.forms}


def test_all_forms_of_the_example_are_there() -> None:
    assert [*EXAMPLE.forms] == FAMILIES


@pytest.mark.parametrize("form", EXAMPLE.forms.values(), ids=lambda form: form.family)
def test_every_form_can_be_published(form: Form) -> None:
    assert form_problems(form) == []
    assert Form.from_value(form.to_value()) == form
    assert len(canonical.encode(form)) < SET_BYTES_MAX // 8


@pytest.mark.parametrize("form", EXAMPLE.forms.values(), ids=lambda form: form.family)
def test_every_form_has_room_for_notes_and_a_section_for_all_fields_or_for_none(form: Form) -> None:
    assert form.field("note") is not None
    assert len({bool(field.section) for field in form.fields}) == 1
    assert all(field.label.vi != field.label.en for field in form.fields)


def test_cyber_reports_are_restricted_and_names_are_personal() -> None:
    assert {form.family for form in EXAMPLE.forms.values() if form.restricted} == {"F10", "F10M"}
    personal = {field.name for form in EXAMPLE.forms.values() for field in form.fields if field.personal}
    assert personal == {"checker"}
    restricted = {field.name for form in EXAMPLE.forms.values() for field in form.fields if field.restricted}
    assert {"revenue", "rent", "false_detected"} <= restricted


def test_on_the_day_of_the_notice_the_province_had_161_units() -> None:
    assert levels(ISSUED_ON) == {"province": 1, "district": 15, "commune": 145}
    kinds = Counter(version.type for version in TREE.values() if version.level == "commune")
    assert kinds == {"xa": 117, "phuong": 16, "thi_tran": 12}
    assert sum("HD" in unit.tags for unit in EXAMPLE.units if unit.id in TREE) == 17


def test_changes_before_and_after_give_the_official_counts() -> None:
    assert levels("2021-03-01")["commune"] == 144
    assert levels("2025-01-01")["commune"] == 143
    assert levels("2025-07-01") == {"province": 1, "commune": 48}
    kinds = Counter(version.type for version in NEWEST.values() if version.level == "commune")
    assert kinds == {"xa": 41, "phuong": 4, "dac_khu": 3}


def test_the_history_of_units_contradicts_itself_nowhere() -> None:
    assert unit_problems(EXAMPLE.units, EXAMPLE.successions) == []


def test_every_unit_of_2019_that_had_a_successor_leads_whole_to_one_of_today() -> None:
    for unit, version in TREE.items():
        today = successors(EXAMPLE.successions, unit, "2025-07-01")
        assert set(today.values()) == {None}
        if version.level == "district":
            assert today == {unit: None}
            assert unit not in NEWEST
        else:
            assert len(today) == 1
            assert set(today) <= set(NEWEST)


def test_the_48_communes_of_2025_hold_all_of_the_old_ones() -> None:
    communes = [unit for unit, version in TREE.items() if version.level == "commune"]
    reached = {each for unit in communes for each in successors(EXAMPLE.successions, unit, "2025-07-01")}
    assert reached == {unit for unit, version in NEWEST.items() if version.level == "commune"}


def test_a_code_is_no_identity() -> None:
    by_code_then = {version.code: unit for unit, version in TREE.items()}
    by_code_now = {version.code: unit for unit, version in NEWEST.items()}
    assert by_code_then["91"] != by_code_now["91"]
    reused = [code for code, unit in by_code_now.items() if by_code_then.get(code) not in {None, unit}]
    assert len(reused) == 43
    thanh_van = units_at(EXAMPLE.units, "2025-01-01")
    assert [version.code for version in thanh_van.values() if version.name == "Phường Vĩnh Thanh Vân"] == [
        "30742"
    ]


def test_both_tone_styles_of_the_catalogue_are_kept_and_match() -> None:
    names = [version.name for version in TREE.values()]
    assert "Xã Tân Hoà" in names
    assert "Xã Minh Hòa" in names
    doubled = {name for name in names if names.count(name) > 1}
    assert doubled == {"Xã Bình An", "Xã Thạnh Lộc", "Xã Vĩnh Phú"}
    assert match_key("xã tân hòa") in {match_key(name) for name in names}


def test_phones_reach_the_province_from_every_unit_by_its_parents() -> None:
    assert {len(path_at(TREE, unit)) for unit, version in TREE.items() if version.level == "commune"} == {3}
    assert {len(path_at(NEWEST, unit)) for unit, version in NEWEST.items() if version.level == "commune"} == {
        2
    }


def test_definitions_survive_their_entries() -> None:
    for unit in EXAMPLE.units:
        assert Unit.from_value(unit.to_value(ISSUED_ON)) == unit
    for directive in EXAMPLE.directives:
        assert Directive.from_value(directive.to_value()) == directive
    for period in EXAMPLE.periods:
        assert Period.from_value(period.to_value()) == period


def test_both_regimes_of_2019_and_2020_have_their_periods() -> None:
    found = Counter((period.regime, period.kind) for period in EXAMPLE.periods)
    assert found == {
        (ADMINISTRATIVE, "month"): 24, (ADMINISTRATIVE, "quarter"): 8, (ADMINISTRATIVE, "half"): 4,
        (ADMINISTRATIVE, "year"): 2, (CALENDAR, "quarter"): 8, (CALENDAR, "year"): 2,
    }  # fmt: skip


def test_every_district_has_a_tile_of_its_own_and_the_masts_add_up() -> None:
    assert {district.unit for district in EXAMPLE.districts} == {
        unit for unit, version in TREE.items() if version.level == "district"
    }
    assert len({(district.column, district.row) for district in EXAMPLE.districts}) == 15
    assert sum(district.masts for district in EXAMPLE.districts) == 2085


def test_the_sources_carry_the_licence_of_the_names() -> None:
    text = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    assert "Copyright (c) 2024 HanChinhVN" in text
    assert "THE SOFTWARE IS PROVIDED" in text
