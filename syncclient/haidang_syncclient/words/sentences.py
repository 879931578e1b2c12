"""What commands say when they did something, and what they ask."""

from typing import Final

from haidang_syncclient.words import Both

SENTENCES: Final[dict[str, Both]] = {
    # questions
    "ask-passphrase": Both("Mật khẩu của khóa:", "Passphrase of the key:"),
    "ask-new-passphrase": Both(
        "Đặt mật khẩu cho khóa của máy này:", "Choose a passphrase for this device's key:"
    ),
    "ask-passphrase-again": Both("Nhập lại mật khẩu:", "The passphrase once more:"),
    "ask-row": Both("dòng ({key}), để trống là hết", "row ({key}), empty when done"),
    # directives, show
    "directive-lead": Both("  Chủ trì: {leads}", "  Lead: {leads}"),
    "directive-with": Both("  Phối hợp: {others}", "  With: {others}"),
    "directive-output": Both(
        "  Sản phẩm: {output} · Thời gian: {horizon}", "  Output: {output} · Time: {horizon}"
    ),
    "directive-assigned": Both(
        "  Giao cho {unit}, hạn {due} {note}", "  Assigned to {unit}, due {due} {note}"
    ),
    "definitions-disputed": Both(
        "Có {count} mục định nghĩa được công bố khác nhau ở hai nơi; cấp tỉnh cần công bố lại.",
        "Definitions published differently in two places: {count}. The province should publish them again.",
    ),
    "periods-next": Both(
        "Ghi mã ở cột đầu sau --period; mỗi biểu mẫu theo lịch của nó, nên mã trùng nhau cũng không nhầm.",
        "Give the code of the first column at --period; each form has its calendar, so that no code is mistaken for another.",
    ),
    "no-records": Both("Chưa có báo cáo nào.", "There are no reports yet."),
    "proof-receipt": Both(
        "máy chủ nhận lúc {when}, số thứ tự {sequence}", "received {when}, number {sequence}"
    ),
    # conflicts, resolve, review
    "no-conflicts": Both("Không có mục nào cần chọn.", "Nothing has to be settled."),
    "conflicts-next": Both(
        "Chọn bằng: {haidang} resolve BÁO_CÁO MỤC --pick SỐ (hoặc --value GIÁ_TRỊ)",
        "Settle with: {haidang} resolve RECORD FIELD --pick NUMBER (or --value VALUE)",
    ),
    "resolved": Both("Đã chọn cho mục {field}: {value}.", "Settled for the field {field}: {value}."),
    "reviewed": Both("{verdict}: {what}.", "{verdict}: {what}."),
    "reviewed-before": Both(
        "Đã ghi từ trước: {verdict}: {what}. Từ đó không có gì đổi nên không ký lại.",
        "Said before: {verdict}: {what}. Nothing has changed since, so nothing was signed.",
    ),
    "review-open": Both(
        "  ! Báo cáo còn {count} mục có hai giá trị khác nhau: {fields}. Lần ký này gồm cả hai giá trị; chọn xong phải ký lại.",
        "  ! Fields of this report with two different values: {count} ({fields}). What was signed covers both values;"
        " once one is chosen, it has to be signed again.",
    ),
    "review-open-next": Both(
        "  → Xem: {haidang} conflicts; chọn: {haidang} resolve {record} {field} --pick SỐ; rồi chạy lại lệnh này.",
        "  → See: {haidang} conflicts; choose: {haidang} resolve {record} {field} --pick NUMBER; then run this again.",
    ),
    # sync, status
    "syncing": Both("Đang gửi và nhận", "Sending and receiving"),
    "synced": Both(
        "Đã đồng bộ: máy chủ nhận {up} gói, máy này nhận {down} gói.",
        "Synced. Sets received by the server: {up}, by this device: {down}.",
    ),
    "healed": Both(
        "Máy chủ đã bị khôi phục từ bản sao cũ; máy này đã gửi lại những gì nó thiếu.",
        "The server had been restored from an old backup; this device gave back what it lacked.",
    ),
    "held-back": Both(
        "Máy chủ chưa nhận {count} gói ({codes}). Máy này vẫn giữ nguyên và sẽ gửi lại.",
        "Sets that the server did not take yet: {count} ({codes}). They are kept here and will be offered again.",
    ),
    "held-back-next": Both(
        "→ Nếu vẫn vậy: {haidang} verify, rồi báo người phụ trách kèm các mã trên.",
        "→ If it stays so: {haidang} verify, then tell your supervisor with these codes.",
    ),
    "diverged": Both(
        "Số liệu ở {count} nơi không khớp với máy chủ dù đã có đủ: hãy chạy {haidang} verify và báo người hỗ trợ.",
        "Places where the figures differ from the server's although nothing is missing: {count}. Run {haidang} verify and tell your support.",
    ),
    "who": Both("{person} · {role} · {unit}", "{person} · {role} · {unit}"),
    "my-fingerprint": Both(
        "Dấu vân khóa của máy này: {fingerprint}", "Fingerprint of this device's key: {fingerprint}"
    ),
    "not-confirmed": Both(
        "Người phụ trách chưa xác nhận máy này: đọc dấu vân khóa trên cho họ so. Báo cáo đã ghi vẫn được giữ.",
        "The officer has not confirmed this device yet: read them the fingerprint above. What you report is kept meanwhile.",
    ),
    "last-sync": Both("Lần cuối khớp với máy chủ: {when}", "Last in step with the server: {when}"),
    "never-synced": Both("Chưa đồng bộ lần nào.", "Never synced yet."),
    "asks-conflicts": Both(
        "  ! {count} mục có hai giá trị khác nhau ({haidang} conflicts)",
        "  ! fields with two different values: {count} ({haidang} conflicts)",
    ),
    "asks-waiting": Both(
        "  ! {count} gói thay đổi đang chờ ({haidang} quarantine)",
        "  ! change sets waiting: {count} ({haidang} quarantine)",
    ),
    "asks-aside": Both(
        "  ! {count} gói của người chưa rõ, giữ lại chờ giấy chứng nhận",
        "  ! sets of authors not known yet, kept aside: {count}",
    ),
    "asks-passed_over": Both(
        "  ! {count} phần máy chủ gửi không đọc được, đã bỏ qua",
        "  ! parts from the server that could not be read, passed over: {count}",
    ),
    "returned-report": Both(
        "  ! Trả lại: {what} – {person}, {when}: “{reason}”",
        "  ! Returned: {what} – {person}, {when}: “{reason}”",
    ),
    "returned-next": Both(
        "    → Xem: {haidang} show {record}; sửa: {haidang} report {form} --record {record} --set MỤC=GIÁ_TRỊ; rồi: {haidang} sync",
        "    → See: {haidang} show {record}; correct: {haidang} report {form} --record {record} --set FIELD=VALUE; then: {haidang} sync",
    ),
    "returned-more": Both(
        "    … và {count} báo cáo nữa bị trả lại; xem tất cả: {haidang} show",
        "    … more reports that were returned: {count}; see all: {haidang} show",
    ),
    # report
    "report-saved": Both(
        "Đã lưu trên máy: {what} (mã {record}).", "Saved on this device: {what} (id {record})."
    ),
    "save-supersedes": Both(
        "  Mục {field}: {new} thay cho {old} của {person} ({when}). Giá trị cũ vẫn còn trong lịch sử.",
        "  Field {field}: {new} in place of {old} by {person} ({when}). The old value stays in the history.",
    ),
    "save-takes-out": Both(
        "  Mục {field}: đã bỏ {old} của {person} ({when}). Giá trị cũ vẫn còn trong lịch sử.",
        "  Field {field}: took out {old} by {person} ({when}). The old value stays in the history.",
    ),
    "save-outdates": Both(
        "  ! Duyệt đã cũ: {said} là cho số liệu trước lần lưu này. Cần xác nhận và duyệt lại.",
        "  ! Approval out of date: {said} was for the figures before this save. It has to be confirmed and approved again.",
    ),
    "report-hidden": Both(
        'Báo cáo này đã được ẩn, không bị xóa. Hiện lại: {haidang} report {form} --record {record} --restore "LÝ DO"',
        'This report is hidden now; nothing was deleted. To show it again: {haidang} report {form} --record {record} --restore "REASON"',
    ),
    "report-restored": Both("Báo cáo này được hiện lại.", "This report is shown again."),
    "site-made": Both("Địa điểm mới có mã {site}.", "The new site has the id {site}."),
    "more-flags": Both("  … và {count} chỗ khác cần xem lại.", "  … more places to look at: {count}."),
    "report-next": Both(
        "Gửi khi có mạng: {haidang} sync", "To send it when there is a network: {haidang} sync"
    ),
    # bundle, verify, export
    "importing": Both("Đang nhận", "Taking in"),
    "verifying": Both("Đang kiểm tra", "Checking"),
    "bundle-written": Both(
        "Đã ghi {file}: {sets} gói thay đổi, {size} kB.", "Wrote {file}: {size} kB, change sets: {sets}."
    ),
    "bundle-next": Both(
        "Ở máy nhận, chạy: haidang bundle import {file}", "At the other end run: haidang bundle import {file}"
    ),
    "bundle-read": Both(
        "Nhận {fresh} gói mới ({known} gói đã có), {receipts} biên nhận.",
        "New sets: {fresh} (already here: {known}), receipts: {receipts}.",
    ),
    "damage": Both("  ✗ vị trí {place}, gói {set}: {detail}", "  ✗ at {place}, set {set}: {detail}"),
    "verified": Both(
        "Đã kiểm tra {sets} gói thay đổi và {receipts} biên nhận.",
        "Checked. Change sets: {sets}, receipts: {receipts}.",
    ),
    "authors-unknown": Both(
        "{count} gói của người mà máy này chưa có giấy chứng nhận: chưa kiểm tra được chữ ký.",
        "Sets of authors whose certificates are not here: {count}. Their signatures could not be checked.",
    ),
    "export-verified": Both(
        "Đã kiểm tra {sets} gói thay đổi và {statements} giá trị của bản xuất.",
        "Checked the export. Change sets: {sets}, statements: {statements}.",
    ),
    "export-of": Both(
        "Máy này chưa thuộc hệ thống nào; hãy so mã gốc của bản xuất với mã đã được công bố: {root}",
        "This device belongs to no deployment; compare the root code of the export with the published one: {root}",
    ),
    "all-sound": Both("Tất cả đều nguyên vẹn.", "Everything is sound."),
    "damage-found": Both("Có {count} chỗ không đúng:", "Not right ({count}):"),
    "damage-next": Both(
        "→ Không có gì bị xóa. Chép lại từ nơi gốc, hoặc đồng bộ để lấy lại phần hỏng; giữ tệp cũ cho người hỗ trợ.",
        "→ Nothing was deleted. Copy it again from its source, or sync to fetch the damaged parts; keep the old file for your support.",
    ),
    "exported": Both("Đã ghi {count} dòng vào {file}.", "Wrote {file}. Rows: {count}."),
    # found, publish, assign
    "founded": Both("Đã lập hệ thống “{name}”.", "The deployment “{name}” is founded."),
    "root-keys": Both(
        "Ba khóa gốc ở {folder}/root-1.key, root-2.key, root-3.key. Giao cho ba người, mỗi khóa hai bản trên hai USB, cất nơi khác nhau,"
        " rồi xóa khỏi máy này. Không bao giờ chép khóa gốc lên máy chủ.",
        "The three root keys are {folder}/root-1.key, root-2.key, root-3.key. Give them to three people, each key on two USB sticks"
        " kept in different places, then delete them here. Never copy a root key to a server.",
    ),
    "officer-made": Both(
        "Khóa của cán bộ đầu tiên ở {home} (dấu vân khóa {fingerprint}).",
        "The first officer's key is in {home} (fingerprint {fingerprint}).",
    ),
    "hub-next": Both(
        "Trên máy chủ, chạy: haidang-server init THƯ_MỤC --key TỆP_KHÓA --genesis {genesis} --chain {bundle}",
        "On the server run: haidang-server init FOLDER --key KEY_FILE --genesis {genesis} --chain {bundle}",
    ),
    "publish-next": Both(
        "Sau đó công bố dữ liệu: {haidang} publish THƯ_MỤC",
        "Then publish the definitions: {haidang} publish FOLDER",
    ),
    "key-in-the-clear": Both(
        "Chú ý: khóa {file} không có mật khẩu; ai đọc được tệp là dùng được khóa.",
        "Mind: the key {file} has no passphrase; whoever can read the file can use it.",
    ),
    "publishing": Both("Đang ký", "Signing"),
    "published": Both("Đã ký và lưu: {what}.", "Signed and saved: {what}."),
    "published-nothing": Both(
        "Mọi thứ đã được công bố từ trước, không có gì mới.",
        "Everything was published before; nothing changed.",
    ),
    "assigned": Both("Đã giao {code} cho {unit}, hạn {due}.", "Assigned {code} to {unit}, due {due}."),
    # invite
    "invited": Both(
        "Lời mời cho {person}: {role}, {unit}, đến {when}.",
        "An invitation for {person}: {role}, {unit}, until {when}.",
    ),
    "offer-file": Both(
        "Tệp lời mời (dùng được khi không có mạng): {file}. Chỉ đưa cho đúng người.",
        "The invitation as a file (works without a network): {file}. Give it to that person alone.",
    ),
    "offer-code": Both("Hoặc đọc mã: {code} (địa chỉ {url})", "Or read out the code: {code} (address {url})"),
    "no-code": Both(
        "Chưa tới được máy chủ nên không có mã đọc; dùng mã QR hoặc tệp.",
        "The hub was not reached, so there is no code to read out; use the QR code or a file.",
    ),
    "confirm-next": Both(
        "Khi máy kia ghi danh xong, so dấu vân khóa rồi chạy: {haidang} sync, {haidang} invite --confirm DẤU_VÂN_KHÓA",
        "When the device has enrolled, compare fingerprints, then run: {haidang} sync, {haidang} invite --confirm FINGERPRINT",
    ),
    "compare-first": Both(
        "So từng chữ của dấu vân khóa với người dùng, rồi: {haidang} invite --confirm DẤU_VÂN_KHÓA",
        "Compare each letter of the fingerprint with the person, then: {haidang} invite --confirm FINGERPRINT",
    ),
    "offer-used-twice": Both(
        "Chú ý: có lời mời được dùng nhiều lần. Chỉ xác nhận máy mà người đó đang cầm; máy kia có thể là của kẻ khác.",
        "Mind: an invitation was used more than once. Confirm only the device that the person holds; the other may be a stranger's.",
    ),
    "not-one-device": Both(
        "Chú ý: có yêu cầu không chỉ xin cho một máy; không xác nhận được. Đóng lời mời đó rồi mời lại.",
        "Mind: a request does not ask for one device alone; it cannot be confirmed. Close that invitation and invite anew.",
    ),
    "nobody-waits": Both("Không có máy nào đang chờ xác nhận.", "No device waits to be confirmed."),
    "confirmed-device": Both("Đã xác nhận {person} ({fingerprint}).", "Confirmed {person} ({fingerprint})."),
    "offer-closed": Both("Đã đóng lời mời cho {person}.", "The invitation for {person} is closed."),
    # enrol
    "enrolled": Both(
        "Máy này đã ghi danh cho {person}, {unit}.", "This device is enrolled for {person}, {unit}."
    ),
    "read-fingerprint": Both(
        "Đọc dấu vân khóa này cho người phụ trách so: {fingerprint}",
        "Read this fingerprint to your officer to compare: {fingerprint}",
    ),
    "request-sent": Both("Yêu cầu đã tới máy chủ.", "The request has reached the server."),
    "request-waits": Both(
        "Chưa gửi được yêu cầu ({detail}). Khi có mạng, chạy: {haidang} sync; hoặc đưa tệp: {haidang} bundle export TỆP",
        "The request is not sent yet ({detail}). With a network run: {haidang} sync; or carry it: {haidang} bundle export FILE",
    ),
    # devices, quarantine
    "retired": Both(
        "Đã ghi nhận {person} ({fingerprint}) thôi việc.", "{person} ({fingerprint}) is retired."
    ),
    "revoked-key": Both(
        "Đã thu hồi khóa của {person} ({fingerprint}); {count} gói đang chờ xem xét.",
        "The key of {person} ({fingerprint}) is cut off. Change sets that wait to be looked at: {count}.",
    ),
    "adopt-next": Both(
        "Xem: {haidang} quarantine. Nhận: {haidang} adopt GÓI --reason …; không nhận: {haidang} refuse GÓI --reason …",
        "See: {haidang} quarantine. To take some: {haidang} adopt SETS --reason …; to turn them down: {haidang} refuse SETS --reason …",
    ),
    "nothing-waits": Both("Không có thay đổi nào đang chờ.", "No change set is waiting."),
    "adopted": Both(
        "Đã nhận {count} gói thay đổi và những gì trước chúng.",
        "Change sets adopted, with what leads to them: {count}.",
    ),
    "still-waits": Both("  Gói {set} vẫn chờ: {reason}.", "  The set {set} still waits: {reason}."),
    "refused": Both(
        "Đã khép lại {count} gói: vẫn giữ, không tính.",
        "Sets whose question is closed: {count}. They are kept, not counted.",
    ),
    "redacted": Both(
        "Đã xóa nội dung của {count} gói; chữ ký và chuỗi vẫn kiểm tra được.",
        "Sets whose content is dropped: {count}. Signatures and chains can still be checked.",
    ),
    "redact-second": Both(
        "Đã ghi yêu cầu xóa nội dung {count} gói; cần thêm một cán bộ thứ hai; một trong hai phải là cơ quan được khóa gốc chứng nhận trực tiếp.",
        "Sets in the request: {count}. It is noted; a second officer has to ask too, one of the two certified by a root key itself.",
    ),
}
