"""What is said about a report: confirmed, approved, returned; by whom, about what, and what its author learns of it."""

import pytest

from tests.syncclient.cli_town import MARCH, Town, haidang, message_of, town_with_post

REASON = "Thiếu số ngày mở cửa"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = town_with_post(tmp_path_factory.mktemp("town"))
    town.done("Lan", *MARCH, "--set", "visits_read=120")
    for name in ("Lan", "Hoa"):
        town.carry("tinh", name)
    for name in ("Hoa", "Dũng"):
        town.carry("Lan", name)
    return town


def with_two_values(town: Town) -> None:
    """Hoa meets a second value of what she has seen nothing of."""
    town.done("Hoa", *MARCH, "--set", "letters=5")
    town.done("Lan", *MARCH, "--set", "letters=7")
    town.carry("Lan", "Hoa")


def saves(town: Town, name: str) -> int:
    counts = town.done(name, "status")["counts"]
    return int(counts["saved"] + counts["carried"])


def test_confirming_and_approving_bind_to_what_stands_there(town: Town) -> None:
    town.done("Hoa", "review", "F01M", "--confirm")
    assert town.done("Hoa", "show", "F01M")["stage"] == "confirmed"
    town.carry("Hoa", "Dũng")
    town.done("Dũng", "review", "F01M", "--approve")
    assert town.done("Dũng", "show", "F01M")["stage"] == "approved"
    town.done("Dũng", "report", "F01M", "--record", "F01M", "--set", "visits_read=121")
    assert town.done("Dũng", "show", "F01M")["stage"] == "stale"
    assert "Duyệt đã cũ" in town.say("Dũng", "show", "F01M")


def test_a_return_carries_its_reason(town: Town) -> None:
    town.done("Dũng", "review", "F01M", "--return", REASON)
    assert town.done("Dũng", "show", "F01M")["workflow"] == [
        {"role": "approve", "verdict": "returned", "reason": REASON, "stale": False}
    ]


@pytest.mark.parametrize("options", [(), ("--confirm", "--approve"), ("--approve", "--return", "vì")])
def test_a_review_says_one_thing(town: Town, options: tuple[str, ...]) -> None:
    refused = town.run("Dũng", "review", "F01M", *options)
    assert (refused.code, refused.error) == (2, "one-verdict")


def test_nobody_to_review_for_is_told(town: Town) -> None:
    town.done("Lan", "report", "F01M", "--site", "HN-1", "--period", "2019-04", "--count", "tally_read=1")
    town.carry("Lan", "Hoa")
    refused = town.run("Hoa", "review", "F01M/2019-04", "--confirm")
    assert (refused.code, refused.error) == (1, "nothing-to-review")


# ------------------------------------------------------------------------------------------------------ two values


@pytest.mark.parametrize(("name", "option"), [("Hoa", "--confirm"), ("Dũng", "--approve")])
def test_fields_with_two_values_are_named_when_a_report_is_signed(town: Town, name: str, option: str) -> None:
    with_two_values(town)
    town.carry("Hoa", "Dũng")
    assert town.done(name, "review", "F01M", option)["conflicts"] == ["letters"]
    for lang, words, choose in (("vi", "hai giá trị khác nhau: letters", "SỐ"), ("en", "two different values: 1 (letters)", "NUMBER")):  # fmt: skip
        said = town.say(name, "review", "F01M", option, lang=lang)
        assert words in said
        assert f"letters --pick {choose}" in said
    town.run(name, "resolve", "F01M", "letters", "--pick", 1)
    assert town.done(name, "show", "F01M")["stage"] == "stale"
    assert town.done(name, "review", "F01M", option)["conflicts"] == []


def test_a_return_asks_for_corrections_and_names_no_fields(town: Town) -> None:
    with_two_values(town)
    town.carry("Hoa", "Dũng")
    assert town.done("Dũng", "review", "F01M", "--return", REASON)["conflicts"] == []


# ------------------------------------------------------------------------------------------------------ said before


