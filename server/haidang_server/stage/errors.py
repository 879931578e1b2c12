"""What can go wrong on stage, with its words."""

from typing import Any, ClassVar

from haidang_server.errors import EXIT_REFUSED, EXIT_UNFINISHED, ServerError


class StageError(ServerError):
    """Base of them; `words` are the sentences by language: what happened, what is safe, what to do."""

    words: ClassVar[dict[str, str]]

    def sentence(self, language: str) -> str:
        """What happened, what is safe, what to do; `language` is vi or en."""
        return self.words[language].format(detail=self.detail)


class ProgramMissingError(StageError):
    """A command of ours is not installed beside this one."""

    code = "program-missing"
    words: ClassVar = {
        "vi": "Không tìm thấy lệnh {detail} bên cạnh lệnh này. Chưa có gì bị thay đổi."
        " Xin chạy make setup, hoặc cài gói kèm phần client.",
        "en": "The command {detail} is not installed beside this one. Nothing was changed."
        " Please run make setup, or install the package with its client part.",
    }


class CommandFailedError(StageError):
    """A command ended otherwise than it should have."""

    code = "command-failed"
    words: ClassVar = {
        "vi": "Một lệnh kết thúc khác dự kiến: {detail}",
        "en": "A command ended otherwise than it should have: {detail}",
    }

    def __init__(self, line: str, exit_code: int, said: str) -> None:
        super().__init__(f"{line}\n→ {exit_code}\n{said.strip()}")


class HubSilentError(StageError):
    """The hub did not begin to answer."""

    code = "hub-silent"
    exit_code = EXIT_UNFINISHED
    words: ClassVar = {
        "vi": "Máy chủ không khởi động được: {detail} Chưa có gì bị mất. Xin xem nhật ký của máy chủ.",
        "en": "The hub did not start: {detail} Nothing is lost. Please look at its log.",
    }


class ExampleMovedError(StageError):
    """The example's devices know their hub on one port, and it cannot be had there."""

    code = "example-moved"
    words: ClassVar = {
        "vi": "Ví dụ này được lập ở cổng {detail}, và cổng đó đang có chương trình khác dùng hoặc không được chọn."
        " Dữ liệu vẫn còn nguyên. Xin giải phóng cổng {detail}, hoặc lập ví dụ mới bằng --data THƯ_MỤC_KHÁC.",
        "en": "This example was made for port {detail}, which something else uses, or which was not chosen."
        " Its data is safe. Please free port {detail}, or make another example with --data OTHER_FOLDER.",
    }


class CaseFailedError(StageError):
    """The story went on otherwise than the protocol says."""

    code = "case-failed"
    exit_code = EXIT_REFUSED
    words: ClassVar = {
        "vi": "Trường hợp không đúng như giao thức: {detail}",
        "en": "A case did not end as the protocol says: {detail}",
    }

    def __init__(self, case: str, expected: Any, found: Any) -> None:
        super().__init__(f"{case}\n  expected: {expected}\n  found:    {found}")
        self.case = case
