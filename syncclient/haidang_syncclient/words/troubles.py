"""What can go wrong at the command line: what happened, what is safe, what to do next. Exit codes: `commands.answer`.

The library's own errors bring their words (`error_words`); here stand their exit codes and, where a command helps, what to
do next in words of the command line.
"""

from typing import Final

from haidang_syncclient.words import NOTHING_CHANGED, Both, Trouble
from haidang_syncclient.words.office_troubles import ENROLMENT, OFFICE

_SAVED_STAYS: Final = Both(
    "Mọi điều đã lưu trên máy này vẫn còn nguyên.", "Everything saved on this device is still there."
)

GENERAL: Final[dict[str, Trouble]] = {
    "usage": Trouble(
        2,
        Both("Không hiểu dòng lệnh: {detail}.", "The command line was not understood: {detail}."),
        NOTHING_CHANGED,
        Both("{near}Xem cách dùng: {command} --help", "{near}See how it is used: {command} --help"),
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
            "Chạy lại khi thuận tiện. Những gì đang gõ dở chưa được lưu, xin nhập lại.",
            "Run it again when convenient. What was being typed is not saved; please enter it again.",
        ),
    ),
    "no-terminal": Trouble(
        2,
        Both(
            "Lệnh cần hỏi thêm nhưng ở đây không có màn hình nhập.",
            "The command needs to ask, but there is no terminal.",
        ),
        NOTHING_CHANGED,
        Both("Ghi câu trả lời vào dòng lệnh: {option}", "Give the answer on the command line: {option}"),
    ),
    "file-missing": Trouble(
        1,
        Both("Không có tệp {file}.", "There is no file {file}."),
        NOTHING_CHANGED,
        Both("Kiểm tra lại đường dẫn.", "Please check the path."),
    ),
    "file-unreadable": Trouble(
        1,
        Both("Không đọc được tệp {file}: {detail}.", "The file {file} cannot be read: {detail}."),
        NOTHING_CHANGED,
        Both(
            "Kiểm tra đúng tệp chưa, rồi chép lại từ nơi gốc.",
            "Check that it is the right file, then copy it again.",
        ),
    ),
    "folder-missing": Trouble(
        1,
        Both("Không có thư mục {folder}.", "There is no folder {folder}."),
        NOTHING_CHANGED,
        Both(
            "Kiểm tra đường dẫn, USB đã cắm chưa, hoặc tạo thư mục đó trước.",
            "Check the path and whether the USB stick is in, or make the folder first.",
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
        NOTHING_CHANGED,
        Both(
            "Thêm --passphrase-file TỆP, hoặc đặt HAIDANG_PASSPHRASE.",
            "Add --passphrase-file FILE, or set HAIDANG_PASSPHRASE.",
        ),
    ),
    "passphrase-differs": Trouble(
        2,
        Both("Hai lần nhập mật khẩu không giống nhau.", "The two passphrases differ."),
        NOTHING_CHANGED,
        Both("Chạy lại lệnh và nhập lại.", "Run the command again and type it anew."),
    ),
    "passphrase-short": Trouble(
        2,
        Both("Mật khẩu cần ít nhất {length} ký tự.", "A passphrase needs at least {length} characters."),
        NOTHING_CHANGED,
        Both(
            "Nên dùng vài từ dễ nhớ, ví dụ bốn từ rời nhau.", "A few words that you remember well are best."
        ),
    ),
}

NAMES: Final[dict[str, Trouble]] = {
    "unknown-name": Trouble(
        1,
        Both("Không tìm thấy {kind} “{text}” trên máy này.", "There is no {kind} “{text}” on this device."),
        NOTHING_CHANGED,
        Both(
            "{near}Xem những gì có bằng: {haidang} {command}",
            "{near}See what there is with: {haidang} {command}",
        ),
    ),
    "ambiguous-name": Trouble(
        1,
        Both("“{text}” có thể là nhiều {kind}: {found}.", "“{text}” could be more than one {kind}: {found}."),
        NOTHING_CHANGED,
        Both("Ghi rõ hơn, hoặc dùng mã đầy đủ.", "Be more exact, or use the whole id."),
    ),
    "date-unreadable": Trouble(
        2,
        Both("“{text}” không phải là ngày.", "“{text}” is no date."),
        NOTHING_CHANGED,
        Both("Ghi như 18/02/2019 hoặc 2019-02-18.", "Write it as 18/02/2019 or 2019-02-18."),
    ),
    "period-needed": Trouble(
        2,
        Both("Biểu mẫu {form} cần một kỳ báo cáo.", "The form {form} needs a period."),
        NOTHING_CHANGED,
        Both(
            "Thêm --period, ví dụ --period 2019-03 hoặc --period current.",
            "Add --period, such as --period 2019-03 or --period current.",
        ),
    ),
    "subject-needed": Trouble(
        2,
        Both("Biểu mẫu {form} hỏi về một địa điểm.", "The form {form} is about a site."),
        NOTHING_CHANGED,
        Both(
            "Thêm --site MÃ (xem: {haidang} show), hoặc --site new để lập địa điểm mới.",
            "Add --site ID (see: {haidang} show), or --site new for a new site.",
        ),
    ),
    "directive-needed": Trouble(
        2,
        Both(
            "Biểu mẫu {form} dùng cho nhiều nhiệm vụ: {found}.",
            "The form {form} serves several directives: {found}.",
        ),
        NOTHING_CHANGED,
        Both("Thêm --directive MÃ.", "Add --directive CODE."),
    ),
}

