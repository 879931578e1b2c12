"""Why something failed, in a few words of both languages: what stands in the brackets of an error's sentence."""

import errno
import socket
import ssl
from collections.abc import Iterable, Iterator
from typing import Final

from haidang_protocol import operations as op
from haidang_protocol.errors import ProtocolError
from haidang_syncclient.words import Both
from haidang_syncclient.words.labels import LABELS

KINDS: Final[dict[int, Both]] = {
    op.PUT: Both("ghi giá trị", "state values"),
    op.COUNT: Both("đếm", "count"),
    op.ADD: Both("thêm", "add"),
    op.REMOVE: Both("bỏ", "take out"),
    op.NOTE: Both("ghi chú", "write notes"),
    op.VOID: Both("ẩn", "hide"),
    op.RESTORE: Both("hiện lại", "show again"),
    op.ATTEST: Both("xác nhận, duyệt, trả lại", "confirm, approve, return"),
    op.LINK: Both("nối báo cáo", "link reports"),
    op.UNIT: Both("công bố đơn vị", "publish units"),
    op.DIRECTIVE: Both("công bố nhiệm vụ", "publish directives"),
    op.ASSIGNMENT: Both("giao việc", "assign"),
    op.FORM: Both("công bố biểu mẫu", "publish forms"),
    op.PERIOD: Both("công bố kỳ báo cáo", "publish periods"),
    op.CERTIFY: Both("cấp giấy chứng nhận cho máy", "certify devices"),
    op.RETIRE: Both("ghi nhận thôi việc", "retire keys"),
    op.REVOKE: Both("thu hồi khóa", "revoke keys"),
    op.ADOPT: Both("nhận thay đổi đang chờ", "adopt changes"),
    op.REFUSE: Both("khép lại thay đổi đang chờ", "refuse changes"),
    op.REDACT: Both("xóa nội dung", "redact"),
}
"""What a certificate may allow."""

CERTIFICATE: Final = Both("chứng chỉ bảo mật không được công nhận", "its certificate is not one to trust")
NO_HOST: Final = Both("không tìm được tên máy chủ trên mạng", "its name cannot be looked up")
REFUSED: Final = Both("địa chỉ này từ chối kết nối", "it refuses the connection")
TIMED_OUT: Final = Both("chờ quá lâu không thấy trả lời", "no answer in time")
UNREACHABLE: Final = Both("không có đường mạng tới đó", "no network leads there")
NOT_SECURED: Final = Both("không lập được kết nối bảo mật", "no secure connection could be made")
BROKEN_OFF: Final = Both("kết nối bị ngắt", "it was broken off")

_ON_THE_WAY: Final[tuple[tuple[type[OSError], Both], ...]] = (
    (ssl.SSLCertVerificationError, CERTIFICATE),
    (ssl.SSLError, NOT_SECURED),
    (socket.gaierror, NO_HOST),
    (ConnectionRefusedError, REFUSED),
    (TimeoutError, TIMED_OUT),
)
"""The system's errors, the special ones before those that they are kinds of."""
_UNREACHABLE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})
_SYSTEM: Final[dict[int, str]] = {
    errno.EACCES: "không có quyền",
    errno.EPERM: "không có quyền",
    errno.ENOENT: "không có ở đó",
    errno.EISDIR: "đây là một thư mục",
    errno.ENOTDIR: "trên đường dẫn có tệp không phải thư mục",
    errno.ENAMETOOLONG: "tên quá dài",
    errno.EIO: "ổ đĩa đọc hoặc ghi bị lỗi",
}
_PROTOCOL: Final[dict[str, str]] = {
    "malformed": "nội dung không đúng dạng",
    "not-canonical": "nội dung không ở dạng chuẩn",
    "over-limit": "quá lớn hoặc quá sâu",
    "bad-signature": "chữ ký không đúng",
    "bad-key": "khóa không hợp lệ",
    "bad-offer": "chữ của lời mời bị hỏng",
    "offer-expired": "lời mời đã hết hạn",
    "bad-code": "mã không mở được lời mời",
    "bad-proof": "chứng minh không khớp",
}


def of_kinds(kinds: Iterable[int]) -> Both:
    """Kinds of operations, as what a person may or may not do."""
    named = [KINDS.get(kind, Both(str(kind), str(kind))) for kind in kinds]
    return Both(", ".join(each.vi for each in named), ", ".join(each.en for each in named))


def of_protocol(error: ProtocolError) -> Both:
    """What the protocol found; the Vietnamese goes by the code, since its sentences are English."""
    return Both(_PROTOCOL.get(error.code, error.code), str(error))


def of_damage(code: str, sentence: str) -> Both:
    """What a check found, by its code and its English sentence."""
    found = LABELS.get(f"problem-{code}")
    return Both(code if found is None else found.vi, sentence)


def of_system(error: OSError) -> Both:
    """What the operating system said about a file."""
    number = error.errno or 0
    return Both(_SYSTEM.get(number, f"mã lỗi {number}"), error.strerror or str(error))


def of_network(error: BaseException, otherwise: Both = BROKEN_OFF) -> Both:
    """Of which kind a failure on the way is, by the errors of the system that it came of."""
    for cause in _causes(error):
        found = _network_kind(cause)
        if found is not None:
            return found
    return otherwise


def within(place: object, why: Both) -> Both:
    """A reason behind the place that it is about."""
    return Both(f"{place}: {why.vi}", f"{place}: {why.en}")


def _network_kind(cause: BaseException) -> Both | None:
    if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
        return UNREACHABLE
    return next((why for kind, why in _ON_THE_WAY if isinstance(cause, kind)), None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
