"""Invitations: read by the camera or typed, and what is said of those that do not work."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.camera import film_of
from tests.e2e.hand import Hand
from tests.e2e.stage import Stage

pytestmark = pytest.mark.unmeasured


def test_the_camera_reads_the_officers_code(stage: Stage, phone: Callable[..., Hand], tmp_path: Path) -> None:
    hand = phone("camera", film_of(stage.invite("Danh Thị Hồng"), tmp_path / "code.y4m"))
    hand.page.get_by_role("button", name="Quét mã QR").click()
    expect(hand.page.get_by_role("heading", name="Danh Thị Hồng")).to_be_visible()
    expect(hand.page.get_by_text("Xã Thuận Yên")).to_be_visible()


def test_a_phone_without_a_camera_is_told_to_type(phone: Callable[..., Hand]) -> None:
    hand = phone("no-camera")
    hand.page.get_by_role("button", name="Quét mã QR").click()
    expect(hand.page.get_by_text("Không mở được máy ảnh.")).to_be_visible()
    expect(hand.page.get_by_label("Mã mời")).to_be_visible()


def test_what_is_wrong_with_an_invitation_is_said_and_nothing_is_made(
    stage: Stage, phone: Callable[..., Hand]
) -> None:
    hand = phone("wrong")
    page = hand.page
    offer = stage.invite("Lê Văn Tám")
    sentences = {
        "HD1:abc": "Mã mời bị hỏng hoặc thiếu.",
        "ABCD-EFGH": "Mã chưa đúng, hoặc đã dùng rồi.",
        "0000-0000-0000-0000": "Mã chưa đúng, hoặc đã dùng rồi.",
        offer[:-3]: "Mã mời bị hỏng hoặc thiếu.",
    }
    for typed, sentence in sentences.items():
        page.get_by_label("Mã mời").fill(typed)
        page.get_by_role("button", name="Tiếp").click()
        expect(page.get_by_text(sentence)).to_be_visible()
    stage.hub.stop()
    page.get_by_label("Mã mời").fill(offer)
    page.get_by_role("button", name="Tiếp").click()
    expect(page.get_by_text("Chưa có mạng.")).to_be_visible()
    stage.hub.start()
    page.get_by_role("button", name="Tiếp").click()
    page.get_by_label("Đặt mã PIN").fill("123456")
    page.get_by_label("Gõ lại mã PIN").fill("123457")
    page.get_by_role("button", name="Nhận máy này").click()
    expect(page.get_by_text("Hai lần gõ chưa giống nhau.")).to_be_visible()
    page.get_by_label("Gõ lại mã PIN").fill("123456")
    page.get_by_role("button", name="Nhận máy này").click()
    expect(page.get_by_text("Mã PIN này dễ đoán.")).to_be_visible()
    page.reload()
    expect(hand.title).to_have_text("Nhận máy")


def test_a_second_window_does_not_work_on_the_same_desk(stage: Stage, phone: Callable[..., Hand]) -> None:
    hand = phone("two")
    hand.enrol(stage.invite("Trần Quốc Khánh"))
    second = hand.context.new_page()
    second.goto(hand.url)
    second.get_by_label("Mã PIN của").fill("246813")
    second.get_by_role("button", name="Mở", exact=True).click()
    expect(second.get_by_text("Hải Đăng đang mở ở một cửa sổ khác.")).to_be_visible()
    hand.go("Máy này")
    hand.page.get_by_role("button", name="Khóa máy, đổi người").click()
    second.get_by_role("button", name="Mở", exact=True).click()
    expect(second.locator("h1")).to_have_text("Việc của tôi")
