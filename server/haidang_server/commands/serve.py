"""`serve`: answer requests until told to stop."""

import os
import sys
from pathlib import Path
from socket import AF_INET, AF_INET6, create_server, socket

import uvicorn

from haidang_server.app import create_app
from haidang_server.collector import calm_collector
from haidang_server.errors import AddressUnfitError
from haidang_server.settings import Settings, overridden, read_settings
from haidang_server.system_clock import now
from haidang_server.telemetry import start_log


def serve(
    *,
    data: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    tls_certificate: Path | None = None,
) -> None:
    """Chạy máy chủ / Run the server; the first line on stdout is its address.

    Args:
        data: The data folder that `init` made.
        host: Where to listen.
        port: 0 takes any free port.
        tls_certificate: PEM of the certificate that callers see, when a proxy in front does TLS.
    """
    settings = overridden(read_settings(), data=data, host=host, port=port, tls_certificate=tls_certificate)
    start_log(settings.log_level)
    run(settings)


def run(settings: Settings) -> None:
    """Serve with these settings until SIGINT or SIGTERM.

    Raises:
        AddressUnfitError: somebody else listens there, or there is no such address here.
    """
    try:
        family = AF_INET6 if ":" in settings.host else AF_INET
        listener = create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise AddressUnfitError(f"{settings.host}:{settings.port}: {error.strerror or error}") from error
    with listener:
        _Server(configured(settings)).run([listener])


def configured(settings: Settings) -> uvicorn.Config:
    """How the application of a hub is served.

    Raises:
        ServerError: the hub cannot be opened.
    """
    return uvicorn.Config(
        create_app(settings, now, os.urandom),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        lifespan="on",
        forwarded_allow_ips=settings.trusted_proxy,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=20,
    )


class _Server(uvicorn.Server):
    """Says where it listens as soon as it does."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            calm_collector()
            host, port, *_ = self.servers[0].sockets[0].getsockname()
            sys.stdout.write(f"http://[{host}]:{port}\n" if ":" in host else f"http://{host}:{port}\n")
            sys.stdout.flush()
