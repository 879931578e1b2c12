"""The first journey: enrolled in the office, offline on the island, back with a network."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.hand import F01M, Hand
from tests.e2e.stage import Stage

pytestmark = pytest.mark.unmeasured


def test_a_report_that_was_filled_in_without_any_network_arrives_when_there_is_one(
    stage: Stage, ready: Callable[..., Hand]
) -> None:
    hand = ready("Danh Thị Hồng", "Xã Sơn Hải")
    held = stage.hub.size()
    hand.is_kept_offline()

    stage.hub.stop()
    hand.context.set_offline(True)
    hand.page.reload()
    expect(hand.title).to_have_text("Ai đang dùng máy?")
    hand.unlock()
    hand.begin(F01M, "Tháng 12/2020 (15/11–14/12)")
    hand.choose("Tình trạng điểm trong kỳ", "Đang hoạt động")
    hand.fill("Số ngày mở cửa trong kỳ", "24")
    hand.fill("Số giờ mở cửa bình quân", "4,5")
    hand.fill("Số lượt người đọc sách, báo", "1.286")
    hand.fill("Số lượt người truy cập Internet", "400")
    hand.save()
    expect(hand.rung).to_have_text("Đã lưu trên máy")
    expect(hand.lamp).to_contain_text("Đã lưu trên máy")

    hand.page.reload()
    hand.unlock()
    stage.hub.start()
    hand.context.set_offline(False)
    hand.sync()
    expect(hand.lamp).to_contain_text("Máy chủ đã nhận đủ")
    assert stage.hub.size() > held
