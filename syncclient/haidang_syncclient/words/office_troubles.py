"""What can go wrong when people are invited and when an officer acts; `troubles` explains the parts."""

from typing import Final

from haidang_syncclient.words import NOTHING_CHANGED, Both, Trouble

ENROLMENT: Final[dict[str, Trouble]] = {
    "offer-unreadable": Trouble(
        2,
        Both("Đây không phải là một lời mời trọn vẹn.", "This is not a whole invitation."),
        NOTHING_CHANGED,
        Both(
            "Chép lại cả dòng bắt đầu bằng HD1: hoặc quét lại mã QR.",
            "Copy the whole line that begins with HD1:, or scan the QR code again.",
        ),
    ),
    "offer-expired": Trouble(
        1,
        Both("Lời mời đã hết hạn lúc {when}.", "The invitation expired at {when}."),
        NOTHING_CHANGED,
        Both(
            "Xin lời mời mới; kiểm tra cả giờ của máy này.",
            "Ask for a new one; check this device's clock too.",
        ),
    ),
    "offer-not-known": Trouble(
        1,
        Both("Máy chủ {url} chưa biết lời mời này.", "The server {url} does not know this invitation yet."),
        NOTHING_CHANGED,
        Both(
            "Nhờ người mời chạy haidang sync rồi thử lại, hoặc xin tệp lời mời.",
            "Ask whoever invited you to run haidang sync, then try again; or ask for the invitation as a file.",
        ),
    ),
    "code-unreadable": Trouble(
        2,
        Both("Mã mời có 16 chữ và số.", "A code has 16 letters and digits."),
        NOTHING_CHANGED,
        Both(
            "Gõ lại, ví dụ --code ABCD-EFGH-JKMN-PQRS.", "Type it again, such as --code ABCD-EFGH-JKMN-PQRS."
        ),
    ),
    "code-refused": Trouble(
        1,
        Both("Mã mời sai, đã dùng hoặc đã hết hạn.", "The code is wrong, used or expired."),
        NOTHING_CHANGED,
        Both("Kiểm tra từng chữ, hoặc xin một mã mới.", "Check each letter, or ask for a new code."),
    ),
    "one-offer": Trouble(
        2,
        Both(
            "Cần đúng một lời mời: OFFER, --offer-file, hoặc --code cùng --url.",
            "Exactly one invitation is needed: OFFER, --offer-file, or --code with --url.",
        ),
        NOTHING_CHANGED,
        Both("Ví dụ: {haidang} enrol HD1:…", "For example: {haidang} enrol HD1:…"),
    ),
}

OFFICE: Final[dict[str, Trouble]] = {
    "unknown-role": Trouble(
        1,
        Both("Không có vai trò “{text}”.", "There is no role “{text}”."),
        NOTHING_CHANGED,
        Both(
            "{near}Các vai trò: {found}; hoặc một tệp JSON.", "{near}The roles are: {found}; or a JSON file."
        ),
    ),
    "role-unreadable": Trouble(
        1,
        Both("Tệp vai trò {file} không đúng: {detail}.", "The role file {file} is not in order: {detail}."),
        NOTHING_CHANGED,
        Both(
            "Sửa theo mẫu của các vai trò có sẵn.", "Mend it after the example of the roles that are shipped."
        ),
    ),
    "role-of-server": Trouble(
        2,
        Both(
            "Vai trò {role} là của máy chủ, không cấp bằng lời mời được.",
            "The role {role} is a server's and is not given by invitation.",
        ),
        NOTHING_CHANGED,
        Both(
            "Máy chủ được chứng nhận khi lập hệ thống: haidang found --hub.",
            "Servers are certified when a deployment is founded: haidang found --hub.",
        ),
    ),
    "out-of-reach": Trouble(
        1,
        Both(
            "Khóa của {person} được cấp ở cấp ngang hoặc trên khóa của máy này, nên lời này không có hiệu lực với nó.",
            "The key of {person} was certified as near to the root as this device's or nearer, so this word would not hold for it.",
        ),
        NOTHING_CHANGED,
        Both("Nhờ người đã mời khóa đó, hoặc cấp trên.", "Ask whoever invited that key, or the level above."),
    ),
    "one-keep": Trouble(
        2,
        Both(
            "Chỉ dùng một trong --keep, --keep-received-before, --keep-nothing.",
            "Only one of --keep, --keep-received-before, --keep-nothing can be used.",
        ),
        NOTHING_CHANGED,
        Both(
            "Không ghi gì thì mọi điều máy chủ đã nhận được giữ lại.",
            "Without any of them, everything that the hub had received is kept.",
        ),
    ),
    "person-needed": Trouble(
        2,
        Both("Lời mời cần tên người được mời.", "An invitation needs the person's name."),
        NOTHING_CHANGED,
        Both("Thêm --person “Họ và tên”.", "Add --person “Full name”."),
    ),
    "reason-needed": Trouble(
        2,
        Both("Việc này cần một lý do.", "This needs a reason."),
        NOTHING_CHANGED,
        Both(
            'Ghi lý do trong ngoặc kép: {option} "LÝ DO"',
            'Write the reason in quotation marks: {option} "REASON"',
        ),
    ),
    "adopts-request": Trouble(
        2,
        Both(
            "Gói {set} là yêu cầu ghi danh một máy, không công nhận theo cách này được.",
            "The change set {set} asks to enrol a device and is not adopted this way.",
        ),
        NOTHING_CHANGED,
        Both(
            "So dấu vân khóa với người dùng, rồi: {haidang} invite --confirm DẤU_VÂN_KHÓA",
            "Compare the fingerprint with the person, then: {haidang} invite --confirm FINGERPRINT",
        ),
    ),
    "not-publishable": Trouble(
        1,
        Both("Chưa công bố được {file}: {detail}.", "{file} cannot be published: {detail}."),
        NOTHING_CHANGED,
        Both("Sửa các chỗ nêu trên rồi chạy lại.", "Mend these places, then run it again."),
    ),
    "nothing-to-publish": Trouble(
        1,
        Both("Trong {file} không có gì để công bố.", "There is nothing to publish in {file}."),
        NOTHING_CHANGED,
        Both(
            "Cần units.csv, directives.csv, thư mục forms có tệp JSON, hoặc --years NĂM.",
            "It needs units.csv, directives.csv, a folder forms with JSON files, or --years YEAR.",
        ),
    ),
    "hub-key-unreadable": Trouble(
        1,
        Both(
            "Tệp {file} không chứa khóa công khai của máy chủ.",
            "The file {file} does not hold a server's public key.",
        ),
        NOTHING_CHANGED,
        Both(
            "Trên máy chủ chạy haidang-server key TỆP_KHÓA --json > hub.json, rồi dùng tệp hub.json.",
            "On the server run haidang-server key KEY_FILE --json > hub.json, and use the file hub.json.",
        ),
    ),
    "folder-not-empty": Trouble(
        1,
        Both("Thư mục {file} không trống.", "The folder {file} is not empty."),
        Both("Khóa gốc không bao giờ bị ghi đè.", "Root keys are never written over."),
        Both("Chọn thư mục mới cho lần thành lập này.", "Choose a new folder for this founding."),
    ),
}
