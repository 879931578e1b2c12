from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.running import Running, made_hub, running
from tests.server.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def folder(tmp_path: Path, world: World) -> Path:
    """The folder of a hub that holds the world's authority."""
    return made_hub(tmp_path / "hub", world, world.founding)


@pytest.fixture
def hub(folder: Path) -> Iterator[Running]:
    """A running hub that holds the world's authority."""
    with running(folder) as server:
        yield server
