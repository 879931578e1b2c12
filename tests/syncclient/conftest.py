from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.syncclient.cli_town import Town, copied, town_with_post
from tests.syncclient.village import Village


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    made = Village(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """The town of a module, made once: with a post, where the module states no other."""
    return town_with_post(tmp_path_factory.mktemp("town"))


@pytest.fixture
def town(built: Town, tmp_path: Path) -> Town:
    """The module's town, a copy for each test."""
    return copied(built, tmp_path)
