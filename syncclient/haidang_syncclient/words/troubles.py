"""What can go wrong at the command line: what happened, what is safe, what to do next. Exit codes: `commands.answer`.

The library's own errors bring their words (`error_words`); here stand their exit codes and, where a command helps, what to
do next in words of the command line.
"""

from typing import Final

from haidang_syncclient.words import Both, Trouble

_NOTHING_CHANGED: Final = Both("Chưa có gì thay đổi.", "Nothing was changed.")
_SAVED_STAYS: Final = Both(
    "Mọi điều đã lưu trên máy này vẫn còn nguyên.", "Everything saved on this device is still there."
)

GENERAL: Final[dict[str, Trouble]] = {
    "usage": Trouble(
        2,
        Both("Không hiểu dòng lệnh: {detail}.", "The command line was not understood: {detail}."),
        _NOTHING_CHANGED,
        Both("Xem cách dùng: {command} --help", "See how it is used: {command} --help"),
    ),
    "internal": Trouble(
        70,
        Both(
            "Chương trình gặp lỗi ngoài dự tính: {detail}.", "The program met an unexpected fault: {detail}."
        ),
        _SAVED_STAYS,
        Both(
            "Thử lại một lần; nếu vẫn vậy, gửi tệp {file} cho người hỗ trợ.",
            "Try once more; if it stays, send the file {file} to your support.",
        ),
    ),
    "stopped": Trouble(
        130,
        Both("Lệnh đã được dừng.", "The command was stopped."),
        _SAVED_STAYS,
        Both(
            "Chạy lại khi thuận tiện; lệnh sẽ làm tiếp.",
            "Run it again when convenient; it goes on where it was.",
        ),
    ),
    "no-terminal": Trouble(
        2,
        Both(
            "Lệnh cần hỏi thêm nhưng ở đây không có màn hình nhập.",
            "The command needs to ask, but there is no terminal.",
        ),
        _NOTHING_CHANGED,
        Both("Ghi câu trả lời vào dòng lệnh: {option}", "Give the answer on the command line: {option}"),
    ),
    "file-missing": Trouble(
        1,
        Both("Không có tệp {file}.", "There is no file {file}."),
        _NOTHING_CHANGED,
        Both("Kiểm tra lại đường dẫn.", "Please check the path."),
    ),
    "file-unreadable": Trouble(
        1,
        Both("Không đọc được tệp {file}: {detail}.", "The file {file} cannot be read: {detail}."),
        _NOTHING_CHANGED,
        Both(
            "Kiểm tra đúng tệp chưa, rồi chép lại từ nơi gốc.",
            "Check that it is the right file, then copy it again.",
        ),
    ),
    "file-exists": Trouble(
        1,
        Both("Đã có tệp {file}.", "The file {file} exists already."),
        Both("Tệp cũ được giữ nguyên.", "The old file was left as it is."),
        Both("Chọn tên khác hoặc dời tệp cũ đi.", "Choose another name, or move the old file away."),
    ),
}

KEYS: Final[dict[str, Trouble]] = {
    "passphrase-missing": Trouble(
        2,
        Both("Khóa của máy này cần mật khẩu.", "The key of this device needs its passphrase."),
        _NOTHING_CHANGED,
        Both(
            "Thêm --passphrase-file TỆP, hoặc đặt HAIDANG_PASSPHRASE.",
            "Add --passphrase-file FILE, or set HAIDANG_PASSPHRASE.",
        ),
    ),
    "passphrase-differs": Trouble(
        2,
        Both("Hai lần nhập mật khẩu không giống nhau.", "The two passphrases differ."),
        _NOTHING_CHANGED,
        Both("Chạy lại lệnh và nhập lại.", "Run the command again and type it anew."),
    ),
    "passphrase-short": Trouble(
        2,
        Both("Mật khẩu cần ít nhất {length} ký tự.", "A passphrase needs at least {length} characters."),
        _NOTHING_CHANGED,
        Both(
            "Nên dùng vài từ dễ nhớ, ví dụ bốn từ rời nhau.", "A few words that you remember well are best."
        ),
    ),
}

