"""A person's commands on their own device: directives, report, show, status."""

from typing import Any

import pytest

from tests.syncclient.cli_town import (
    COMMUNE,
    FORMS,
    MARCH,
    Town,
    fields,
    message_of,
    value,
)


def test_the_directives_come_with_their_forms(town: Town) -> None:
    listed = {each["code"]: each for each in town.done("Lan", "directives")["directives"]}
    assert len(listed) == 39
    assert listed["TB171-2.1a"]["forms"] == ["F01K", "F01M", "F01P"]


def test_a_directive_is_named_by_the_end_of_its_code(town: Town) -> None:
    assert town.done("Lan", "directives", "2.1a")["code"] == "TB171-2.1a"


def test_a_form_tells_its_fields_and_choices(town: Town) -> None:
    found = town.done("Lan", "directives", "--form", "F01M")
    status = next(field for field in found["fields"] if field["name"] == "op_status")
    assert status["choices"] == ["HD", "TN", "NG"]


def test_forms_and_periods_are_listed(town: Town) -> None:
    assert len(town.done("Lan", "directives", "--forms")["forms"]) == len(FORMS)
    periods = town.done("Lan", "directives", "--periods")["periods"]
    assert {"administrative", "calendar"} == {each["regime"] for each in periods}


def test_units_and_sites_are_listed(town: Town) -> None:
    assert COMMUNE in {each["name"] for each in town.done("Lan", "show", "--units")["units"]}
    assert ["HN-1", "Điểm Hòn Nghệ"] in [
        each["names"] for each in town.done("Lan", "show", "--sites")["sites"]
    ]


def test_values_are_read_as_people_in_viet_nam_write_them(town: Town) -> None:
    town.done(
        "Lan",
        *MARCH,
        "--set",
        "op_status=đang hoạt động",
        "--set",
        "visits_read=1.234",
        "--set",
        "hours_per_day=4,5",
    )
    assert value(town, "Lan", "op_status") == ["HD"]
    assert value(town, "Lan", "visits_read") == [1234]
    assert value(town, "Lan", "hours_per_day") == [45]


def test_a_save_is_shown_at_once_and_marked_as_only_here(town: Town) -> None:
    town.done("Lan", *MARCH, "--set", "visits_read=10")
    [sibling] = fields(town, "Lan")["visits_read"]["values"]
    assert (sibling["way"], sibling["person"]) == ("saved", "Lan")
    assert town.done("Lan", "status")["counts"]["saved"] >= 1


def test_a_later_save_replaces_what_it_showed(town: Town) -> None:
    town.done("Lan", *MARCH, "--set", "visits_read=10")
    town.done("Lan", *MARCH, "--set", "visits_read=11")
    assert value(town, "Lan", "visits_read") == [11]
    history = town.done("Lan", "show", "F01M", "--history")["history"]
    assert [(each["value"], each["live"]) for each in history if each["field"] == "visits_read"] == [
        (10, False),
        (11, True),
    ]


def test_the_histories_of_all_reports_are_shown_at_once(town: Town) -> None:
    town.done("Lan", *MARCH, "--set", "visits_read=120")
    town.done("Lan", *MARCH, "--set", "visits_read=95")
    shown = {each["form"]: each for each in town.done("Lan", "show", "--history")["records"]}
    assert set(shown) == {"F01P", "F01M"}
    assert shown["F01M"]["history"] == town.done("Lan", "show", "F01M", "--history")["history"]
    assert [each["value"] for each in shown["F01M"]["history"] if each["field"] == "visits_read"] == [120, 95]
    assert set(town.done("Lan", "show", "--history", "--form", "F01P")["records"][0]) == set(shown["F01P"])


def test_an_empty_value_blanks_a_field(town: Town) -> None:
    town.done("Lan", *MARCH, "--set", "visits_read=10")
    town.done("Lan", *MARCH, "--set", "visits_read=")
    assert value(town, "Lan", "visits_read") == [None]


def test_a_tally_counts_on(town: Town) -> None:
    town.done("Lan", *MARCH, "--count", "tally_read=+3")
    town.done("Lan", *MARCH, "--count", "tally_read=-1")
    assert fields(town, "Lan")["tally_read"]["total"] == 2


def test_flags_are_told_and_never_refuse(town: Town) -> None:
    found = town.done("Lan", *MARCH, "--set", "op_status=HD", "--set", "days_open=99")
    assert {"field": "days_open", "code": "constraint"}.items() <= _flag(found, "days_open").items()
    assert value(town, "Lan", "days_open") == [99]


def _flag(found: Any, field: str) -> Any:
    return next(flag for flag in found["flags"] if flag["field"] == field)


def test_a_field_of_another_role_is_flagged(town: Town) -> None:
    found = town.done("Lan", "report", "F01P", "--site", "HN-1", "--set", "site_code=HN-9")
    assert _flag(found, "site_code")["code"] == "role"


