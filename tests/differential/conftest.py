"""One harness for the session."""

from collections.abc import Iterator

import pytest

from tests.differential.typescript import Harness


@pytest.fixture(scope="session")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with Harness(tmp_path_factory.mktemp("harness")) as harness:
        yield harness
