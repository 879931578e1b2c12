import pytest

from tests.protocol.village import Engine, Village, by_model


@pytest.fixture(params=[by_model], ids=["model"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each rule is asked of the declarative model and of the product alike."""
    judge: Engine = request.param
    return judge


@pytest.fixture
def v() -> Village:
    """A fresh village."""
    return Village()
