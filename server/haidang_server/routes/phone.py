"""`/`: the phone app, under rules that let its pages run nothing but itself."""

from pathlib import Path
from typing import Any, Final

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler

from haidang_server.app_files import AppFile, app_folder, read_app

_RULES: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)
_DENIED: Final = (
    "accelerometer",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
)
_GUARDS: Final = {
    "Content-Security-Policy": "; ".join(_RULES),
    "Permissions-Policy": ", ".join(
        ("camera=(self)", "geolocation=(self)", *(f"{each}=()" for each in _DENIED))
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_LASTING: Final = "public, max-age=31536000, immutable"
_ASK_EACH_TIME: Final = "no-cache"

_NOT_BUILT: Final = """<!doctype html>
<html lang="vi">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hải Đăng</title>
<h1>Hải Đăng</h1>
<p>Máy chủ đang chạy, nhưng ứng dụng điện thoại chưa được dựng ở đây. Dữ liệu vẫn nguyên.
Người quản trị chạy <code>make run</code>, hoặc <code>npm --prefix pwa run build</code> rồi khởi động lại máy chủ.</p>
<p lang="en">The server is running, but the phone app was not built here. All data is safe.
The operator runs <code>make run</code>, or <code>npm --prefix pwa run build</code> and starts the server again.</p>
</html>
"""


def phone_handlers(chosen: Path | None) -> list[HTTPRouteHandler]:
    """The routes of the app in the chosen folder, or of this checkout; or of a page that says that it was not built.

    Raises:
        AppMissingError: the chosen folder holds no app.
    """
    folder = app_folder(chosen)
    if folder is None:
        return [_not_built]
    files = read_app(folder)

    @get(list(files), include_in_schema=False)
    async def app_file(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _answer(files[request.scope["path"]], request.headers)

    return [app_file]


@get("/", include_in_schema=False, media_type=MediaType.HTML, status_code=503)
async def _not_built() -> Response[str]:
    return Response(_NOT_BUILT, headers={**_GUARDS, "Cache-Control": "no-store"})


def _answer(file: AppFile, asked: Any) -> Response[bytes]:
    headers = {
        **_GUARDS,
        "Cache-Control": _LASTING if file.lasting else _ASK_EACH_TIME,
        "ETag": file.tag,
        "Vary": "Accept-Encoding",
    }
    if file.tag in asked.get("If-None-Match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
    if file.packed is not None and "gzip" in asked.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.packed, headers=headers, media_type=file.media_type)
    return Response(file.body, headers=headers, media_type=file.media_type)