def test_rows_with_a_key_meet_however_it_is_spelled(town: Town) -> None:
    quarter = ("report", "F04A", "--period", "2019-Q1")
    town.done("Lan", *quarter, "--row", "coverage=Ấp 1|VNPT", "--cell", "voice=T", "--cell", "data=4G")
    town.done("Lan", *quarter, "--row", "coverage=ấp  1|VNPT", "--cell", "voice=Y")
    found = fields(town, "Lan", "F04A")
    voices = {name: each["values"] for name, each in found.items() if name.endswith(".voice")}
    assert [[each["value"] for each in values] for values in voices.values()] == [["Y"]]


def test_cells_belong_to_the_row_before_them(town: Town) -> None:
    town.done(
        "Lan", *MARCH, "--row", "issue=new", "--cell", "issue_type=TBI", "--row", "issue=new", "--cell",
        "issue_type=NS", "--cell", "issue_text=Thiếu người",
    )  # fmt: skip
    found = fields(town, "Lan")
    rows = {name.partition(".")[0] for name in found if name.startswith("issue[")}
    assert len(rows) == 2
    texts = [name for name in found if name.endswith(".issue_text")]
    assert len(texts) == 1
    assert value(town, "Lan", texts[0].replace("issue_text", "issue_type")) == ["NS"]


def test_a_row_can_be_changed_and_hidden_by_the_start_of_its_id(town: Town) -> None:
    town.done("Lan", *MARCH, "--row", "issue=new", "--cell", "issue_type=TBI")
    row = next(name for name in fields(town, "Lan") if name.startswith("issue["))[6:14]
    town.done("Lan", *MARCH, "--row", f"issue={row}", "--cell", "issue_type=NS")
    assert value(town, "Lan", f"issue[{row}].issue_type") == ["NS"]
    town.done("Lan", *MARCH, "--hide-row", f"issue={row}")
    assert (
        town.run("Lan", *MARCH, "--row", f"issue={row}", "--cell", "issue_type=TBI").error == "unknown-name"
    )


def test_several_choices_are_set_added_and_taken_out(town: Town) -> None:
    month = ("report", "F05M", "--period", "2019-03")
    choices = next(
        field
        for field in town.done("Lan", "directives", "--form", "F05M")["fields"]
        if field["type"] == "selN"
    )
    name, (one, two, *_) = choices["name"], choices["choices"]
    town.done("Lan", *month, "--set", f"{name}={one}")
    town.done("Lan", *month, "--add", f"{name}={two}")
    assert set(value(town, "Lan", name, "F05M")) == {one, two}
    town.done("Lan", *month, "--set", f"{name}={two}")
    assert value(town, "Lan", name, "F05M") == [two]
    town.done("Lan", *month, "--remove", f"{name}={two}")
    assert name not in fields(town, "Lan", "F05M")
    assert town.run("Lan", *month, "--remove", f"{name}={two}").error == "unknown-name"


def test_zero_is_declared_for_every_figure_that_was_left_blank(town: Town) -> None:
    town.done("Lan", *MARCH, "--set", "op_status=HD", "--zero")
    assert value(town, "Lan", "visits_read") == [0]
    assert value(town, "Lan", "letters") == [0]
    assert "tally_read" not in fields(town, "Lan")


def test_zero_is_refused_where_a_figure_stands(town: Town) -> None:
    town.done("Lan", *MARCH, "--set", "visits_read=5")
    refused = town.run("Lan", *MARCH, "--zero")
    assert (refused.code, refused.error) == (1, "no-longer-zero")


def test_a_report_is_hidden_and_shown_again_with_reasons(town: Town) -> None:
    town.done("Lan", *MARCH, "--set", "visits_read=5")
    town.done("Lan", *MARCH, "--void", "nhầm kỳ")
    assert town.done("Lan", "show", "F01M")["hidden"]
    town.done("Lan", *MARCH, "--restore", "đúng kỳ")
    assert not town.done("Lan", "show", "F01M")["hidden"]


def test_a_note_is_kept(town: Town) -> None:
    town.done("Lan", *MARCH, "--note", "Mất điện hai ngày")
    assert town.done("Lan", "show", "F01M")["notes"][0]["value"][0] == "Mất điện hai ngày"


def test_an_event_is_a_report_of_its_own_at_its_site(town: Town) -> None:
    first = town.done("Lan", "report", "F01K", "--site", "HN-1", "--set", "visit_date=18/02/2019")
    second = town.done("Lan", "report", "F01K", "--site", "HN-1", "--set", "visit_date=2019-02-19")
    assert first["record"] != second["record"]
    town.done("Lan", "report", "F01K", "--record", first["record"][:8], "--set", "sign_ok=có")
    shown = town.done("Lan", "show", first["record"][:8])
    assert shown["fields"]["visit_date"]["values"][0]["value"] == "2019-02-18"
    assert shown["fields"]["sign_ok"]["values"][0]["value"] is True
    assert shown["site"] == town.done("Lan", "show", "--sites")["sites"][0]["site"]


