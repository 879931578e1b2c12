"""What `--help` says: each command, each option. An option that means the same everywhere stands once."""

from typing import Final

from haidang_syncclient.words import Both

PROGRAM: Final = Both(
    "Hải Đăng: ghi tiến độ công việc nơi không có mạng, gửi nguyên vẹn khi có mạng.",
    "Hải Đăng: record progress where there is no network; deliver it unaltered when there is one.",
)

PANELS: Final[dict[str, Both]] = {
    "person": Both("Việc hằng ngày", "Everyday work"),
    "officer": Both("Việc của người phụ trách", "An officer's work"),
    "parameters": Both("Cách gọi", "Parameters"),
    "everywhere": Both("Dùng với mọi lệnh", "With every command"),
}

COMMANDS: Final[dict[str, tuple[str, Both]]] = {
    "enrol": (
        "person",
        Both(
            "Ghi danh máy này bằng lời mời của người phụ trách.",
            "Enrol this device with an officer's invitation.",
        ),
    ),
    "directives": (
        "person",
        Both("Các nhiệm vụ và biểu mẫu của chúng.", "The directives and the forms that they need."),
    ),
    "report": (
        "person",
        Both(
            "Ghi hoặc sửa một báo cáo; lưu ngay trên máy.",
            "Fill in or correct a report; saved on this device at once.",
        ),
    ),
    "show": (
        "person",
        Both("Xem các báo cáo: giá trị, lịch sử, bằng chứng.", "Show reports: values, history, proof."),
    ),
    "status": (
        "person",
        Both(
            "Việc của mình đang ở đâu: trên máy, trên đường, hay đã nhận.",
            "Where one's work is: here, on its way, or received.",
        ),
    ),
    "sync": ("person", Both("Gửi và nhận với máy chủ.", "Send to and receive from the server.")),
    "conflicts": ("person", Both("Những mục có hai giá trị khác nhau.", "Fields with two different values.")),
    "resolve": ("person", Both("Chọn giá trị đúng cho một mục.", "Settle which value of a field is right.")),
    "review": (
        "person",
        Both("Xác nhận, duyệt hoặc trả lại một báo cáo.", "Confirm, approve or return a report."),
    ),
    "bundle": (
        "person",
        Both("Chuyển dữ liệu bằng tệp: USB, gửi kèm thư.", "Carry data in a file: USB, mail."),
    ),
    "bundle export": ("person", Both("Ghi dữ liệu ra một tệp gói.", "Write data into a bundle file.")),
    "bundle import": ("person", Both("Nhận dữ liệu từ một tệp gói.", "Take data in from a bundle file.")),
    "verify": (
        "person",
        Both("Kiểm tra mọi chữ ký và chuỗi thay đổi.", "Check every signature and every chain of changes."),
    ),
    "export": ("person", Both("Xuất số liệu ra CSV hoặc NDJSON.", "Export figures as CSV or NDJSON.")),
    "found": (
        "officer",
        Both(
            "Lập hệ thống mới: khóa gốc, cán bộ đầu tiên, máy chủ.",
            "Found a deployment: root keys, first officer, hub.",
        ),
    ),
    "publish": (
        "officer",
        Both(
            "Công bố đơn vị, nhiệm vụ, biểu mẫu và kỳ báo cáo.",
            "Publish units, directives, forms and periods.",
        ),
    ),
    "assign": ("officer", Both("Giao một nhiệm vụ cho một đơn vị.", "Assign a directive to a unit.")),
    "invite": (
        "officer",
        Both(
            "Mời một người vào hệ thống; xác nhận hoặc đóng lời mời.",
            "Invite somebody; confirm or close an invitation.",
        ),
    ),
    "devices": ("officer", Both("Các khóa đã được cấp.", "The keys that were certified.")),
    "retire": (
        "officer",
        Both("Ghi nhận người dùng khóa đã thôi việc.", "Note that a key's holder has left."),
    ),
    "revoke": ("officer", Both("Thu hồi khóa của máy bị mất.", "Cut off the key of a lost device.")),
    "quarantine": (
        "officer",
        Both("Các thay đổi đang chờ người phụ trách xem.", "Changes that wait for a supervisor."),
    ),
    "adopt": ("officer", Both("Nhận các thay đổi đang chờ vào số liệu.", "Let waiting changes count.")),
    "refuse": (
        "officer",
        Both("Khép lại các thay đổi không nhận.", "Close the question of waiting changes."),
    ),
    "redact": (
        "officer",
        Both(
            "Xóa nội dung của thay đổi có dữ liệu cá nhân.", "Drop the content of changes with personal data."
        ),
    ),
}
"""Panel and summary of each command, in the order of the help page."""

