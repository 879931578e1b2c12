"""Vietnamese words for made-up reports. None of it is about a real person, place or event."""

from typing import Final

SYNTHETIC: Final = "Dữ liệu mẫu – không phải số liệu thật."
"""Stands at the beginning of the notes of every made-up report."""
SAMPLE: Final = "(mẫu)"
"""Stands behind every made-up name."""

FAMILY_NAMES = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Huỳnh",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Danh",
    "Lý",
    "Ngô",
    "Trương",
)
MIDDLE_NAMES = ("Văn", "Thị", "Hoàng", "Minh", "Ngọc", "Thanh", "Hữu", "Kim", "Quốc", "Bích")
GIVEN_NAMES = (
    "An", "Bảo", "Chi", "Dũng", "Đức", "Giang", "Hạnh", "Hòa", "Khánh", "Lan", "Mai", "Nam", "Nhung", "Phúc", "Quý",
    "Sang", "Tâm", "Thủy", "Tuấn", "Uyên", "Việt", "Xuân", "Yến",
)  # fmt: skip

HAMLETS = (
    "Kinh Giữa", "Bãi Ngự", "Thạnh Trung", "Hòa Lợi", "Xẻo Lá", "Đường Xuồng", "Cây Trôm", "Rạch Đùng", "Mương Đào", "Vàm Rầy",
    "Tà Teng", "Bãi Chướng", "Kinh Năm", "Lung Kha Na", "Ngã Tư", "Chòm Dừa", "Giồng Kè", "Thứ Năm", "Cạnh Đền", "Bàu Môn",
)  # fmt: skip

DIFFICULTIES = {
    "CSVC": (
        "Mái dột khi mưa lớn, một số sách báo bị ẩm.",
        "Cửa sổ hỏng chốt, chưa có kinh phí thay.",
        "Nền nhà thấp, triều cường vào đến bậc cửa.",
        "Bàn ghế đọc sách đã cũ, thiếu chỗ ngồi vào buổi chiều.",
    ),
    "TBI": (
        "Máy tính khởi động chậm, hay treo khi mở trang dịch vụ công.",
        "Đường truyền chập chờn vào giờ cao điểm.",
        "Bộ phát Wi-Fi hỏng nguồn, đang chờ thay.",
        "Micro rè, phải ngắt quãng khi phát.",
    ),
    "NS": (
        "Nhân viên nghỉ thai sản, chưa có người thay.",
        "Thù lao thấp, khó giữ người trực buổi chiều.",
        "Cán bộ kiêm nhiệm nhiều việc, có ngày mở cửa muộn.",
    ),
    "KHAC": (
        "Biển động, tàu khách nghỉ ba ngày, báo về chậm.",
        "Đường vào điểm đang sửa, người dân ít ghé.",
        "Mất điện luân phiên trong tuần đầu của kỳ.",
    ),
}

ASSESSMENTS = (
    "Hoạt động ổn định, phục vụ đúng giờ niêm yết.",
    "Lượng người đọc tăng nhờ có sách mới luân chuyển.",
    "Học sinh đến đọc sách nhiều hơn trong dịp hè.",
    "Người dân bắt đầu quen nộp hồ sơ tại điểm.",
    "Kỳ này ít khách vì mưa bão.",
    "Không có phát sinh đáng kể.",
)

RECOMMENDATIONS = (
    "Bổ sung đầu sách về nuôi trồng thủy sản.",
    "Sửa biển tên, sơn lại mặt tiền.",
    "Đề nghị xã bố trí người thay khi nhân viên nghỉ.",
    "Giữ nền nếp như hiện nay.",
)

FEEDBACK = {
    "CHAM": "Kết quả về chậm hơn giấy hẹn hai ngày.",
    "THAIDO": "Đề nghị hướng dẫn kỹ hơn khi điền tờ khai.",
    "KHEN": "Gần nhà, đỡ phải đi huyện.",
    "PHI": "Chưa rõ mức cước chuyển phát.",
}

OBSTACLES = (
    "Chờ ý kiến thống nhất của cơ quan tài chính.",
    "Quy định của trung ương đang sửa đổi, cần chờ hướng dẫn.",
    "Chưa bố trí được vốn trong năm.",
    "Số liệu từ một số địa phương còn thiếu.",
)

OUTAGES = {
    "DIEN": "Mất điện diện rộng, trạm hết ắc quy sau vài giờ.",
    "DUT": "Đứt cáp quang trên tuyến chính.",
    "BAO": "Mưa bão, cột bị nghiêng.",
    "KHAC": "Chưa rõ nguyên nhân, nhà mạng đang kiểm tra.",
}

INCIDENTS = {
    "MADOC": "Máy trạm nhiễm mã độc qua thẻ nhớ, đã cách ly và quét lại.",
    "LUADAO": "Nhận thư giả mạo yêu cầu đổi mật khẩu, không có người làm theo.",
    "GDIEN": "Trang tin bị đổi giao diện trong thời gian ngắn, đã khôi phục từ bản sao lưu.",
    "TCQ": "Phát hiện đăng nhập lạ ngoài giờ, đã khóa tài khoản.",
}

PAPERS = ("CV", "TTr", "BC", "KH", "QD")
AGENCIES = (
    "Sở Tài chính",
    "Sở Nội vụ",
    "Sở Kế hoạch và Đầu tư",
    "Công an tỉnh",
    "Sở Tư pháp",
    "Văn phòng UBND tỉnh",
)
