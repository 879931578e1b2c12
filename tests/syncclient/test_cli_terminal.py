"""The command at a terminal: questions of a form, passphrases, watching, progress."""

import sys
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest

from haidang_syncclient.commands import sync as sync_module
from haidang_syncclient.commands.desk import Desk
from haidang_syncclient.settings import read_settings
from tests.syncclient.cli_town import COMMUNE, Outcome, Town, haidang, peopled_town

MARCH = ("report", "F01M", "--site", "HN-1", "--period", "2019-03")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = peopled_town(tmp_path_factory.mktemp("town"))
    town.done("Lan", "report", "F01P", "--site", "new", "--set", "site_code=HN-1")
    return town


Typing = Callable[..., None]


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Typing]:
    """Somebody at the keyboard who types these lines, then only presses Enter."""
    lines: list[str] = []

    def give(*typed: str) -> None:
        lines.extend(typed)

    def take(_question: str = "", stream: Any = None) -> str:
        return lines.pop(0) if lines else ""

    monkeypatch.setattr(sys, "stdin", StringIO())
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", take)
    monkeypatch.setattr("getpass.getpass", take)
    yield give
    assert lines == []


def at(town: Town, name: str, *line: object) -> Outcome:
    return haidang(*line, home=town.home(name), as_json=False)


def test_the_questions_of_a_form_are_asked_in_turn(town: Town, typing: Typing) -> None:
    typing("HD", "20", "4,5", "nhiều", "1.234")
    outcome = at(town, "Lan", *MARCH)
    assert outcome.code == 0, outcome.err
    shown = town.done("Lan", "show", "F01M")["fields"]
    stated = {name: each["values"][0]["value"] for name, each in shown.items() if "values" in each}
    assert stated == {"op_status": "HD", "days_open": 20, "hours_per_day": 45, "visits_read": 1234}
    assert "Tình trạng điểm trong kỳ" in outcome.err
    assert "một số nguyên" in outcome.err


def test_a_question_that_does_not_apply_is_not_asked(town: Town, typing: Typing) -> None:
    typing("NG")
    outcome = at(town, "Lan", *MARCH)
    assert outcome.code == 0
    assert "Số ngày mở cửa" not in outcome.err
    assert "Lý do" in outcome.err


def test_what_stands_already_is_shown_and_stays(town: Town, typing: Typing) -> None:
    town.done("Lan", *MARCH, "--set", "op_status=HD", "--set", "days_open=20")
    typing("", "21")
    outcome = at(town, "Lan", *MARCH)
    assert "[Đang hoạt động]" in outcome.err
    assert "[20]" in outcome.err
    shown = town.done("Lan", "show", "F01M")["fields"]
    assert shown["days_open"]["values"][0]["value"] == 21


def test_who_closes_the_input_at_a_question_is_told_what_is_not_saved(
    town: Town, typing: Typing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_question: str = "") -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", closed)
    outcome = at(town, "Lan", *MARCH)
    assert outcome.code == 130
    assert "đang gõ dở chưa được lưu" in outcome.err


def test_rows_are_asked_until_an_empty_key(town: Town, typing: Typing) -> None:
    typing("Ấp 1", "DB", "", "", "", "", "Ấp 1|VNPT", "T", "4G", "", "", "")
    outcome = at(town, "Lan", "report", "F04A", "--period", "2019-Q1")
    assert outcome.code == 0, outcome.err
    shown = town.done("Lan", "show", "F04A")["fields"]
    assert any(name.endswith("voice") for name in shown)


def test_pressing_enter_throughout_saves_nothing(town: Town, typing: Typing) -> None:
    outcome = at(town, "Lan", *MARCH)
    assert outcome.code == 2
    assert "Chưa có câu trả lời" in outcome.err


def test_a_new_passphrase_is_asked_twice(town: Town, typing: Typing) -> None:
    offer = town.folder / "Mai.offer"
    town.done("tinh", "invite", COMMUNE, "--person", "Mai", "--out", offer, "--offline")
    typing("bốn từ rời nhau", "bốn từ khác nhau")
    assert "không giống nhau" in at(town, "Mai", "enrol", "--offer-file", offer).err
    assert not town.home("Mai").exists()
    typing("bốn từ rời nhau", "bốn từ rời nhau")
    assert at(town, "Mai", "enrol", "--offer-file", offer).code == 0


def test_a_sealed_key_asks_for_its_passphrase_only_where_it_signs(
    town: Town, typing: Typing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAIDANG_PASSPHRASE", "bốn từ rời nhau")
    offer = town.folder / "Mai.offer"
    town.done("tinh", "invite", COMMUNE, "--person", "Mai", "--out", offer, "--offline")
    town.done("Mai", "enrol", "--offer-file", offer)
    monkeypatch.delenv("HAIDANG_PASSPHRASE")
    assert at(town, "Mai", "report", "F05M", "--period", "2019-03", "--set", "minutes_own=1").code == 0
    assert at(town, "Mai", "show").code == 0
    typing("sai mật khẩu")
    assert "Mật khẩu không đúng" in at(town, "Mai", "bundle", "export", town.folder / "x.bundle").err
    typing("bốn từ rời nhau")
    assert at(town, "Mai", "bundle", "export", town.folder / "x.bundle").code == 0


def test_watching_syncs_until_it_is_stopped(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        assert town.run("Lan", "status").code == 0 or seconds != sync_module.WATCH_S
        if seconds == sync_module.WATCH_S:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", sleep)
    outcome = at(town, "Lan", "sync", "--watch")
    assert outcome.code == 130
    assert waits == [sync_module.WATCH_S]
    assert "Không kết nối được" in outcome.err


def test_progress_is_silent_where_nobody_watches_and_counts_where_somebody_does() -> None:
    settings = read_settings({})
    with Desk(settings) as desk, desk.progress("syncing") as advance:
        advance(1, 2)
    with Desk(settings) as desk:
        desk.err = type(desk.err)(file=StringIO(), force_terminal=True, width=80)
        with desk.progress("syncing") as advance:
            advance(1, 2)
        assert "Đang gửi và nhận" in desk.err.file.getvalue()  # type: ignore[attr-defined]  # it is our StringIO
