"""The sentences of the errors, by code and language: what happened, what is safe, what to do."""

from typing import Final

_SAFE_VI: Final = "Dữ liệu trên thiết bị của bạn vẫn còn nguyên."
_SAFE_EN: Final = "Everything on your device is safe."
_UNTOUCHED_VI: Final = "Chưa có gì bị thay đổi."
_UNTOUCHED_EN: Final = "Nothing was changed."

WORDS: Final[dict[str, dict[str, str]]] = {
    "internal": {
        "vi": f"Máy chủ gặp lỗi ngoài dự kiến. {_SAFE_VI} Xin thử lại sau; lỗi đã được ghi vào nhật ký máy chủ.",
        "en": f"The server met an unexpected fault. {_SAFE_EN} Please try again later; the fault is in the server's log.",
    },
    "settings": {
        "vi": f"Cài đặt chưa đúng: {{detail}}. {_UNTOUCHED_VI} Xin sửa các mục này rồi chạy lại.",
        "en": f"Settings are not right: {{detail}}. {_UNTOUCHED_EN} Please correct them and start again.",
    },
    "old-sqlite": {
        "vi": f"Thư viện SQLite quá cũ ({{detail}}) và có thể làm mất dữ liệu. {_UNTOUCHED_VI}"
        " Xin cài pysqlite3 có SQLite từ 3.51.3 trở lên.",
        "en": f"The SQLite library is too old ({{detail}}) and could lose data. {_UNTOUCHED_EN}"
        " Please install a pysqlite3 with SQLite 3.51.3 or newer.",
    },
    "address": {
        "vi": "Máy chủ không mở được địa chỉ này: {detail}. Dữ liệu vẫn nguyên. Xin dừng chương trình đang dùng cổng đó,"
        " hoặc chọn cổng khác (--port).",
        "en": "The server cannot listen there: {detail}. The data is untouched. Please stop the program that uses the port,"
        " or choose another one (--port).",
    },
    "in-use": {
        "vi": f"Một máy chủ khác đang dùng thư mục {{detail}}. {_UNTOUCHED_VI} Xin dừng máy chủ đó trước.",
        "en": f"Another server is using the folder {{detail}}. {_UNTOUCHED_EN} Please stop that one first.",
    },
    "read-only": {
        "vi": f"Không ghi được vào thư mục {{detail}}. {_UNTOUCHED_VI} Xin kiểm tra quyền ghi và dung lượng đĩa.",
        "en": f"The folder {{detail}} cannot be written to. {_UNTOUCHED_EN} Please check its permissions and the disk.",
    },
    "app-missing": {
        "vi": f"Thư mục {{detail}} không có ứng dụng điện thoại. {_UNTOUCHED_VI} Xin dựng ứng dụng"
        " (npm --prefix pwa run build), hoặc sửa cài đặt HAIDANG_APP.",
        "en": f"The folder {{detail}} holds no phone app. {_UNTOUCHED_EN} Please build it"
        " (npm --prefix pwa run build), or correct the setting HAIDANG_APP.",
    },
    "not-empty": {
        "vi": f"Thư mục {{detail}} không trống. {_UNTOUCHED_VI} Xin chọn một thư mục mới.",
        "en": f"The folder {{detail}} is not empty. {_UNTOUCHED_EN} Please choose a new one.",
    },
    "no-hub": {
        "vi": f"Không có dữ liệu máy chủ tại {{detail}}. {_UNTOUCHED_VI} Xin chạy haidang-server init trước.",
        "en": f"There is no hub at {{detail}}. {_UNTOUCHED_EN} Please run haidang-server init first.",
    },
    "newer-database": {
        "vi": f"Một phiên bản mới hơn của chương trình đã thay đổi cơ sở dữ liệu ({{detail}}). {_UNTOUCHED_VI}"
        " Xin cập nhật chương trình.",
        "en": f"A newer version of this program changed the database ({{detail}}). {_UNTOUCHED_EN}"
        " Please update the program.",
    },
    "damaged-database": {
        "vi": "Cơ sở dữ liệu bị hỏng: {detail}. Tệp hỏng được giữ nguyên."
        " Xin chạy haidang-server scrub để biết phần nào hỏng, rồi haidang-server restore từ bản sao lưu;"
        " các thiết bị sẽ gửi lại những gì còn thiếu.",
        "en": "The database is damaged: {detail}. The damaged file is left as it is."
        " Please run haidang-server scrub to learn what is damaged, then haidang-server restore from a backup;"
        " the devices will give back what is lacking.",
    },
    "bad-file": {
        "vi": f"Không dùng được tệp này: {{detail}}. {_UNTOUCHED_VI} Xin kiểm tra đường dẫn và nguồn của tệp.",
        "en": f"This file cannot be used: {{detail}}. {_UNTOUCHED_EN} Please check its path and where it came from.",
    },
    "tls-front": {
        "vi": "Máy chủ chưa hỏi được chứng thư TLS của cổng vào ({detail}). Dữ liệu vẫn nguyên, máy gửi sẽ tự thử lại."
        " Xin kiểm tra cổng TLS và HAIDANG_TLS_FRONT.",
        "en": "The server could not ask the TLS proxy in front for its certificate ({detail}). Nothing was changed, devices"
        " will try again. Please check the proxy and HAIDANG_TLS_FRONT.",
    },
    "bad-chain": {
        "vi": f"Chuỗi chứng thư không chứng nhận khóa của máy chủ này: {{detail}}. {_UNTOUCHED_VI}"
        " Xin lấy chuỗi chứng thư đúng từ cán bộ cấp tỉnh.",
        "en": f"The certificate chain does not certify this hub's key: {{detail}}. {_UNTOUCHED_EN}"
        " Please get the right chain from the province officer.",
    },
    "bad-backup": {
        "vi": "Bản sao lưu không đạt: {detail}. Dữ liệu đang dùng vẫn nguyên. Xin sao lưu lại sang một đĩa khác.",
        "en": "The backup is not good: {detail}. The data in use is untouched. Please back up again to another disk.",
    },
    "storage": {
        "vi": "Đĩa báo lỗi khi ghi: {detail}. Những gì đã xác nhận vẫn an toàn; máy chủ dừng để không làm sai thêm."
        " Xin kiểm tra đĩa rồi khởi động lại.",
        "en": "The disk failed while writing: {detail}. What was acknowledged is safe; the server stops rather than go on"
        " in doubt. Please check the disk, then start again.",
    },
    "malformed": {
        "vi": f"Máy chủ không đọc được yêu cầu: {{detail}}. {_SAFE_VI} Xin cập nhật ứng dụng rồi gửi lại.",
        "en": f"The server cannot read the request: {{detail}}. {_SAFE_EN} Please update the app and send again.",
    },
    "digest-mismatch": {
        "vi": f"Yêu cầu đã bị thay đổi trên đường đi. {_SAFE_VI} Xin gửi lại.",
        "en": f"The request was altered on its way. {_SAFE_EN} Please send again.",
    },
    "bad-signature": {
        "vi": f"Chữ ký của yêu cầu không đúng. {_SAFE_VI} Xin gửi lại; nếu vẫn vậy, xin báo cho cán bộ phụ trách.",
        "en": f"The signature of the request is not right. {_SAFE_EN} Please send again; if it stays so, tell your officer.",
    },
    "unknown-key": {
        "vi": f"Máy chủ chưa biết khóa này. {_SAFE_VI} Ứng dụng cần gửi chuỗi chứng thư trước.",
        "en": f"The server does not know this key yet. {_SAFE_EN} The app has to send its certificate chain first.",
    },
    "not-allowed": {
        "vi": f"Chứng thư này không cho phép việc đó: {{detail}}. {_SAFE_VI} Xin hỏi cán bộ phụ trách.",
        "en": f"This certificate does not allow that: {{detail}}. {_SAFE_EN} Please ask your officer.",
    },
    "not-found": {
        "vi": f"Không có gì tại địa chỉ hoặc mã này, hoặc mã đã được dùng hay hết hạn. {_SAFE_VI}"
        " Xin kiểm tra lại, hoặc xin một mã mới.",
        "en": f"There is nothing at this address or code, or the code was used or has expired. {_SAFE_EN}"
        " Please check it, or ask for a new one.",
    },
    "method-not-allowed": {
        "vi": f"Địa chỉ này không nhận yêu cầu kiểu đó. {_SAFE_VI} Xin cập nhật ứng dụng.",
        "en": f"This address does not take that kind of request. {_SAFE_EN} Please update the app.",
    },
    "over-limit": {
        "vi": f"Yêu cầu lớn hơn mức cho phép: {{detail}}. {_SAFE_VI} Xin gửi thành nhiều phần.",
        "en": f"The request is larger than allowed: {{detail}}. {_SAFE_EN} Please send it in parts.",
    },
    "media-type": {
        "vi": f"Kiểu nội dung không đúng: {{detail}}. {_SAFE_VI} Xin cập nhật ứng dụng.",
        "en": f"The media type is not right: {{detail}}. {_SAFE_EN} Please update the app.",
    },
    "wrong-server": {
        "vi": f"Yêu cầu này dành cho một máy chủ khác. {_SAFE_VI} Xin kiểm tra địa chỉ máy chủ.",
        "en": f"This request is meant for another server. {_SAFE_EN} Please check the server's address.",
    },
    "too-many-tries": {
        "vi": "Không tìm thấy gì với mã này, và lúc này có nhiều mã không đúng được gửi tới từ cùng mạng, có thể không phải"
        f" từ bạn. {_SAFE_VI} Mã hoặc lời mời đúng vẫn luôn dùng được: xin kiểm tra lại, hoặc xin một mã mới.",
        "en": "Nothing was found for this code, and many codes in vain come from the same network just now, perhaps not from"
        f" you. {_SAFE_EN} A right code or invitation always works: please check it, or ask for a new one.",
    },
    "too-slow": {
        "vi": f"Yêu cầu không đến kịp: đường truyền đã ngừng quá lâu. {_SAFE_VI} Ứng dụng sẽ tự thử lại.",
        "en": f"The request did not come in time: the connection stood still for too long. {_SAFE_EN} The app will try again.",
    },
    "quota": {
        "vi": f"Khóa này chưa được xác nhận và đã gửi đủ mức cho phép. {_SAFE_VI} Xin thử lại vào ngày mai,"
        " hoặc hỏi cán bộ phụ trách.",
        "en": f"This key is not confirmed and has brought as much as it may. {_SAFE_EN} Please try again tomorrow,"
        " or ask your officer.",
    },
    "busy": {
        "vi": f"Máy chủ đang bận. {_SAFE_VI} Ứng dụng sẽ tự thử lại.",
        "en": f"The server is busy. {_SAFE_EN} The app will try again by itself.",
    },
    "damaged-store": {
        "vi": f"Một phần dữ liệu trên máy chủ bị hỏng nên chưa trả lời được. {_SAFE_VI} Ứng dụng sẽ tự thử lại;"
        " xin báo cho người quản trị chạy haidang-server scrub.",
        "en": f"A part of the server's data is damaged, so it cannot answer. {_SAFE_EN} The app will try again;"
        " please tell the operator to run haidang-server scrub.",
    },
    "disk-full": {
        "vi": f"Máy chủ hết chỗ lưu nên chưa nhận. {_SAFE_VI} Ứng dụng sẽ tự thử lại; xin báo cho người quản trị.",
        "en": f"The server has no room and took nothing. {_SAFE_EN} The app will try again; please tell the operator.",
    },
}