@pytest.mark.parametrize(
    ("name", "options"),
    [("Hoa", ("--confirm",)), ("Dũng", ("--approve",)), ("Dũng", ("--return", REASON))],
)
def test_what_was_said_before_is_not_signed_again(town: Town, name: str, options: tuple[str, ...]) -> None:
    assert town.done(name, "review", "F01M", *options)["signed"]
    before = saves(town, name)
    again = town.done(name, "review", "F01M", *options)
    assert (again["signed"], again["tags"]) == (False, [])
    assert saves(town, name) == before
    assert "không ký lại" in town.say(name, "review", "F01M", *options)
    assert "nothing was signed" in town.say(name, "review", "F01M", *options, lang="en")


@pytest.mark.parametrize("changed", ["visits_read=121", "revenue=2.000.000"])
def test_a_report_is_as_far_as_the_part_of_it_that_asks_for_more(town: Town, changed: str) -> None:
    """Fields that few may read are a record of their own: a change in either makes the whole out of date."""
    town.done("Hoa", *MARCH, "--set", "revenue=1.500.000")
    town.done("Hoa", "review", "F01M", "--confirm")
    assert town.done("Hoa", "show", "F01M")["stage"] == "confirmed"
    town.done("Hoa", *MARCH, "--set", changed)
    assert town.done("Hoa", "show", "F01M")["stage"] == "stale"
    assert {each["stage"] for each in town.done("Hoa", "show", "--form", "F01M")["records"]} == {"stale"}
    assert len(town.done("Hoa", "review", "F01M", "--confirm")["tags"]) == 1
    assert town.done("Hoa", "show", "F01M")["stage"] == "confirmed"


def test_what_changed_since_can_be_confirmed_again(town: Town) -> None:
    town.done("Hoa", "review", "F01M", "--confirm")
    town.done("Hoa", *MARCH, "--set", "letters=5")
    assert town.done("Hoa", "review", "F01M", "--confirm")["signed"]
    assert town.done("Hoa", "show", "F01M")["stage"] == "confirmed"


def test_another_verdict_of_the_same_person_is_signed(town: Town) -> None:
    town.done("Dũng", "review", "F01M", "--return", REASON)
    assert town.done("Dũng", "review", "F01M", "--return", "Lý do khác")["signed"]
    assert town.done("Dũng", "review", "F01M", "--approve")["signed"]
    assert town.done("Dũng", "show", "F01M")["stage"] == "approved"


def test_where_two_people_disagree_the_same_word_can_be_said_again(town: Town) -> None:
    town.done("Dũng", "review", "F01M", "--approve")
    town.carry("Lan", "tinh")
    town.done("tinh", "review", "F01M", "--return", REASON)
    town.carry("tinh", "Dũng")
    assert town.done("Dũng", "show", "F01M")["stage"] == "contested"
    assert town.done("Dũng", "review", "F01M", "--approve")["signed"]
    assert town.done("Dũng", "show", "F01M")["stage"] == "approved"


# ------------------------------------------------------------------------------------------------------ who may


@pytest.mark.parametrize(
    ("name", "options", "vi", "en"),
    [
        ("Lan", ("--confirm",), "Hoa (Lãnh đạo xã)", "Hoa (Head of a commune)"),
        ("Lan", ("--approve",), "Dũng (Cán bộ huyện)", "Dũng (District officer)"),
        ("Hoa", ("--approve",), "Dũng (Cán bộ huyện)", "Dũng (District officer)"),
        ("Lan", ("--return", REASON), "Hoa (Lãnh đạo xã)", "Hoa (Head of a commune)"),
    ],
)
def test_who_may_not_say_it_is_told_who_may(
    town: Town, name: str, options: tuple[str, ...], vi: str, en: str
) -> None:
    before = saves(town, name)
    for lang, who in (("vi", f"Người được ghi: {vi}"), ("en", f"Those who may: {en}")):
        refused = town.run(name, "review", "F01M", *options, "--lang", lang)
        assert (refused.code, refused.error) == (1, "may-not-review")
        assert who in message_of(refused)
        assert "sync" in message_of(refused)
    assert saves(town, name) == before


