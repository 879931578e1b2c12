"""What the worked example says, in both languages."""

from typing import Final

STEPS: Final[dict[str, dict[str, str]]] = {
    "founding": {
        "vi": "Lập hệ thống: khóa gốc, khóa cấp tỉnh, máy chủ …",
        "en": "Founding: root keys, the province's key, the hub …",
    },
    "publishing": {
        "vi": "Công bố đơn vị, nhiệm vụ, biểu mẫu, kỳ báo cáo …",
        "en": "Publishing units, directives, forms, periods …",
    },
    "inviting": {"vi": "Viết ba lời mời …", "en": "Writing three invitations …"},
    "reports": {"vi": "Soạn và ký các báo cáo mẫu …", "en": "Making up and signing reports …"},
    "loading": {"vi": "Nạp vào máy chủ …", "en": "Loading all of it into the hub …"},
}

TOLD: Final[dict[str, dict[str, str]]] = {
    "confirmed": {
        "vi": "Văn phòng mẫu đã xác nhận máy có dấu vân khóa {fingerprint}. (Khi dùng thật, một người so dấu vân rồi mới xác nhận.)",
        "en": "The example's office confirmed the device with the fingerprint {fingerprint}. (In earnest a person compares it first.)",
    },
}

HEAD: Final[dict[str, str]] = {
    "vi": """\

Ví dụ Kiên Giang đang chạy: thông báo 171/TB-VP với 39 nhiệm vụ, các đơn vị, biểu mẫu và kỳ báo cáo.
Báo cáo có sẵn: {reports}, tất cả đều là dữ liệu mẫu (synthetic), không phải số liệu thật.
CHỈ ĐỂ TRÌNH DIỄN: khóa gốc và khóa cấp tỉnh nằm ngay trong {folder}. Khi dùng thật, các khóa này không bao giờ ở cạnh máy chủ.
Dừng bằng Ctrl+C; chạy lại thì mọi thứ vẫn còn.

Mở một cửa sổ lệnh khác ở thư mục này và ghi danh; văn phòng mẫu tự xác nhận trong vài giây:""",
    "en": """\

The Kiên Giang example is running: notice 171/TB-VP with its 39 tasks, the units, forms and periods.
Reports to begin with: {reports}, all of them made up (synthetic), none of them real.
FOR DEMONSTRATION ONLY: the root keys and the province's key lie in {folder}. In earnest they never lie beside a hub.
Stop it with Ctrl+C; start it again and everything is still there.

Open another terminal in this folder and enrol; the example's office confirms within seconds:""",
}

_LINES: Final = """# {first}
{{haidang}} sync --home {{commune}}
{{haidang}} directives --home {{commune}}
{{haidang}} report F05M --period 2019-12 --set sessions=60 --set minutes_own=300 --home {{commune}}
{{haidang}} sync --home {{commune}}

# {second}
{{haidang}} sync --home {{district}}
{{haidang}} show --home {{district}}
{{haidang}} --help
"""

NEXT: Final[dict[str, str]] = {
    "vi": "\n" + _LINES.format(first="Rồi, với máy của xã:", second="Và với máy của huyện:"),
    "en": "\n" + _LINES.format(first="Then, on the commune's device:", second="And on the district's:"),
}