NAMES: Final[dict[str, Trouble]] = {
    "unknown-name": Trouble(
        1,
        Both("Không tìm thấy {kind} “{text}” trên máy này.", "There is no {kind} “{text}” on this device."),
        _NOTHING_CHANGED,
        Both("Xem những gì có bằng: {command}", "See what there is with: {command}"),
    ),
    "ambiguous-name": Trouble(
        1,
        Both("“{text}” có thể là nhiều {kind}: {found}.", "“{text}” could be more than one {kind}: {found}."),
        _NOTHING_CHANGED,
        Both("Ghi rõ hơn, hoặc dùng mã đầy đủ.", "Be more exact, or use the whole id."),
    ),
    "date-unreadable": Trouble(
        2,
        Both("“{text}” không phải là ngày.", "“{text}” is no date."),
        _NOTHING_CHANGED,
        Both("Ghi như 18/02/2019 hoặc 2019-02-18.", "Write it as 18/02/2019 or 2019-02-18."),
    ),
    "period-needed": Trouble(
        2,
        Both("Biểu mẫu {form} cần một kỳ báo cáo.", "The form {form} needs a period."),
        _NOTHING_CHANGED,
        Both(
            "Thêm --period, ví dụ --period 2019-03 hoặc --period current.",
            "Add --period, such as --period 2019-03 or --period current.",
        ),
    ),
    "subject-needed": Trouble(
        2,
        Both("Biểu mẫu {form} hỏi về một địa điểm.", "The form {form} is about a site."),
        _NOTHING_CHANGED,
        Both(
            "Thêm --site MÃ (xem: haidang show), hoặc --site new để lập địa điểm mới.",
            "Add --site ID (see: haidang show), or --site new for a new site.",
        ),
    ),
    "directive-needed": Trouble(
        2,
        Both(
            "Biểu mẫu {form} dùng cho nhiều nhiệm vụ: {found}.",
            "The form {form} serves several directives: {found}.",
        ),
        _NOTHING_CHANGED,
        Both("Thêm --directive MÃ.", "Add --directive CODE."),
    ),
}

