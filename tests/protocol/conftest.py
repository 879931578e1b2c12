import pytest

from tests.protocol.engines import Engine, by_ledger, by_model
from tests.protocol.village import Village


@pytest.fixture(params=[by_model, by_ledger], ids=["model", "ledger"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each rule is asked of the declarative model and of the product alike."""
    judge: Engine = request.param
    return judge


@pytest.fixture
def v() -> Village:
    """A fresh village."""
    return Village()
