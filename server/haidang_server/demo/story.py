"""The chapters in their order."""

from collections.abc import Callable
from typing import Final, NamedTuple

from haidang_server.demo.apart import agreement, reports_apart, reunion
from haidang_server.demo.beginning import assignment, enrolment, founding
from haidang_server.demo.carried import island
from haidang_server.demo.decisions import approving, editing_afterwards, settling
from haidang_server.demo.mishaps import lost_phone, restored_phone
from haidang_server.demo.old_backup import backup, rolled_back
from haidang_server.demo.world import World


class Chapter(NamedTuple):
    """A part of the story: what it is called, and what happens in it."""

    vi: str
    en: str
    play: Callable[[World], None]

    def title(self, language: str) -> str:
        """What it is called in a language."""
        return self.en if language == "en" else self.vi


CHAPTERS: Final = (
    Chapter("Thành lập và công bố", "Founding and publishing", founding),
    Chapter("Ghi danh", "Enrolment", enrolment),
    Chapter("Giao việc", "Assigning the work", assignment),
    Chapter("Mỗi người một nơi, không có mạng", "Everybody apart, no network", reports_apart),
    Chapter("Gặp lại nhau", "Together again", reunion),
    Chapter("Đồng hồ nhanh mười năm", "A clock ten years ahead", agreement),
    Chapter("Sao lưu máy chủ", "A backup of the server", backup),
    Chapter("Máy khôi phục từ bản cũ", "A phone restored from an old copy", restored_phone),
    Chapter("Huyện chọn giá trị đúng", "The district settles a difference", settling),
    Chapter("Xác nhận, duyệt, trả lại", "Confirmed, approved, returned", approving),
    Chapter("Sửa sau khi duyệt", "Edited after the approval", editing_afterwards),
    Chapter("Một máy bị mất", "A phone is lost", lost_phone),
    Chapter("Đảo gửi bằng tệp", "The island travels by file", island),
    Chapter("Máy chủ quay về bản sao cũ", "The server falls back to the old backup", rolled_back),
)
RECKONING: Final = {"vi": "Đối chiếu tất cả", "en": "The reckoning"}
