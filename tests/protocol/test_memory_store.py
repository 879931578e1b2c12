"""The ledger store in memory keeps the contract too."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from haidang_protocol.memory_store import MemoryStore
from tests.ledger_store_contract import Bench, LedgerStoreContract


@contextmanager
def opened() -> Iterator[Bench]:
    yield Bench(MemoryStore(), lambda: None)


class TestMemoryStore(LedgerStoreContract):
    def opened(self) -> AbstractContextManager[Bench]:
        return opened()