REPORTING: Final[dict[str, Trouble]] = {
    "pair-unreadable": Trouble(
        2,
        Both("“{text}” thiếu dấu bằng.", "“{text}” has no equals sign."),
        _NOTHING_CHANGED,
        Both("Ghi {option} MỤC=GIÁ_TRỊ.", "Write {option} FIELD=VALUE."),
    ),
    "answer-unreadable": Trouble(
        2,
        Both(
            "Mục {field} ({label}) không nhận “{text}”.",
            "The field {field} ({label}) does not take “{text}”.",
        ),
        _NOTHING_CHANGED,
        Both("Mục này cần {expected}.", "It takes {expected}."),
    ),
    "wrong-option": Trouble(
        2,
        Both("Mục {field} không ghi bằng {option}.", "The field {field} is not given with {option}."),
        _NOTHING_CHANGED,
        Both("Mục này cần {expected}; dùng {instead}.", "It takes {expected}; use {instead}."),
    ),
    "picture-later": Trouble(
        1,
        Both(
            "Lệnh này chưa đính kèm được ảnh (mục {field}).",
            "This command cannot attach pictures yet (field {field}).",
        ),
        _NOTHING_CHANGED,
        Both(
            "Gửi báo cáo trước, không kèm ảnh: báo cáo vẫn đầy đủ hiệu lực.",
            "Send the report first, without the picture: it is valid all the same.",
        ),
    ),
    "cell-without-row": Trouble(
        2,
        Both("Có --cell nhưng chưa có --row.", "There is a --cell, but no --row."),
        _NOTHING_CHANGED,
        Both(
            "Ghi --row MỤC KHÓA trước, rồi --cell CỘT=GIÁ_TRỊ.",
            "Write --row FIELD KEY first, then --cell CELL=VALUE.",
        ),
    ),
    "row-key-unreadable": Trouble(
        2,
        Both(
            "Dòng của mục {field} được gọi tên bằng: {expected}.", "A row of {field} is named by: {expected}."
        ),
        _NOTHING_CHANGED,
        Both(
            "Ghi --row {field} KHÓA (nhiều phần thì ngăn bằng dấu gạch đứng |), hoặc --row {field} new nếu không có khóa.",
            "Write --row {field} KEY (several parts divided by |), or --row {field} new if rows have no key.",
        ),
    ),
    "nothing-to-save": Trouble(
        2,
        Both("Chưa có câu trả lời nào để lưu.", "There is no answer to save."),
        _NOTHING_CHANGED,
        Both(
            "Thêm --set MỤC=GIÁ_TRỊ; xem các mục bằng: haidang directives --form {form}",
            "Add --set FIELD=VALUE; see the fields with: haidang directives --form {form}",
        ),
    ),
    "no-longer-zero": Trouble(
        1,
        Both(
            "Báo cáo này đã có số liệu nên không thể báo số 0.",
            "This report has figures, so it cannot be a report of zero.",
        ),
        _NOTHING_CHANGED,
        Both("Sửa từng mục bằng --set MỤC=0.", "Change single fields with --set FIELD=0."),
    ),
    "no-conflict": Trouble(
        1,
        Both(
            "Mục {field} không có hai giá trị khác nhau.",
            "The field {field} does not have two different values.",
        ),
        _NOTHING_CHANGED,
        Both(
            "Xem các mục cần chọn bằng: haidang conflicts",
            "See what is to be settled with: haidang conflicts",
        ),
    ),
    "pick-out-of-range": Trouble(
        2,
        Both(
            "Không có giá trị thứ {pick}; chỉ có từ 1 đến {count}.",
            "There is no value number {pick}, only 1 to {count}.",
        ),
        _NOTHING_CHANGED,
        Both("Xem các giá trị: haidang conflicts", "See the values: haidang conflicts"),
    ),
    "decide-one": Trouble(
        5,
        Both(
            "Mục {field} đang có {count} giá trị khác nhau: {found}.",
            "The field {field} has {count} different values: {found}.",
        ),
        Both("Tất cả các giá trị đều được giữ.", "All of the values are kept."),
        Both(
            "Chọn bằng --pick SỐ, hoặc ghi giá trị đúng bằng --value.",
            "Choose with --pick NUMBER, or state the right one with --value.",
        ),
    ),
    "one-verdict": Trouble(
        2,
        Both(
            "Cần đúng một trong --confirm, --approve, --return.",
            "Exactly one of --confirm, --approve, --return is needed.",
        ),
        _NOTHING_CHANGED,
        Both("Ví dụ: haidang review MÃ --approve", "For example: haidang review RECORD --approve"),
    ),
    "nothing-to-review": Trouble(
        1,
        Both("Báo cáo này chưa có nội dung để xác nhận.", "This report has nothing in it to vouch for."),
        _NOTHING_CHANGED,
        Both("Chờ đơn vị gửi số liệu.", "Wait until the unit has sent its figures."),
    ),
}

ENROLMENT: Final[dict[str, Trouble]] = {
    "offer-unreadable": Trouble(
        2,
        Both("Đây không phải là một lời mời trọn vẹn.", "This is not a whole invitation."),
        _NOTHING_CHANGED,
        Both(
            "Chép lại cả dòng bắt đầu bằng HD1: hoặc quét lại mã QR.",
            "Copy the whole line that begins with HD1:, or scan the QR code again.",
        ),
    ),
    "offer-expired": Trouble(
        1,
        Both("Lời mời đã hết hạn lúc {when}.", "The invitation expired at {when}."),
        _NOTHING_CHANGED,
        Both(
            "Xin lời mời mới; kiểm tra cả giờ của máy này.",
            "Ask for a new one; check this device's clock too.",
        ),
    ),
    "offer-not-known": Trouble(
        1,
        Both("Máy chủ {url} chưa biết lời mời này.", "The server {url} does not know this invitation yet."),
        _NOTHING_CHANGED,
        Both(
            "Nhờ người mời chạy haidang sync rồi thử lại, hoặc xin tệp lời mời.",
            "Ask whoever invited you to run haidang sync, then try again; or ask for the invitation as a file.",
        ),
    ),
    "code-unreadable": Trouble(
        2,
        Both("Mã mời có 16 chữ và số.", "A code has 16 letters and digits."),
        _NOTHING_CHANGED,
        Both(
            "Gõ lại, ví dụ --code ABCD-EFGH-JKMN-PQRS.", "Type it again, such as --code ABCD-EFGH-JKMN-PQRS."
        ),
    ),
    "code-refused": Trouble(
        1,
        Both("Mã mời sai, đã dùng hoặc đã hết hạn.", "The code is wrong, used or expired."),
        _NOTHING_CHANGED,
        Both("Kiểm tra từng chữ, hoặc xin một mã mới.", "Check each letter, or ask for a new code."),
    ),
    "one-offer": Trouble(
        2,
        Both(
            "Cần đúng một lời mời: OFFER, --offer-file, hoặc --code cùng --url.",
            "Exactly one invitation is needed: OFFER, --offer-file, or --code with --url.",
        ),
        _NOTHING_CHANGED,
        Both("Ví dụ: haidang enrol HD1:…", "For example: haidang enrol HD1:…"),
    ),
}

