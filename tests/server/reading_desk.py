"""A hub's application without a socket, and callers that open sessions and ask."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from httpx import Response
from litestar.testing import TestClient

from haidang_protocol.session_proof import prove_session
from haidang_server.app import create_app
from haidang_server.settings import Settings
from tests.server.shelf import Stand
from tests.server.world import START, Person


class Desk:
    """The application of a hub, asked over HTTP; the clock stands where `now` says."""

    def __init__(self, client: TestClient[Any], server: bytes) -> None:
        self.client = client
        self.server = server

    def nonce(self) -> str:
        answer = self.client.post("/v1/session/challenge").json()
        assert answer["server"] == self.server.hex()
        return str(answer["nonce"])

    def prove(self, person: Person, nonce: str, /, **other: Any) -> Response:
        """Ask for a session."""
        proof = prove_session(person.key, self.server, person.id, bytes.fromhex(nonce)).hex()
        body = {"key": person.id.hex(), "nonce": nonce, "signature": proof} | other
        return self.client.post("/v1/session", json=body)

    def login(self, person: Person) -> dict[str, str]:
        """The headers of a session of a person."""
        answer = self.prove(person, self.nonce())
        assert answer.status_code == 201, answer.text
        return bearer(answer.json()["token"])

    def ask(self, who: Person | dict[str, str], path: str, **parameters: Any) -> Any:
        """What a path answers to a person or to headers."""
        headers = who if isinstance(who, dict) else self.login(who)
        answer = self.client.get(path, headers=headers, params=parameters or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def items(self, who: Person | dict[str, str], path: str, **parameters: Any) -> list[dict[str, Any]]:
        """All items of all pages."""
        headers = who if isinstance(who, dict) else self.login(who)
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {"next": None}
        while not found or page["next"]:
            cursor = {"cursor": page["next"]} if page["next"] else {}
            page = self.ask(headers, path, **parameters, **cursor)
            found += page["items"]
            if not page["items"]:
                break
        return found

    def refused(self, headers: dict[str, str], path: str, **parameters: Any) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = self.client.get(path, headers=headers, params=parameters or None)
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == answer.status_code
        return answer.status_code, problem["code"]


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START + 500

    def __call__(self) -> int:
        return self.now


@contextmanager
def opened(stand: Stand, clock: Clock | None = None) -> Iterator[Desk]:
    """The application over the hub of a stand, whose own connection is closed for it."""
    stand.close()
    app = create_app(Settings(data=stand.folder, openers=0), clock or Clock(), os.urandom)
    with TestClient(app) as client:
        yield Desk(client, stand.shelf.hub)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def stand_in(folder: Path) -> Stand:
    """A stand in a new folder."""
    return Stand(folder / "hub")
