import pytest

from tests.protocol.engines import Engine, by_ledger, by_ledger_at_once, by_ledger_backwards, by_model
from tests.protocol.village import Village


@pytest.fixture(
    params=[by_model, by_ledger, by_ledger_backwards, by_ledger_at_once],
    ids=["model", "ledger", "backwards", "at once"],
)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each rule is asked of the declarative model and of the product alike, whatever the order of arrival."""
    judge: Engine = request.param
    return judge


@pytest.fixture
def v() -> Village:
    """A fresh village."""
    return Village()
