"""What to do next: hints that can be run as they stand, names that are spelled alike, texts in one language alone."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haidang_protocol.definitions.periods import Period, administrative_periods, calendar_periods
from haidang_syncclient.commands.naming import near, period_code
from haidang_syncclient.error_words import WORDS
from haidang_syncclient.words.labels import LABELS
from haidang_syncclient.words.sentences import SENTENCES
from haidang_syncclient.words.troubles import FIRST_HINTS, LIBRARY_HINTS, TROUBLES
from tests.syncclient.cli_town import (
    COMMUNE,
    MARCH,
    URL,
    Outcome,
    Town,
    haidang,
    message_of,
    town_with_post,
)

CODE = "ABCD-EFGH-JKMN-PQRS"
OF_OTHERS = {"sentence bundle-next", "trouble offer-not-known", "trouble role-of-server"}
"""Texts with a command that is run on another device, or by whoever founds: the home of this line is not theirs."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = town_with_post(tmp_path_factory.mktemp("town"))
    town.done("Lan", *MARCH, "--set", "visits_read=120")
    return town


# ------------------------------------------------------------------------------------------------------- the home


def test_a_hint_names_the_home_that_the_line_named(town: Town) -> None:
    home = town.home("Lan")
    called = f"haidang --home {home} "
    assert called + "sync" in town.say("Lan", *MARCH, "--set", "letters=1")
    assert called + "show" in message_of(town.run("Lan", "show", "ffff"))
    assert called + "bundle export" in message_of(town.run("Lan", "sync", "--tries", 1))


def test_a_hint_names_no_home_where_the_line_named_none(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAIDANG_HOME", str(town.home("Lan")))
    assert "Gửi khi có mạng: haidang sync" in haidang(*MARCH, "--set", "letters=1", as_json=False).out


@pytest.mark.parametrize("name", ["Nguyễn Lan", "it's", "$HOME"])
def test_a_home_with_an_odd_name_can_be_copied_into_a_shell(tmp_path: Path, name: str) -> None:
    told = haidang("status", home=tmp_path / name, as_json=False).err
    quoted = re.search(r"haidang --home (.+) enrol", told)
    assert quoted is not None
    assert quoted[1].startswith("'")


def test_every_text_that_names_a_command_leaves_room_for_the_home() -> None:
    texts = {
        **{f"sentence {name}": words for name, words in SENTENCES.items()},
        **{f"hint {name}": words for name, words in (LIBRARY_HINTS | FIRST_HINTS).items()},
    }
    bare = re.compile(r"(?<!\{)\bhaidang [a-z]")
    found = {name for name, words in texts.items() if bare.search(words.vi) or bare.search(words.en)}
    for name, trouble in TROUBLES.items():
        if any(bare.search(text) for words in trouble[1:] for text in words):
            found.add(f"trouble {name}")
    assert found == OF_OTHERS


# ------------------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (("report", "F01N", "--zero"), "“F01M”"),
        (("directives", "--form", "F0M5"), "“F05M”"),
        (("directives", "2.1f"), "“TB171-2.1b”"),
        (("report", "F05M", "--unit", "Hòn Nge", "--zero"), f"“{COMMUNE}”"),
        (("report", "F05M", "--unit", "Hon Ngeh Commune", "--zero"), f"“{COMMUNE}”"),
        ((*MARCH, "--set", "visit_read=1"), "“visits_read”"),
        ((*MARCH, "--set", "Lượt đọc sách báo=1"), "“visits_read”"),
        ((*MARCH, "--row", "issue=new", "--cell", "isue_type=TBI"), "“issue_type”"),
        ((*MARCH, "--hide-row", "isue=abcd1234"), "“issue”"),
        (("report", "F01M", "--site", "HN1", "--period", "2019-03", "--zero"), "“HN-1”"),
    ],
)
def test_a_name_that_is_not_there_is_answered_with_names_spelled_alike(
    town: Town, line: tuple[str, ...], offered: str
) -> None:
    for language, asked in (("vi", "Có phải"), ("en", "Did you mean")):
        refused = town.run("Lan", *line, "--lang", language)
        assert (refused.code, refused.error) == (1, "unknown-name")
        assert asked in message_of(refused)
        assert offered in message_of(refused)


def test_a_command_that_is_not_there_is_answered_with_one_spelled_alike() -> None:
    assert "Có phải “sync”? " in message_of(haidang("synk"))


def test_a_role_that_is_not_there_is_answered_with_the_roles(town: Town) -> None:
    refused = town.run("tinh", "invite", COMMUNE, "--person", "Mai", "--role", "Lãnh đạo")
    assert refused.error == "unknown-role"
    assert "“commune-head”" in message_of(refused)
    assert "district-officer" in message_of(refused)


def test_what_is_like_nothing_is_answered_with_no_name(town: Town) -> None:
    assert "Có phải" not in message_of(town.run("Lan", "directives", "--form", "ZZZZZZ"))


@given(st.text(), st.lists(st.tuples(st.text(), st.text(min_size=1)), max_size=5))
def test_only_names_that_are_there_are_offered(text: str, names: list[tuple[str, str]]) -> None:
    asked = near(text, names)
    assert bool(asked.vi) == bool(asked.en)
    assert not asked.vi or any(f"“{name}”" in asked.vi for _, name in names)
    assert not names or near(names[0][0], names[:1]).vi or not names[0][0]


# ------------------------------------------------------------------------------------------------------- periods


