"""The sentences of the errors: for each code what happened, what is safe, what to do, in Vietnamese and English."""

from typing import Final, NamedTuple


class Words(NamedTuple):
    """What a person is told; `{detail}` stands for what the error was about."""

    happened: str
    safe: str
    todo: str


_SAFE: Final = ("Mọi thứ đã lưu trên máy vẫn còn nguyên.", "Everything saved on this device is still there.")
_KEPT: Final = (
    "Những gì đã lưu trước đó vẫn còn; lần lưu này chưa được ghi.",
    "What was saved before is still there; this save was not written.",
)
_UNTOUCHED: Final = ("Chưa có gì bị thay đổi.", "Nothing was changed.")


def _both(happened: tuple[str, str], safe: tuple[str, str], todo: tuple[str, str]) -> tuple[Words, Words]:
    return Words(happened[0], safe[0], todo[0]), Words(happened[1], safe[1], todo[1])


WORDS: Final[dict[str, tuple[Words, Words]]] = {
    "sync": _both(
        ("Có lỗi khi đồng bộ: {detail}.", "Something went wrong: {detail}."),
        _SAFE,
        ("Hãy thử lại sau.", "Try again later."),
    ),
    "old-sqlite": _both(
        (
            "Thư viện SQLite trên máy quá cũ ({detail}) và có thể làm mất dữ liệu.",
            "The SQLite library here is too old ({detail}) and could lose data.",
        ),
        ("Chưa có gì bị ghi hay thay đổi.", "Nothing was written or changed."),
        (
            "Hãy cài gói pysqlite3 có SQLite từ 3.51.3 trở lên.",
            "Install a pysqlite3 with SQLite 3.51.3 or newer.",
        ),
    ),
    "no-replica": _both(
        ("Chưa có dữ liệu tại {detail}.", "There is no replica at {detail}."),
        _UNTOUCHED,
        ("Hãy ghi danh máy này trước.", "Enrol this device first."),
    ),
    "replica-exists": _both(
        ("Đã có dữ liệu tại {detail}.", "There is a replica at {detail} already."),
        _SAFE,
        ("Hãy chọn một thư mục khác.", "Choose another folder."),
    ),
    "in-use": _both(
        ("Một chương trình khác đang ghi vào {detail}.", "Another program is writing to {detail}."),
        _SAFE,
        (
            "Hãy đóng chương trình kia hoặc chờ nó xong rồi thử lại.",
            "Close the other program, or wait until it is done, and try again.",
        ),
    ),
    "newer-database": _both(
        (
            "Dữ liệu này do một phiên bản mới hơn của chương trình tạo ra ({detail}).",
            "A newer version of this program made the database ({detail}).",
        ),
        _UNTOUCHED,
        ("Hãy cập nhật chương trình.", "Update the program."),
    ),
    "damaged-database": _both(
        ("Tệp dữ liệu bị hỏng: {detail}.", "The database file is damaged: {detail}."),
        (
            "Những gì máy chủ đã nhận vẫn an toàn ở máy chủ; tệp hỏng được giữ nguyên.",
            "What the server received is safe there; the damaged file is left as it is.",
        ),
        (
            "Hãy sao tệp này ra chỗ khác, xuất gói những gì còn đọc được, rồi lấy lại từ bản sao lưu hoặc ghi danh lại.",
            "Copy the file elsewhere, export what can still be read, then restore a backup or enrol again.",
        ),
    ),
    "read-only": _both(
        ("Không ghi được vào {detail}.", "{detail} cannot be written."),
        _KEPT,
        (
            "Hãy cấp quyền ghi cho thư mục hoặc chọn thư mục khác.",
            "Allow writing to the folder, or choose another one.",
        ),
    ),
    "disk-full": _both(
        ("Ổ đĩa đã đầy.", "The disk is full."),
        _KEPT,
        ("Hãy xóa bớt tệp không cần rồi lưu lại.", "Free some space, then save again."),
    ),
    "storage": _both(
        ("Ổ đĩa báo lỗi: {detail}.", "The disk reported an error: {detail}."),
        (
            "Những gì đã lưu trước đó vẫn còn; lần ghi này chưa chắc chắn.",
            "What was saved before is still there; this write is not certain.",
        ),
        (
            "Hãy đóng chương trình, kiểm tra ổ đĩa rồi mở lại.",
            "Close the program, check the disk and open it again.",
        ),
    ),
    "wrong-passphrase": _both(
        ("Mật khẩu không đúng.", "The passphrase is not right."),
        _SAFE,
        (
            "Hãy nhập lại; nếu đã quên, hãy nhờ cấp trên ghi danh lại.",
            "Type it again; if it is lost, ask to be enrolled anew.",
        ),
    ),
    "damaged-key": _both(
        ("Tệp khóa không đọc được ({detail}).", "The key file cannot be read ({detail})."),
        _SAFE,
        ("Hãy nhờ cấp trên ghi danh lại máy này.", "Ask to have this device enrolled anew."),
    ),
    "no-keyring": _both(
        ("Hệ điều hành không có kho khóa dùng được.", "The operating system has no usable keyring."),
        _UNTOUCHED,
        ("Hãy giữ khóa trong tệp có mật khẩu.", "Keep the key in a file with a passphrase."),
    ),
    "no-key": _both(
        ("Việc này cần khóa của người dùng.", "This needs the person's key."),
        _SAFE,
        ("Hãy mở khóa bằng mật khẩu rồi làm lại.", "Unlock it with the passphrase and try again."),
    ),
    "not-allowed": _both(
        (
            "Bạn chưa được giao quyền làm việc này ({detail}).",
            "You have not been given the right to do this ({detail}).",
        ),
        _SAFE,
        ("Hãy liên hệ cấp trên.", "Ask your supervisor."),
    ),
    "invalid-save": _both(
        ("Không lưu được giá trị này: {detail}.", "This cannot be saved: {detail}."),
        ("Những gì đã lưu trước đó vẫn còn.", "What was saved before is still there."),
        ("Hãy sửa rồi lưu lại.", "Correct it and save again."),
    ),
    "unknown": _both(
        ("Không tìm thấy {detail}.", "{detail} was not found."),
        _SAFE,
        ("Hãy kiểm tra lại, hoặc đồng bộ rồi thử lại.", "Check it, or sync and try again."),
    ),
    "bad-offer": _both(
        ("Lời mời không dùng được: {detail}.", "The invitation cannot be used: {detail}."),
        _UNTOUCHED,
        ("Hãy xin một lời mời mới.", "Ask for a new one."),
    ),
    "not-confirmable": _both(
        (
            "Yêu cầu này không chỉ xin cho một máy mà còn kèm việc khác ({detail}).",
            "This request does not ask for one device alone ({detail}).",
        ),
        ("Chưa xác nhận gì; mọi thứ vẫn còn nguyên.", "Nothing was confirmed; nothing is lost."),
        (
            "Hãy đóng lời mời đó rồi mời lại, để người đó ghi danh lần nữa.",
            "Close that invitation and invite anew, so that the person enrols again.",
        ),
    ),
    "bad-bundle": _both(
        ("Tệp này không phải gói dữ liệu đọc được: {detail}.", "This file is no readable bundle: {detail}."),
        _SAFE,
        ("Hãy sao lại tệp từ máy đã tạo ra nó.", "Copy it again from the device that made it."),
    ),
    "wrong-server": _both(
        (
            "Máy chủ tại {detail} không chứng minh được là máy chủ của mình.",
            "The server at {detail} did not prove to be ours.",
        ),
        (
            "Chưa gửi gì cho nó. Mọi thứ đã lưu trên máy vẫn còn nguyên.",
            "Nothing was sent to it. Everything saved on this device is still there.",
        ),
        (
            "Hãy kiểm tra địa chỉ và mạng đang dùng, rồi báo người quản trị.",
            "Check the address and the network, and tell the administrator.",
        ),
    ),
    "broken-reply": _both(
        (
            "Trả lời của máy chủ không đọc được ({detail}).",
            "The server's reply cannot be trusted ({detail}).",
        ),
        _SAFE,
        (
            "Hãy thử lại; nếu vẫn vậy, báo người quản trị.",
            "Try again; if it stays so, tell the administrator.",
        ),
    ),
    "rewritten-history": _both(
        (
            "Máy chủ không chứng minh được rằng sổ của nó nối tiếp những gì máy này đã thấy ({detail}).",
            "The server cannot prove that its log continues what this device has seen ({detail}).",
        ),
        (
            "Mọi thứ đã lưu trên máy vẫn còn nguyên. Bằng chứng đã được giữ lại.",
            "Everything saved on this device is still there. The evidence is kept.",
        ),
        ("Hãy báo người quản trị ngay.", "Tell the administrator now."),
    ),
    "refused": _both(
        ("Máy chủ từ chối: {detail}.", "The server refused: {detail}."),
        _SAFE,
        ("Hãy báo người quản trị kèm mã này.", "Tell the administrator, with this code."),
    ),
    "busy": _both(
        ("Máy chủ đang bận ({detail}).", "The server is busy ({detail})."),
        _SAFE,
        ("Chương trình sẽ tự thử lại; cũng có thể thử lại sau.", "It will be tried again; or try later."),
    ),
    "offline": _both(
        ("Không kết nối được tới máy chủ ({detail}).", "The server cannot be reached ({detail})."),
        _SAFE,
        ("Hãy đồng bộ lại khi có mạng.", "Sync again when there is a network."),
    ),
    "captive-portal": _both(
        (
            "Mạng này trả lời thay cho máy chủ ({detail}).",
            "This network answers in the server's place ({detail}).",
        ),
        (
            "Chưa gửi được gì. Mọi thứ đã lưu trên máy vẫn còn nguyên.",
            "Nothing got through. Everything saved on this device is still there.",
        ),
        (
            "Hãy mở trình duyệt để đăng nhập vào mạng, hoặc đổi mạng, rồi đồng bộ lại.",
            "Open a browser to sign in to the network, or change the network, then sync again.",
        ),
    ),
    "cut": _both(
        ("Kết nối bị đứt giữa chừng ({detail}).", "The connection broke ({detail})."),
        _SAFE,
        ("Hãy đồng bộ lại; phần đã gửi sẽ không bị gửi đôi.", "Sync again; nothing will be counted twice."),
    ),
}
