"""The example's officer at work: whoever enrols with one of its invitations is confirmed at once.

In earnest a person compares fingerprints first. Here nobody sits in the office, and the example says so.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from haidang_protocol.verdicts import UNCONFIRMED
from haidang_server.database import DATABASE_NAME, open_for_reading
from haidang_server.errors import ServerError
from haidang_server.sqlite_store import decode_facts
from haidang_server.stage.hub_process import listens
from haidang_server.stage.worked_example import WorkedExample

LOOK_S: Final = 0.5
"""Seconds between two looks at the hub."""


class ExampleOffice:
    """Watches the hub's database for requests under the example's invitations, and confirms them with the officer's key."""

    def __init__(self, example: WorkedExample, tell: Callable[[str], None]) -> None:
        """Take the example, and what is told when a device was confirmed: the name in its certificate."""
        self._example = example
        self._tell = tell
        self._next = 0
        self._over = threading.Event()

    def close(self) -> None:
        """End the watch."""
        self._over.set()

    def wait_for_hub(self) -> None:
        """Return when the hub listens."""
        while not listens(self._example.plan.port) and not self._over.wait(0.1):
            pass

    def watch(self) -> None:
        """Look, until the end."""
        while not self._over.wait(LOOK_S):
            try:
                self._confirm(self._requests(self._example.hub_folder / DATABASE_NAME))
            except ServerError as error:
                self._tell(error.sentence("en"))

    def _requests(self, file: Path) -> list[bytes]:
        """The sets since the last look that ask for a certificate under one of the example's invitations."""
        connection = open_for_reading(file)
        try:
            rows = connection.execute(
                "SELECT sequence, facts, reason FROM sets WHERE sequence >= ? ORDER BY sequence",
                (self._next,),
            ).fetchall()
        finally:
            connection.close()
        offers = self._example.offers()
        found = []
        for sequence, data, reason in rows:
            self._next = sequence + 1
            facts = decode_facts(data)
            if reason == UNCONFIRMED and facts.acting in offers:
                found.append(facts.id)
        return found

    def _confirm(self, requests: list[bytes]) -> None:
        if not requests:
            return
        office = self._example.office
        office.sync()
        confirmed = []
        for request in requests:
            try:
                confirmed += office.ask("invite", "--confirm", request.hex())["confirmed"]
            except ServerError as error:  # one that cannot be confirmed holds up no other
                self._tell(error.sentence("en"))
        office.sync()
        for each in confirmed:
            self._tell(each["fingerprint"])