def test_whose_key_was_revoked_is_not_named(town: Town) -> None:
    town.done("tinh", "revoke", "Hoa", "--reason", "mất máy")
    town.carry("tinh", "Lan")
    refused = town.run("Lan", "review", "F01M", "--confirm")
    assert "Hoa" not in message_of(refused)
    assert "Dũng (Cán bộ huyện), Trần Thị Bình (Cán bộ tỉnh)" in message_of(refused)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_return_needs_its_reason(town: Town, reason: str) -> None:
    refused = town.run("Dũng", "review", "F01M", "--return", reason)
    assert (refused.code, refused.error) == (2, "reason-needed")
    assert '--return "' in message_of(refused)


# ------------------------------------------------------------------------------------------------------ what was returned


def returned(town: Town) -> None:
    town.done("Dũng", "review", "F01M", "--return", REASON)
    town.carry("Dũng", "Lan")


def test_a_returned_report_shows_who_returned_it_why_and_what_to_run(town: Town) -> None:
    returned(town)
    [found] = town.done("Lan", "status")["returned"]
    assert (found["form"], found["person"], found["reason"]) == ("F01M", "Dũng", REASON)
    told, record = town.say("Lan", "status"), found["record"][:8]
    assert "! Trả lại: F01M · Điểm Hòn Nghệ" in told.replace("HN-1", "Điểm Hòn Nghệ")
    assert f"Dũng, {found['time'][8:10]}/" in told
    assert f"“{REASON}”" in told
    assert f"show {record}; sửa: " in told
    assert f"report F01M --record {record} --set MỤC=GIÁ_TRỊ" in told
    assert "! Returned: F01M" in town.say("Lan", "status", lang="en")


def test_the_line_that_is_shown_corrects_the_report_and_ends_the_reminder(town: Town) -> None:
    returned(town)
    [found] = town.done("Lan", "status")["returned"]
    town.done("Lan", "report", "F01M", "--record", found["record"][:8], "--set", "days_open=26")
    assert town.done("Lan", "status")["returned"] == []
    assert town.done("Lan", "show", "F01M")["stage"] == "corrected"
    assert f"Trả lại ({REASON}) – Đã sửa sau khi trả lại" in town.say("Lan", "show", "F01M")


def test_only_the_unit_that_is_asked_is_reminded(town: Town) -> None:
    returned(town)
    town.carry("Dũng", "Hoa")
    assert len(town.done("Hoa", "status")["returned"]) == 1
    assert town.done("Dũng", "status")["returned"] == []


def test_a_hidden_report_asks_for_nothing(town: Town) -> None:
    returned(town)
    town.done("Lan", *MARCH, "--void", "Ghi nhầm kỳ")
    assert town.done("Lan", "status")["returned"] == []


def test_of_many_returned_reports_a_few_are_named(town: Town) -> None:
    for month in range(1, 8):
        line = ("report", "F05M", "--period", f"2019-{month:02d}")
        town.done("Hoa", *line, "--set", "minutes_own=1")
        town.done("Hoa", "review", f"F05M/2019-{month:02d}", "--return", f"lần {month}")
    assert len(town.done("Hoa", "status")["returned"]) == 7
    told = town.say("Hoa", "status")
    assert told.count("! Trả lại") == 5
    assert "và 2 báo cáo nữa" in told


def test_what_is_returned_to_a_part_that_few_may_read_is_named_once(town: Town) -> None:
    town.done("Hoa", *MARCH, "--set", "revenue=1.500.000")
    town.done("Hoa", "review", "F01M", "--return", REASON)
    assert len(town.done("Hoa", "status")["returned"]) == 1


def test_hints_of_a_reminder_are_for_the_same_home(town: Town) -> None:
    returned(town)
    home = town.home("Lan")
    told = haidang("status", home=home, as_json=False).out
    assert f"haidang --home {home} show" in told
    assert f"haidang --home {home} sync" in told