@pytest.mark.parametrize("periods", [administrative_periods(2019), calendar_periods(2019)])
def test_the_periods_of_a_calendar_have_codes_of_their_own(periods: tuple[Period, ...]) -> None:
    codes = [period_code(period) for period in periods]
    assert len(set(codes)) == len(codes)


def test_the_code_of_a_period_is_what_is_typed(town: Town) -> None:
    listed = town.done("Lan", "directives", "--periods")["periods"]
    chosen = next(each for each in listed if each["code"] == "2019-03" and each["regime"] == "administrative")
    town.done("Lan", "report", "F05M", "--period", chosen["code"], "--set", "minutes_own=1")
    assert town.done("Lan", "show", "F05M")["period"] == chosen["id"]
    told = town.say("Lan", "directives", "--periods")
    assert "Ghi mã ở cột đầu" in told
    assert {"--period", "2019-03", "2019-Q1"} <= {line.split()[0] for line in told.splitlines()}
    for each in listed:
        assert not re.search(rf"^{each['id'][:8]}", told, re.MULTILINE)


# ------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Lan", ("bundle", "export")),
        ("Lan", ("export",)),
        ("tinh", ("invite", COMMUNE, "--person", "Mai", "--offline", "--out")),
    ],
)
def test_a_file_in_a_folder_that_is_not_there_is_told_and_nothing_is_signed(
    town: Town, name: str, line: tuple[str, ...]
) -> None:
    folder = town.folder / "usb"
    before = town.done(name, "verify")["sets"]
    for language, words in (("vi", f"Không có thư mục {folder}"), ("en", f"There is no folder {folder}")):
        refused = town.run(name, *line, folder / "x.bundle", "--lang", language)
        assert (refused.code, refused.error) == (1, "folder-missing")
        assert words in message_of(refused)
    assert town.done(name, "verify")["sets"] == before


# ------------------------------------------------------------------------------------------------------- enrolling


def enrolling(home: Path, url: str, language: str = "vi") -> Outcome:
    return haidang("enrol", "--code", CODE, "--url", url, "--lang", language, home=home)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_enrolling_without_the_server_speaks_of_nothing_saved(tmp_path: Path, language: str) -> None:
    refused = enrolling(tmp_path / "home", URL, language)
    assert (refused.code, refused.error) == (3, "offline")
    told = message_of(refused)
    assert "--offer-file" in told
    assert not re.search(r"đã lưu|saved|bundle|đồng bộ|[Ss]ync", told), told
    assert not (tmp_path / "home").exists()


def test_without_a_replica_nothing_is_said_of_syncing_whatever_is_in_the_way() -> None:
    for code, hint in FIRST_HINTS.items():
        assert code in WORDS
        assert not re.search("đồng bộ|sync", " ".join(hint)), code


# ------------------------------------------------------------------------------------------------------- languages


def test_roles_are_called_by_their_titles(town: Town) -> None:
    assert "Lan · Người báo cáo · Xã Hòn Nghệ" in town.say("Lan", "status")
    assert "Lan · Reporter · Hon Nghe Commune" in town.say("Lan", "status", lang="en")
    assert town.done("Lan", "status")["role"] == "reporter"
    devices = town.say("tinh", "devices")
    assert all(role in devices for role in ("Lãnh đạo xã", "Cán bộ huyện", "Cán bộ tỉnh"))
    assert not re.search("reporter|commune-head|district-officer", devices)


def test_a_device_that_waits_is_listed_with_the_title_of_its_role(town: Town) -> None:
    town.invite("Mai", "reporter", COMMUNE, confirmed=False)
    town.done("tinh", "invite", COMMUNE, "--person", "Nam", "--role", "commune-head", "--offline")
    told = town.say("tinh", "invite", "--pending")
    assert re.search(r"Mai +Người báo cáo ", told)
    assert re.search(r"Nam +Lãnh đạo xã ", told)


@pytest.mark.parametrize(
    ("name", "line", "vi"),
    [
        ("Lan", ("retire", "Hoa", "--reason", "x"), "ghi nhận thôi việc"),
        ("Lan", ("publish", "--years", "2020"), "công bố kỳ báo cáo"),
        ("Dũng", ("invite", "Xã Sơn Hải", "--person", "Mai", "--role", "province-officer"), "cấp vai trò Cán bộ tỉnh"),
        ("Hoa", ("invite", COMMUNE, "--person", "Mai"), "cấp vai trò Người báo cáo"),
    ],
)  # fmt: skip
def test_a_right_that_is_missing_is_named_in_vietnamese(
    town: Town, name: str, line: tuple[str, ...], vi: str
) -> None:
    town.carry("tinh", name)
    refused = town.run(name, *line)
    assert (refused.code, refused.error) == (1, "not-allowed")
    assert f"({vi}" in message_of(refused)
    assert not re.search(r"[(, ](certify|retire|period|province|reporter)", message_of(refused))


def test_what_waits_is_described_in_the_persons_language(town: Town) -> None:
    town.invite("Mai", "reporter", COMMUNE, confirmed=False)
    town.carry("tinh", "Mai")
    town.done("Mai", "report", "F05M", "--period", "2019-03", "--note", "Mất điện")
    town.carry("Mai", "tinh")
    assert LABELS["said-note"].vi in town.say("tinh", "quarantine")
    assert LABELS["said-note"].en in town.say("tinh", "quarantine", lang="en")
