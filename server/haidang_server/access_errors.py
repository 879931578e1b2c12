"""Refusals of reading, with their words."""

from typing import ClassVar, Final

from haidang_server.errors import ServerError


class AccessError(ServerError):
    """Base of them; `words` are the sentences by language: what happened, what is safe, what to do."""

    words: ClassVar[dict[str, str]]

    def sentence(self, language: str) -> str:
        """What happened, what is safe, what to do; `language` is vi or en."""
        return self.words[language].format(detail=self.detail)


class SessionNeededError(AccessError):
    """Neither a session nor a token, or one that ended."""

    code = "session-needed"
    status = 401
    words: ClassVar = {
        "vi": "Phiên đọc chưa mở hoặc đã hết hạn. Dữ liệu trên thiết bị của bạn vẫn còn nguyên."
        " Xin mở phiên mới: POST /v1/session/challenge rồi POST /v1/session.",
        "en": "There is no reading session, or it ended. Everything on your device is safe."
        " Please open a new one: POST /v1/session/challenge, then POST /v1/session.",
    }


class ChallengeSpentError(AccessError):
    """A nonce that is too old, was used, or was not made here."""

    code = "challenge-spent"
    status = 403
    words: ClassVar = {
        "vi": "Mã thử thách đã cũ hoặc đã được dùng. Chưa có gì bị thay đổi. Xin lấy mã mới rồi ký lại.",
        "en": "The challenge is too old, or was used. Nothing was changed. Please take a new one and sign again.",
    }


class ForeignPageError(AccessError):
    """A browser's request that does not show that it comes from our own page."""

    code = "csrf"
    status = 403
    words: ClassVar = {
        "vi": "Yêu cầu không kèm mã của phiên nên chưa được thực hiện. Xin tải lại trang rồi thử lại.",
        "en": "The request does not carry the session's code and was not carried out. Please reload the page and try again.",
    }


class DatasetNotAllowedError(AccessError):
    """A token that was not made for this."""

    code = "dataset-not-allowed"
    status = 403
    words: ClassVar = {
        "vi": "Mã truy cập này không được đọc mục {detail}. Xin hỏi người quản trị máy chủ.",
        "en": "This token may not read {detail}. Please ask the operator of the server.",
    }


class NameUnknownError(AccessError):
    """A name that nothing here has: a unit, a dataset, a token."""

    code = "unknown-name"
    status = 404
    words: ClassVar = {
        "vi": "Không tìm thấy {detail}. Chưa có gì bị thay đổi. Xin kiểm tra lại tên hoặc mã.",
        "en": "There is no {detail}. Nothing was changed. Please check the name or code.",
    }


class ExportsOpenError(AccessError):
    """A caller that is being sent as many exports as one may be at a time."""

    code = "exports-open"
    status = 429
    words: ClassVar = {
        "vi": "Bạn đang tải {detail} tệp cùng lúc, không thể tải thêm. Chưa có gì bị thay đổi."
        " Xin đợi một tệp tải xong hoặc dừng nó, rồi thử lại.",
        "en": "You are downloading {detail} files at a time, and there can be no more. Nothing was changed."
        " Please wait until one is done, or stop it, then try again.",
    }


ACCESS_ERRORS: Final = (
    SessionNeededError,
    ChallengeSpentError,
    ForeignPageError,
    DatasetNotAllowedError,
    NameUnknownError,
    ExportsOpenError,
)
"""All of them, for documentation and tests."""