OPTIONS: Final[dict[str, Both]] = {
    # with every command
    "--home": Both("Thư mục dữ liệu của một người trên máy này.", "The folder of one person's data on this device."),
    "--lang": Both("Ngôn ngữ: vi hoặc en.", "Language: vi or en."),
    "--json": Both("In kết quả thành một đối tượng JSON.", "Print the result as one JSON object."),
    "--passphrase-file": Both("Tệp chứa mật khẩu của khóa.", "A file with the passphrase of the key."),
    "--help": Both("Xem trang này.", "Show this page."),
    "--version": Both("Xem số phiên bản.", "Show the version."),
    # what is meant
    "RECORD": Both("Báo cáo: phần đầu của mã, hoặc BIỂU_MẪU/ĐỊA_ĐIỂM/KỲ.", "The report: the start of its id, or FORM/SITE/PERIOD."),
    "UNIT": Both("Đơn vị: tên, mã, hoặc phần đầu của mã số riêng.", "The unit: its name, code, or the start of its id."),
    "FORM": Both("Biểu mẫu, ví dụ F01M.", "The form, such as F01M."),
    "FIELD": Both("Tên mục trong biểu mẫu.", "The name of a field of the form."),
    "DIRECTIVE": Both("Mã nhiệm vụ, ví dụ TB171-2.1a hoặc 2.1a.", "The directive's code, such as TB171-2.1a or 2.1a."),
    "KEY": Both("Khóa: dấu vân khóa, phần đầu của mã, hoặc tên người.", "The key: its fingerprint, the start of its id, or the person."),
    "SETS": Both("Gói thay đổi: phần đầu của mã (xem: haidang quarantine).", "Change sets: the starts of their ids (see: haidang quarantine)."),
    "--unit": Both("Đơn vị, nếu quyền của mình gồm nhiều đơn vị.", "The unit, if one's certificate covers several."),
    "--form": Both("Chỉ biểu mẫu này.", "This form only."),
    "--directive": Both("Nhiệm vụ mà báo cáo nói về.", "The directive that the report is about."),
    "--period": Both("Kỳ: 2019-03, 2019-Q1, 2019, current, hoặc mã kỳ.", "The period: 2019-03, 2019-Q1, 2019, current, or an id."),
    "--site": Both("Địa điểm: tên, mã, hoặc new để lập địa điểm mới.", "The site: its name, code or id, or new for a new one."),
    "--reason": Both("Lý do; được ký và lưu lại.", "The reason; it is signed and kept."),
    # enrol
    "OFFER": Both("Dòng chữ của lời mời, bắt đầu bằng HD1:.", "The text of the invitation, which begins with HD1:."),
    "--code": Both("Mã 16 chữ do người phụ trách đọc.", "The code of 16 letters that the officer reads out."),
    "--url": Both("Địa chỉ máy chủ.", "The server's address."),
    "--offer-file": Both("Tệp chứa lời mời.", "A file with the invitation."),
    "--no-passphrase": Both("Cất khóa không mật khẩu: ai mở được máy là dùng được khóa.", "Keep the key without a passphrase: whoever can open this device can use it."),
    "--keyring": Both("Cất khóa trong kho khóa của hệ điều hành.", "Keep the key in the keyring of the operating system."),
    "--label": Both("Tên của máy này, để người phụ trách nhận ra.", "A name for this device, for the officer to recognise."),
    # report
    "--record": Both("Sửa sự việc đã ghi (mã báo cáo).", "Correct an event recorded before (the report's id)."),
    "--set": Both("MỤC=GIÁ_TRỊ; để trống sau dấu bằng là xóa trắng.", "FIELD=VALUE; nothing after the equals sign blanks it."),
    "--add": Both("MỤC=PHẦN_TỬ: thêm vào mục chọn nhiều.", "FIELD=ELEMENT: add to a field with several choices."),
    "--remove": Both("MỤC=PHẦN_TỬ: bỏ khỏi mục chọn nhiều.", "FIELD=ELEMENT: take out of a field with several choices."),
    "--count": Both("MỤC=+n: cộng vào số đếm trực tiếp.", "FIELD=+n: add to a live tally."),
    "--row": Both("MỤC=KHÓA mở một dòng (new: dòng mới); các --cell CỘT=GIÁ_TRỊ tiếp theo ghi vào dòng đó.", "FIELD=KEY begins a row (new makes one); the --cell CELL=VALUE behind it fill it."),
    "--hide-row": Both("MỤC=KHÓA: ẩn một dòng.", "FIELD=KEY: hide a row."),
    "--note": Both("Ghi chú thêm vào báo cáo.", "A note on the report."),
    "--zero": Both("Báo cáo số 0: mọi số liệu chưa ghi là 0.", "A report of zero: all figures not stated are 0."),
    "--void": Both("Ẩn báo cáo này, với lý do.", "Hide this report, for a reason."),
    "--restore": Both("Hiện lại báo cáo đã ẩn, với lý do.", "Show a hidden report again, for a reason."),
    # show, sync, status
    "--history": Both("Mọi giá trị từng được lưu, cả giá trị đã thay.", "Every value ever saved, superseded ones too."),
    "--proof": Both("Chữ ký, chuỗi và biên nhận của từng giá trị.", "Signature, chain and receipt of each value."),
    "--units": Both("Liệt kê các đơn vị.", "List the units."),
    "--sites": Both("Liệt kê các địa điểm.", "List the sites."),
    "--forms": Both("Liệt kê các biểu mẫu.", "List the forms."),
    "--periods": Both("Liệt kê các kỳ báo cáo.", "List the periods."),
    "--tries": Both("Thử mấy lần khi đường truyền đứt.", "How often to try when the way breaks."),
    "--watch": Both("Đồng bộ mãi cho đến khi dừng bằng Ctrl+C.", "Keep syncing until stopped by Ctrl+C."),
    # settle
    "--pick": Both("Số thứ tự của giá trị đúng (xem: haidang conflicts).", "The number of the right value (see: haidang conflicts)."),
    "--value": Both("Giá trị đúng, nếu khác với các giá trị đang có.", "The right value, if it is none of those."),
    "--confirm": Both("Xã xác nhận; với invite: xác nhận máy có dấu vân khóa này.", "Confirm for the commune; with invite: confirm the device with this fingerprint."),
    "--approve": Both("Huyện duyệt.", "Approve for the district."),
    "--return": Both("Trả lại, với lý do.", "Return, for a reason."),
    # carry and check
    "FILE": Both("Tệp.", "The file."),
    "SOURCE": Both("Tệp gói, thư mục của bản xuất, hoặc home (mặc định) cho dữ liệu trên máy.", "A bundle file, the folder of an export, or home (the default) for this device's data."),
    "--known": Both(
        "Gói mà máy nhận đã gửi cho mình: những gì họ có thì bỏ ra.",
        "A bundle from whoever will read this one: what they hold is left out.",
    ),
    "--force": Both("Ghi đè tệp đã có.", "Write over a file that exists."),
    "--to-unit": Both("Chỉ những gì một đơn vị cần.", "Only what this unit needs."),
    "--format": Both("csv hoặc ndjson.", "csv or ndjson."),
    # officers
    "NAME": Both("Tên hệ thống.", "The name of the deployment."),
    "--top": Both("Mã số riêng của đơn vị đứng đầu.", "The id of the top unit."),
    "found --units": Both("Tệp units.csv; đơn vị đứng đầu lấy từ đó.", "A units.csv from which the top unit is taken."),
    "--hub": Both("Tệp khóa công khai của máy chủ.", "The file with the hub's public key."),
    "--out": Both("Tệp để ghi lời mời, dùng được khi không có mạng.", "A file for the invitation, which works without a network."),
    "found --out": Both("Thư mục mới cho khóa gốc và gói thành lập.", "A new folder for the root keys and the founding bundle."),
    "--person": Both("Tên người giữ khóa.", "The name of the key's holder."),
    "PATH": Both("Thư mục hoặc tệp dữ liệu.", "A folder or file of definitions."),
    "--date": Both("Ngày mà cây đơn vị được lấy theo.", "The date on which the tree of units is taken."),
    "--years": Both("Công bố các kỳ báo cáo của những năm này.", "Publish the periods of these years."),
    "--due": Both("Hạn, ví dụ 30/06/2019.", "The due date, such as 30/06/2019."),
    "--role": Both("Vai trò: reporter, commune-head, … hoặc tệp JSON.", "The role: reporter, commune-head, … or a JSON file."),
    "--days": Both("Số ngày lời mời có hiệu lực.", "For how many days the invitation holds."),
    "--pending": Both("Các máy đang chờ xác nhận, với dấu vân khóa.", "Devices that wait for confirmation, with fingerprints."),
    "--close": Both("Đóng một lời mời chưa dùng.", "Close an unused invitation."),
    "--offline": Both("Không gửi lời mời lên máy chủ, nên không có mã đọc.", "Do not leave the invitation at the hub: no typed code."),
    "--keep": Both("Gói thay đổi cuối cùng còn được công nhận.", "The last change sets that still count."),
    "--keep-received-before": Both("Công nhận những gì máy chủ đã nhận trước lúc này.", "Keep what the hub had received before this time."),
    "--keep-nothing": Both("Không công nhận gì của khóa này.", "Keep nothing of the key."),
    "--all": Both("Cả những gói đã khép lại.", "Those that were refused, too."),
    "--base": Both("Không kể các gói này và những gì trước chúng.", "Without these sets and what came before them."),
}  # fmt: skip
"""What each option or argument means; `COMMAND OPTION` stands before a plain `OPTION`."""
