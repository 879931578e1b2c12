"""What a save tells its author: whose value it took the place of, which approval it put out of date, what hiding means."""

from typing import Any

import pytest

from tests.syncclient.cli_town import MARCH, Town, message_of, town_with_post, value


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = town_with_post(tmp_path_factory.mktemp("town"))
    topics = ("report", "F05M", "--period", "2019-03")
    town.done("Lan", *topics, "--set", "topics=CS", "--set", "minutes_own=90")
    town.done("Lan", *MARCH, "--set", "visits_read=120", "--set", "days_open=20")
    town.carry("Lan", "Hoa")
    return town


def superseded(found: Any) -> list[tuple[str, object, str]]:
    return [(each["field"], each["value"], each["person"]) for each in found["superseded"]]


def test_a_value_in_place_of_somebody_elses_is_told_with_the_field_and_the_person(town: Town) -> None:
    found = town.done("Hoa", *MARCH, "--set", "visits_read=1.300", "--set", "letters=4")
    assert superseded(found) == [("visits_read", 120, "Lan")]
    told = town.say("Hoa", *MARCH, "--set", "days_open=26")
    saved, line = told.splitlines()[:2]
    assert saved.startswith("Đã lưu trên máy")
    assert line.startswith("  Mục days_open: 26 thay cho 20 của Lan (")
    assert "lịch sử" in line


def test_the_same_is_told_in_english(town: Town) -> None:
    told = town.say("Hoa", *MARCH, "--set", "visits_read=1.300", lang="en")
    assert "Field visits_read: 1.300 in place of 120 by Lan (" in told


def test_what_is_ones_own_or_the_same_is_not_told(town: Town) -> None:
    assert superseded(town.done("Lan", *MARCH, "--set", "visits_read=130")) == []
    assert superseded(town.done("Hoa", *MARCH, "--set", "visits_read=120")) == []
    assert superseded(town.done("Hoa", *MARCH, "--set", "visits_read=125")) == []


def test_every_one_of_two_values_that_a_save_replaces_is_told(town: Town) -> None:
    town.done("Hoa", *MARCH, "--set", "visits_read=130")
    town.done("Lan", *MARCH, "--set", "visits_read=125")
    town.carry("Lan", "Hoa")
    town.carry("Hoa", "Dũng")
    found = town.done("Dũng", "report", "F01M", "--record", "F01M", "--set", "visits_read=140")
    assert sorted(superseded(found)) == [("visits_read", 125, "Lan"), ("visits_read", 130, "Hoa")]


def test_what_a_choice_between_two_values_replaces_is_told(town: Town) -> None:
    town.done("Hoa", *MARCH, "--set", "visits_read=130")
    town.done("Lan", *MARCH, "--set", "visits_read=125")
    town.carry("Lan", "Hoa")
    found = town.done("Hoa", "resolve", "F01M", "visits_read", "--value", "130")
    assert superseded(found) == [("visits_read", 125, "Lan")]


def test_an_element_of_somebody_else_that_is_taken_out_is_told(town: Town) -> None:
    line = ("report", "F05M", "--period", "2019-03", "--remove", "topics=CS")
    told = town.say("Hoa", *line)
    assert "Mục topics: đã bỏ" in told
    assert "của Lan" in told
    assert "topics" not in town.done("Hoa", "show", "F05M")["fields"]


def test_a_cell_is_named_by_its_row(town: Town) -> None:
    quarter = ("report", "F04A", "--period", "2019-Q1", "--row", "coverage=Ấp 1|VNPT", "--cell")
    town.done("Lan", *quarter, "voice=T")
    town.carry("Lan", "Hoa")
    found = town.done("Hoa", *quarter, "voice=Y")
    assert [(field.casefold(), was) for field, was, _ in superseded(found)] == [
        ("coverage[ấp 1|vnpt].voice", "T")
    ]


# ----------------------------------------------------------------------------------------------- out of date


def outdated(found: Any) -> set[tuple[str, str]]:
    return {(each["said"], each["person"]) for each in found["outdated"]}


def approved(town: Town) -> None:
    town.done("Hoa", "review", "F01M", "--confirm")
    town.carry("Hoa", "Dũng")
    town.done("Dũng", "review", "F01M", "--approve")
    town.carry("Dũng", "Lan")