def test_restricted_fields_are_filed_apart_by_who_may(town: Town) -> None:
    town.carry("Lan", "Hoa")
    town.done("Hoa", *MARCH, "--set", "op_status=HD", "--set", "revenue=1.500.000")
    assert value(town, "Hoa", "revenue") == [1_500_000]
    refused = town.run("Lan", *MARCH, "--set", "revenue=1.500.000")
    assert (refused.code, refused.error) == (1, "not-allowed")
    assert town.done("Lan", "show", "--form", "F01M")["records"] == []


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        (("report", "F99"), 1, "unknown-name"),
        (("report", "F01M", "--period", "2019-03", "--set", "visits_read=1"), 2, "subject-needed"),
        (("report", "F01M", "--site", "HN-1", "--set", "visits_read=1"), 2, "period-needed"),
        (("report", "F01M", "--site", "HN-7", "--period", "2019-03"), 1, "unknown-name"),
        (("report", "F01M", "--site", "HN-1", "--period", "2031-03"), 1, "unknown-name"),
        (("report", "F01M", "--site", "HN-1", "--period", "2019-Q1"), 1, "unknown-name"),
        (("report", "F11"), 2, "directive-needed"),
        (("report", "F11", "--directive", "9.9"), 1, "unknown-name"),
        ((*MARCH,), 2, "nothing-to-save"),
        ((*MARCH, "--set", "visits_read"), 2, "pair-unreadable"),
        ((*MARCH, "--set", "visitors=1"), 1, "unknown-name"),
        ((*MARCH, "--set", "visits_read=nhiều"), 2, "answer-unreadable"),
        ((*MARCH, "--set", "visits_read=1,5"), 2, "answer-unreadable"),
        ((*MARCH, "--set", "op_status=MO"), 2, "answer-unreadable"),
        ((*MARCH, "--set", "visits_total=5"), 2, "wrong-option"),
        ((*MARCH, "--set", "tally_read=5"), 2, "wrong-option"),
        ((*MARCH, "--count", "visits_read=5"), 2, "wrong-option"),
        ((*MARCH, "--count", "tally_read=0"), 2, "answer-unreadable"),
        ((*MARCH, "--set", "issue=x"), 2, "wrong-option"),
        ((*MARCH, "--row", "visits_read=new"), 2, "wrong-option"),
        ((*MARCH, "--row", "issue=Ấp 1"), 2, "row-key-unreadable"),
        ((*MARCH, "--row", "issue=abcd1234", "--cell", "issue_type=TBI"), 1, "unknown-name"),
        ((*MARCH, "--row", "issue=new", "--cell", "kind=TBI"), 1, "unknown-name"),
        ((*MARCH, "--cell", "issue_type=TBI"), 2, "cell-without-row"),
        ((*MARCH, "--row", "issue=new", "--cell", "issue_photo=a.jpg"), 1, "picture-later"),
        (("report", "F04A", "--period", "2019-Q1", "--row", "coverage=Ấp 1"), 2, "row-key-unreadable"),
        (("report", "F01M", "--record", "ffff", "--set", "visits_read=1"), 1, "unknown-name"),
        (("report", "F01M", "--record", "F01P", "--set", "visits_read=1"), 1, "unknown-name"),
        (("report", "F02", "--unit", "Hà Nội", "--period", "2019-03", "--zero"), 1, "unknown-name"),
        (("report", "F02", "--period", "2019-03", "--zero"), 2, "nothing-to-save"),
        (("report", "F05M", "--unit", "Xã Sơn Hải", "--period", "2019-03", "--zero"), 1, "not-allowed"),
        (("show", "ffff"), 1, "unknown-name"),
        (("directives", "7.7"), 1, "unknown-name"),
        (("directives", "--form", "F77"), 1, "unknown-name"),
        (("resolve", "ffff", "visits_read"), 1, "unknown-name"),
        (("review", "ffff", "--confirm"), 1, "unknown-name"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(
    town: Town, line: tuple[object, ...], code: int, error: str
) -> None:
    before = town.done("Lan", "status")["counts"]
    refused = town.run("Lan", *line)
    assert (refused.code, refused.error) == (code, error)
    assert len(message_of(refused)) > 40
    assert town.done("Lan", "status")["counts"] == before


def test_a_name_that_fits_several_things_is_asked_back(town: Town) -> None:
    for period in ("2019-03", "2019-04"):
        town.done("Lan", "report", "F01M", "--site", "HN-1", "--period", period, "--set", "visits_read=1")
    refused = town.run("Lan", "show", "F01M")
    assert (refused.code, refused.error) == (1, "ambiguous-name")
    assert town.done("Lan", "show", "F01M/HN-1/2019-04")["fields"]["visits_read"]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_report_is_named_by_its_unit_in_either_language(town: Town, lang: str) -> None:
    town.done("Lan", *MARCH, "--count", "tally_read=1")
    for unit in ("Xã Hòn Nghệ", "Hòn Nghệ", "hon nghe", "Hon Nghe Commune"):
        assert town.run("Lan", "show", f"F01M/{unit}/2019-03", "--lang", lang).code == 0
    assert town.run("Lan", "show", "F01M/Nghệ An/2019-03", "--lang", lang).error == "unknown-name"