OFFICE: Final[dict[str, Trouble]] = {
    "role-unreadable": Trouble(
        1,
        Both("Tệp vai trò {file} không đúng: {detail}.", "The role file {file} is not in order: {detail}."),
        _NOTHING_CHANGED,
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
        _NOTHING_CHANGED,
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
        _NOTHING_CHANGED,
        Both("Nhờ người đã mời khóa đó, hoặc cấp trên.", "Ask whoever invited that key, or the level above."),
    ),
    "one-keep": Trouble(
        2,
        Both(
            "Chỉ dùng một trong --keep, --keep-received-before, --keep-nothing.",
            "Only one of --keep, --keep-received-before, --keep-nothing can be used.",
        ),
        _NOTHING_CHANGED,
        Both(
            "Không ghi gì thì mọi điều máy chủ đã nhận được giữ lại.",
            "Without any of them, everything that the hub had received is kept.",
        ),
    ),
    "person-needed": Trouble(
        2,
        Both("Lời mời cần tên người được mời.", "An invitation needs the person's name."),
        _NOTHING_CHANGED,
        Both("Thêm --person “Họ và tên”.", "Add --person “Full name”."),
    ),
    "reason-needed": Trouble(
        2,
        Both("Việc này cần một lý do.", "This needs a reason."),
        _NOTHING_CHANGED,
        Both("Thêm --reason “…”.", "Add --reason “…”."),
    ),
    "not-publishable": Trouble(
        1,
        Both("Chưa công bố được {file}: {detail}.", "{file} cannot be published: {detail}."),
        _NOTHING_CHANGED,
        Both("Sửa các chỗ nêu trên rồi chạy lại.", "Mend these places, then run it again."),
    ),
    "nothing-to-publish": Trouble(
        1,
        Both("Trong {file} không có gì để công bố.", "There is nothing to publish in {file}."),
        _NOTHING_CHANGED,
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
        _NOTHING_CHANGED,
        Both("Dùng tệp do lệnh haidang-server init ghi ra.", "Use the file that haidang-server init wrote."),
    ),
    "folder-not-empty": Trouble(
        1,
        Both("Thư mục {file} không trống.", "The folder {file} is not empty."),
        Both("Khóa gốc không bao giờ bị ghi đè.", "Root keys are never written over."),
        Both("Chọn thư mục mới cho lần thành lập này.", "Choose a new folder for this founding."),
    ),
}

TROUBLES: Final[dict[str, Trouble]] = {
    **GENERAL,
    **KEYS,
    **NAMES,
    **REPORTING,
    **ENROLMENT,
    **OFFICE,
}

LIBRARY_EXITS: Final[dict[str, int]] = {
    "damaged-database": 4,
    "damaged-key": 4,
    "rewritten-history": 4,
    "in-use": 3,
    "broken-reply": 3,
    "busy": 3,
    "offline": 3,
    "captive-portal": 3,
    "cut": 3,
}
"""Exit codes of the library's errors, by code; all others are 1."""

LIBRARY_HINTS: Final[dict[str, Both]] = {
    "no-replica": Both(
        "Xin lời mời của người phụ trách, rồi chạy: haidang enrol LỜI_MỜI",
        "Ask your supervisor for an invitation, then run: haidang enrol OFFER",
    ),
    "replica-exists": Both(
        "Người khác dùng chung máy thì thêm --home THƯ_MỤC_KHÁC.",
        "For another person on this machine add --home OTHER_FOLDER.",
    ),
    "offline": Both(
        "Chạy lại khi có mạng, hoặc gửi bằng USB: haidang bundle export TỆP",
        "Run it again when there is a network, or carry it: haidang bundle export FILE",
    ),
}
"""What to do next, where the command line knows better than the library."""
