"""Without a network: a file that anybody may carry, and a phone that takes it in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.hand import F05M, Hand
from tests.e2e.stage import UNTOUCHED

pytestmark = pytest.mark.unmeasured

CATCH_SHARED = """() => { navigator.share = async ({ files: [file] }) => {
    if (!file.name.endsWith(".txt")) throw new Error("apps want a .txt");
    window.shared = await file.text();
} }"""
"""Be the phone's other apps."""


def test_a_report_travels_in_a_rescue_file_to_a_phone_that_has_a_network(
    crew: Callable[..., list[Hand]], tmp_path: Path
) -> None:
    island, boat = crew(
        ("Danh Thị Hồng", "commune-head", "Xã Bình Trị"), ("Lê Văn Tám", "commune-head", "Xã Bình Trị")
    )
    island.context.set_offline(True)
    island.begin(F05M, "Tháng 8/2020 (15/07–14/08)")
    island.fill("Số buổi phát thanh", "31")
    island.save()
    expect(island.rung).to_have_text("Đã lưu trên máy")
    island.go("Gửi nhận")
    with island.page.expect_download() as waiting:
        island.page.get_by_role("button", name="Lưu tệp cứu hộ").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    expect(island.page.get_by_text("Tệp có")).to_be_visible()

    # The same as a text, for apps that pass on nothing else.
    island.page.evaluate(CATCH_SHARED)
    island.go("Việc")
    island.go("Gửi nhận")
    island.page.get_by_role("button", name="Chia sẻ tệp chưa gửi").click()
    island.wait_until("window.shared !== undefined")
    text = tmp_path / "chia-se.txt"
    text.write_text(island.page.evaluate("window.shared"))

    boat.go("Gửi nhận")
    boat.page.get_by_label("Nhận tệp người khác mang đến").set_input_files(file)
    expect(boat.page.get_by_text("Đã nhận 1 gói mới")).to_be_visible()
    boat.page.get_by_label("Nhận tệp người khác mang đến").set_input_files(text)
    expect(boat.page.get_by_text("Đã nhận 0 gói mới")).to_be_visible()
    boat.sync()

    island.context.set_offline(False)
    island.sync()
    expect(island.lamp).to_contain_text("Máy chủ đã nhận đủ")


def test_a_file_of_something_else_is_refused_with_a_sentence(
    ready: Callable[..., Hand], tmp_path: Path
) -> None:
    hand = ready("Danh Thị Hồng", UNTOUCHED)
    (tmp_path / "anh.jpg").write_bytes(b"\xff\xd8 no bundle")
    hand.go("Gửi nhận")
    hand.page.get_by_label("Nhận tệp người khác mang đến").set_input_files(tmp_path / "anh.jpg")
    expect(hand.page.get_by_text("Tệp này không đọc được")).to_be_visible()
