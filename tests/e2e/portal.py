"""A network that wants a log-in first: it answers everything with its own page, as if all were well."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Final, Self

from haidang_server.stage.hub_process import HOST

PAGE: Final = b"<!doctype html><title>Free Wi-Fi</title><h1>Please log in</h1>"


class _Answer(BaseHTTPRequestHandler):
    def _log_in_first(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    do_GET = do_POST = _log_in_first  # noqa: N815 - the names that the library calls

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Portal:
    """Such a network in the place of a hub, on its port."""

    def __init__(self, port: int) -> None:
        self._server = ThreadingHTTPServer((HOST, port), _Answer)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