REPORTING: Final[dict[str, Trouble]] = {
    "pair-unreadable": Trouble(
        2,
        Both("“{text}” thiếu dấu bằng.", "“{text}” has no equals sign."),
        NOTHING_CHANGED,
        Both("Ghi {option} MỤC=GIÁ_TRỊ.", "Write {option} FIELD=VALUE."),
    ),
    "answer-unreadable": Trouble(
        2,
        Both(
            "Mục {field} ({label}) không nhận “{text}”.",
            "The field {field} ({label}) does not take “{text}”.",
        ),
        NOTHING_CHANGED,
        Both("Mục này cần {expected}.", "It takes {expected}."),
    ),
    "wrong-option": Trouble(
        2,
        Both("Mục {field} không ghi bằng {option}.", "The field {field} is not given with {option}."),
        NOTHING_CHANGED,
        Both("Mục này cần {expected}; dùng {instead}.", "It takes {expected}; use {instead}."),
    ),
    "picture-later": Trouble(
        1,
        Both(
            "Lệnh này chưa đính kèm được ảnh (mục {field}).",
            "This command cannot attach pictures yet (field {field}).",
        ),
        NOTHING_CHANGED,
        Both(
            "Gửi báo cáo trước, không kèm ảnh: báo cáo vẫn đầy đủ hiệu lực.",
            "Send the report first, without the picture: it is valid all the same.",
        ),
    ),
    "cell-without-row": Trouble(
        2,
        Both("Có --cell nhưng chưa có --row.", "There is a --cell, but no --row."),
        NOTHING_CHANGED,
        Both(
            "Ghi --row MỤC=KHÓA trước, rồi --cell CỘT=GIÁ_TRỊ.",
            "Write --row FIELD=KEY first, then --cell CELL=VALUE.",
        ),
    ),
    "row-key-unreadable": Trouble(
        2,
        Both(
            "Dòng của mục {field} được gọi tên bằng: {expected}.", "A row of {field} is named by: {expected}."
        ),
        NOTHING_CHANGED,
        Both(
            "Ghi --row {field}=KHÓA (nhiều phần thì ngăn bằng dấu gạch đứng |), hoặc --row {field}=new nếu không có khóa.",
            "Write --row {field}=KEY (several parts divided by |), or --row {field}=new if rows have no key.",
        ),
    ),
    "nothing-to-save": Trouble(
        2,
        Both("Chưa có câu trả lời nào để lưu.", "There is no answer to save."),
        NOTHING_CHANGED,
        Both(
            "Thêm --set MỤC=GIÁ_TRỊ; xem các mục bằng: {haidang} directives --form {form}",
            "Add --set FIELD=VALUE; see the fields with: {haidang} directives --form {form}",
        ),
    ),
    "nothing-to-hide": Trouble(
        1,
        Both("Không có báo cáo nào đang hiện để ẩn.", "There is no such report to hide."),
        NOTHING_CHANGED,
        Both(
            "Kiểm tra biểu mẫu, địa điểm và kỳ; xem: {haidang} show",
            "Check the form, the site and the period; see: {haidang} show",
        ),
    ),
    "not-hidden": Trouble(
        1,
        Both("Báo cáo này không bị ẩn.", "This report is not hidden."),
        NOTHING_CHANGED,
        Both("Xem: {haidang} show", "See: {haidang} show"),
    ),
    "void-or-restore": Trouble(
        2,
        Both("Chỉ dùng một trong --void, --restore.", "Only one of --void, --restore can be used."),
        NOTHING_CHANGED,
        Both(
            'Ẩn: --void "LÝ DO"; hiện lại: --restore "LÝ DO".',
            'To hide: --void "REASON"; to show again: --restore "REASON".',
        ),
    ),
    "no-longer-zero": Trouble(
        1,
        Both(
            "Báo cáo này đã có số liệu nên không thể báo số 0.",
            "This report has figures, so it cannot be a report of zero.",
        ),
        NOTHING_CHANGED,
        Both("Sửa từng mục bằng --set MỤC=0.", "Change single fields with --set FIELD=0."),
    ),
    "no-conflict": Trouble(
        1,
        Both(
            "Mục {field} không có hai giá trị khác nhau.",
            "The field {field} does not have two different values.",
        ),
        NOTHING_CHANGED,
        Both(
            "{near}Xem các mục cần chọn bằng: {haidang} conflicts",
            "{near}See what is to be settled with: {haidang} conflicts",
        ),
    ),
    "field-needs-form": Trouble(
        1,
        Both(
            "Máy này chưa có biểu mẫu của mục {field}, nên chưa ghi được giá trị khác.",
            "The form of the field {field} is not on this device yet, so no other value can be stated.",
        ),
        Both("Tất cả các giá trị đều được giữ.", "All of the values are kept."),
        Both(
            "Chọn bằng --pick SỐ, hoặc nhận biểu mẫu mới: {haidang} sync",
            "Choose with --pick NUMBER, or fetch the new form: {haidang} sync",
        ),
    ),
    "pick-out-of-range": Trouble(
        2,
        Both(
            "Không có giá trị thứ {pick}; chỉ có từ 1 đến {count}.",
            "There is no value number {pick}, only 1 to {count}.",
        ),
        NOTHING_CHANGED,
        Both("Xem các giá trị: {haidang} conflicts", "See the values: {haidang} conflicts"),
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
        NOTHING_CHANGED,
        Both("Ví dụ: {haidang} review MÃ --approve", "For example: {haidang} review RECORD --approve"),
    ),
    "may-not-review": Trouble(
        1,
        Both(
            "Vai trò của bạn không được ghi “{verdict}” cho báo cáo của {unit}.",
            "Your role may not say “{verdict}” about reports of {unit}.",
        ),
        NOTHING_CHANGED,
        Both(
            "Người được ghi: {who}. Gửi báo cáo để họ xem: {haidang} sync",
            "Those who may: {who}. Send the report, so that they can look at it: {haidang} sync",
        ),
    ),
    "nothing-to-review": Trouble(
        1,
        Both("Báo cáo này chưa có nội dung để xác nhận.", "This report has nothing in it to vouch for."),
        NOTHING_CHANGED,
        Both(
            "Chờ đơn vị gửi số liệu, rồi nhận về: {haidang} sync",
            "Wait until the unit has sent its figures, then fetch them: {haidang} sync",
        ),
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
        "Xin lời mời của người phụ trách, rồi chạy: {haidang} enrol LỜI_MỜI",
        "Ask your supervisor for an invitation, then run: {haidang} enrol OFFER",
    ),
    "replica-exists": Both(
        "Người khác dùng chung máy thì thêm --home THƯ_MỤC_KHÁC.",
        "For another person on this machine add --home OTHER_FOLDER.",
    ),
    "not-confirmable": Both(
        "Đóng lời mời đó bằng {haidang} invite --close “HỌ TÊN” --reason “…”, rồi mời lại để người đó ghi danh lần nữa.",
        "Close that invitation with {haidang} invite --close “NAME” --reason “…”, then invite the person to enrol again.",
    ),
    "offline": Both(
        "Chạy lại khi có mạng, hoặc gửi bằng USB: {haidang} bundle export TỆP",
        "Run it again when there is a network, or carry it: {haidang} bundle export FILE",
    ),
}
"""What to do next, where the command line knows better than the library."""

_ENROL_LATER: Final = Both(
    "Kiểm tra địa chỉ và mạng rồi chạy lại lệnh này; hoặc xin lời mời dạng tệp, không cần mạng: {haidang} enrol --offer-file TỆP",
    "Check the address and the network, then run this again; or ask for the invitation as a file, which needs no network:"
    " {haidang} enrol --offer-file FILE",
)
FIRST_HINTS: Final[dict[str, Both]] = {
    "offline": _ENROL_LATER,
    "cut": _ENROL_LATER,
    "wrong-server": _ENROL_LATER,
    "busy": Both("Chạy lại lệnh này sau vài phút.", "Run this again in a few minutes."),
    "captive-portal": Both(
        "Kiểm tra địa chỉ; mở trình duyệt để đăng nhập vào mạng, hoặc đổi mạng; rồi chạy lại lệnh này.",
        "Check the address; open a browser to sign in to the network, or change the network; then run this again.",
    ),
}
"""The same on a device that is not enrolled yet: there is nothing to sync or to carry."""
