"""The web application: routes over a running hub."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig

from haidang_server import problems
from haidang_server.routes import enrol, health, hello, reading, sync
from haidang_server.routes.asking import ReadingService
from haidang_server.routes.phone import phone_handlers
from haidang_server.service import Service
from haidang_server.settings import Settings
from haidang_server.system_clock import Clock


def create_app(settings: Settings, clock: Clock, randomness: Callable[[int], bytes]) -> Litestar:
    """The application of one hub.

    Raises:
        ServerError: the hub cannot be opened; with a sentence that says what to do.
    """
    service = Service(settings, clock, randomness)
    readings = ReadingService(settings.data, service.hub.server, clock, randomness)

    @asynccontextmanager
    async def running(_app: Litestar) -> AsyncIterator[None]:
        service.start()
        yield
        readings.close()
        await service.stop()

    return Litestar(
        route_handlers=[
            sync.exchange,
            hello.hello,
            enrol.enrol,
            health.healthz,
            health.readyz,
            health.metrics,
            *reading.HANDLERS,
            *phone_handlers(settings.app),
        ],
        state=State({"service": service, "reading": readings}),
        lifespan=[running],
        exception_handlers=problems.HANDLERS,
        openapi_config=OpenAPIConfig(
            title="Hải Đăng", version="1", path="/schema", use_handler_docstrings=True
        ),
        logging_config=None,
    )