def test_saving_in_an_approved_report_says_that_the_approval_is_out_of_date(town: Town) -> None:
    approved(town)
    found = town.done("Lan", *MARCH, "--set", "visits_read=130")
    assert outdated(found) == {("confirmed", "Hoa"), ("approved", "Dũng")}
    assert outdated(town.done("Lan", *MARCH, "--set", "visits_read=131")) == set()


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("vi", "! Duyệt đã cũ: Huyện duyệt (Dũng), Xã xác nhận (Hoa)"),
        ("en", "! Approval out of date: Approved by the district (Dũng), Confirmed by the commune (Hoa)"),
    ],
)
def test_whose_approval_is_out_of_date_is_told_in_either_language(town: Town, lang: str, words: str) -> None:
    approved(town)
    told = town.say("Lan", *MARCH, "--set", "visits_read=130", lang=lang)
    head, _, rest = words.partition(": ")
    assert head in told
    assert all(part in told for part in rest.split(", "))


@pytest.mark.parametrize("line", [("--note", "Mất điện hai ngày"), ("--count", "tally_read=1")])
def test_a_note_or_a_tally_leaves_an_approval_as_it_is(town: Town, line: tuple[str, ...]) -> None:
    approved(town)
    assert outdated(town.done("Lan", *MARCH, *line)) == set()


def test_a_correction_of_a_returned_report_is_nothing_to_warn_of(town: Town) -> None:
    town.done("Hoa", "review", "F01M", "--return", "Thiếu số")
    town.carry("Hoa", "Lan")
    assert outdated(town.done("Lan", *MARCH, "--set", "visits_read=130")) == set()


def test_settling_a_difference_in_an_approved_report_puts_the_approval_out_of_date(town: Town) -> None:
    town.done("Hoa", *MARCH, "--set", "letters=5")
    town.done("Lan", *MARCH, "--set", "letters=7")
    town.carry("Lan", "Hoa")
    town.done("Hoa", "review", "F01M", "--confirm")
    found = town.done("Hoa", "resolve", "F01M", "letters", "--pick", 1)
    assert outdated(found) == {("confirmed", "Hoa")}


# ----------------------------------------------------------------------------------------------- hidden


def test_hiding_says_how_to_show_a_report_again_and_asks_for_nothing_else(town: Town) -> None:
    told = town.say("Lan", *MARCH, "--void", "Ghi nhầm kỳ")
    assert "không bị xóa" in told
    assert "  ! " not in told
    line = told.split("Hiện lại: ")[1].splitlines()[0]
    record = town.done("Lan", "show", "F01M")["record"][:8]
    assert line.endswith(f'report F01M --record {record} --restore "LÝ DO"')
    town.done("Lan", "report", "F01M", "--record", line.split("--record ")[1][:8], "--restore", "Đúng kỳ")
    assert not town.done("Lan", "show", "F01M")["hidden"]
    assert value(town, "Lan", "visits_read") == [120]


def test_showing_again_is_told(town: Town) -> None:
    town.done("Lan", *MARCH, "--void", "Ghi nhầm kỳ")
    assert "được hiện lại" in town.say("Lan", *MARCH, "--restore", "Đúng kỳ")


def test_a_report_of_tallies_alone_can_be_hidden(town: Town) -> None:
    april = ("report", "F01M", "--site", "HN-1", "--period", "2019-04")
    town.done("Lan", *april, "--count", "tally_read=1")
    town.done("Lan", *april, "--void", "Ghi nhầm kỳ")
    assert town.done("Lan", "show", "F01M/2019-04")["hidden"]


@pytest.mark.parametrize(
    ("options", "code", "error", "words"),
    [
        (("--void", ""), 2, "reason-needed", "--void"),
        (("--restore", " "), 2, "reason-needed", "--restore"),
        (("--void", "a", "--restore", "b"), 2, "void-or-restore", "--void"),
        (("--restore", "Đúng kỳ"), 1, "not-hidden", "không bị ẩn"),
    ],
)
def test_hiding_by_mistake_is_told_and_changes_nothing(
    town: Town, options: tuple[str, ...], code: int, error: str, words: str
) -> None:
    before = town.done("Lan", "status")["counts"]
    refused = town.run("Lan", *MARCH, *options)
    assert (refused.code, refused.error) == (code, error)
    assert words in message_of(refused)
    assert town.done("Lan", "status")["counts"] == before


def test_what_is_not_there_or_hidden_already_cannot_be_hidden(town: Town) -> None:
    april = ("report", "F01M", "--site", "HN-1", "--period", "2019-04", "--void", "Nhầm")
    assert town.run("Lan", *april).error == "nothing-to-hide"
    town.done("Lan", *MARCH, "--void", "Ghi nhầm kỳ")
    assert town.run("Lan", *MARCH, "--void", "Ghi nhầm kỳ").error == "nothing-to-hide"
