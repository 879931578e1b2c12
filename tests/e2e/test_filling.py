"""Filling in: nothing typed is lost, nothing is refused, and the form says what it understood."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.hand import F01M, F05M, Hand

pytestmark = pytest.mark.unmeasured

DECEMBER = "Tháng 12/2020 (15/11–14/12)"
NOVEMBER = "Tháng 11/2020 (15/10–14/11)"
OCTOBER = "Tháng 10/2020 (15/09–14/10)"


def test_a_person_fills_in_month_after_month(ready: Callable[..., Hand]) -> None:
    hand = ready("Danh Thị Hồng", "Xã Hòn Nghệ")
    file_nothing(hand)
    fill_in_with_doubts(hand)
    die_and_go_on(hand)
    save_with_a_reason(hand)
    move_to_another_month(hand)
    hand.sync()
    expect(hand.lamp).to_contain_text("Máy chủ đã nhận đủ")


def file_nothing(hand: Hand) -> None:
    """A zero report takes one tap and the save."""
    hand.begin(F01M, NOVEMBER)
    hand.page.get_by_role("button", name="Báo cáo số 0").click()
    expect(hand.page.get_by_label("Số lượt người đọc sách, báo")).to_have_value("0")
    hand.choose("Tình trạng điểm trong kỳ", "Đang hoạt động")
    hand.save()
    expect(hand.rung).to_be_visible()


def fill_in_with_doubts(hand: Hand) -> None:
    """The period before is in sight; what is doubtful is said and kept, what cannot be read is said and not kept."""
    page = hand.page
    hand.begin(F01M, DECEMBER)
    expect(page.get_by_text("Kỳ trước: Đang hoạt động")).to_be_visible()
    hand.choose("Tình trạng điểm trong kỳ", "Đang hoạt động")
    hand.fill("Số ngày mở cửa trong kỳ", "31")
    expect(page.get_by_text("Số ngày phải từ 0 đến số ngày của kỳ báo cáo.")).to_be_visible()
    hand.fill("Số giờ mở cửa bình quân", "4,5")
    expect(page.locator("[data-field=meets_4h] output")).to_have_text("Có")
    hand.fill("Số lượt người đọc sách, báo", "12 người")
    expect(page.get_by_text("Chỉ ghi chữ số.")).to_be_visible()
    hand.fill("Số lượt người đọc sách, báo", "1.286")
    hand.fill("Doanh thu trong kỳ", "12500000")
    expect(page.get_by_text("Hiểu là 12.500.000 đồng")).to_be_visible()
    for _ in range(3):
        page.locator("[data-field=tally_read]").get_by_role("button", name="Thêm 1 lượt").click()
    page.get_by_role("button", name="Thêm dòng").click()
    page.get_by_role("group", name="Loại vướng mắc").get_by_text("Thiết bị, đường truyền").click()
    expect(page.get_by_text("Đã lưu nháp trên máy")).to_be_visible()


def die_and_go_on(hand: Hand) -> None:
    """The page dies; the draft is there again, to the last figure."""
    page = hand.page
    page.reload()
    hand.unlock()
    hand.begin(F01M, DECEMBER)
    expect(page.get_by_label("Số ngày mở cửa trong kỳ")).to_have_value("31")
    expect(page.get_by_label("Doanh thu trong kỳ")).to_have_value("12.500.000")
    expect(page.locator("[data-field=tally_read] output")).to_contain_text("3")
    expect(page.get_by_role("button", name="Dòng 1")).to_contain_text("Thiết bị, đường truyền")


def save_with_a_reason(hand: Hand) -> None:
    """A required answer is missing: the reason goes with the report."""
    page = hand.page
    hand.save()
    expect(page.get_by_text("Còn 1 mục bắt buộc chưa ghi")).to_be_visible()
    page.get_by_label("Lý do chưa ghi").fill("Sổ truy cập Internet bị ướt.")
    page.get_by_role("button", name="Lưu với lý do này").click()
    expect(hand.rung).to_be_visible()
    page.get_by_role("button", name="Xem lịch sử").click()
    expect(page.get_by_text("Sổ truy cập Internet bị ướt.")).to_be_visible()
    expect(page.get_by_text("12.500.000 đồng").first).to_be_visible()


def move_to_another_month(hand: Hand) -> None:
    """It was the wrong month: the report is copied there, and the old one is withdrawn."""
    page = hand.page
    page.get_by_text("Ghi nhầm chỗ? Chuyển báo cáo").first.click()
    page.get_by_label("Kỳ đúng").select_option(label=OCTOBER)
    page.get_by_label("Lý do chuyển").fill("Ghi nhầm kỳ.")
    page.get_by_role("button", name="Chuyển báo cáo", exact=True).click()
    expect(page.locator("main")).to_contain_text(OCTOBER)
    hand.go("Báo cáo")
    page.get_by_label("Tìm báo cáo").fill("buu dien thang 12/2020")
    expect(page.get_by_text("Đã bỏ")).to_be_visible()


def test_a_vietnamese_word_may_be_composed_in_the_middle_of_another(ready: Callable[..., Hand]) -> None:
    hand = ready("Lê Văn Tám", "Xã Hòn Nghệ")
    page = hand.page
    hand.begin(F05M, DECEMBER)
    box = page.locator("textarea").last
    box.fill("Đài  tốt")
    box.evaluate("box => { box.focus(); box.setSelectionRange(4, 4) }")
    keys = page.context.new_cdp_session(page)
    for part in ("ch", "cha", "chaj", "chạ", "chạy"):
        keys.send(
            "Input.imeSetComposition", {"text": part, "selectionStart": len(part), "selectionEnd": len(part)}
        )
    keys.send("Input.insertText", {"text": "chạy"})
    assert box.input_value() == "Đài chạy tốt"
    assert box.evaluate("box => box.selectionStart") == len("Đài chạy")
