"""`token create|list|revoke`: what machines read with."""

import os
from pathlib import Path
from typing import Any, Final

from cyclopts import App

from haidang_server.access import DATASETS
from haidang_server.access_errors import NameUnknownError
from haidang_server.database import DATABASE_NAME, open_for_reading
from haidang_server.errors import NoHubError
from haidang_server.reading.authority import Authority, AuthorityLedger
from haidang_server.reading.labels import civil_date
from haidang_server.settings import read_settings
from haidang_server.system_clock import now
from haidang_server.terminal import say, show
from haidang_server.tokens import Token, TokenBook, TokenScope

_DAY_S: Final = 86_400

token = App(name="token", help="Mã truy cập cho máy móc / API tokens for machines")


@token.command
def create(  # noqa: PLR0913 - one parameter an option
    label: str,
    /,
    *,
    unit: str | None = None,
    dataset: list[str] | None = None,
    days: int | None = None,
    restricted: bool = False,
    data: Path | None = None,
    json: bool = False,
) -> None:
    """Tạo mã truy cập chỉ đọc / Make a token that reads; its secret is shown once and kept nowhere.

    Args:
        label: What it is for.
        unit: Code or id of a unit: the token reads it and all below it. Without it, everything.
        dataset: What it reads, given once or more; without it, all datasets.
        days: How long it holds; without it, until it is revoked.
        restricted: Whether it reads restricted reports too.
        data: The data folder of the hub.
        json: Print one JSON object.
    """
    folder = _folder(data)
    datasets = tuple(dataset or DATASETS)
    unknown = sorted(set(datasets) - set(DATASETS))
    if unknown:
        raise NameUnknownError(f"--dataset {', '.join(unknown)} ({', '.join(DATASETS)})")
    created = now()
    expires = None if days is None else created + days * _DAY_S
    scope = TokenScope(_unit(folder, unit), datasets, restricted)
    made, secret = TokenBook(folder).create(label, scope, created, expires, os.urandom)
    say("Mã này chỉ hiện một lần; xin cất giữ cẩn thận. / The token is shown once only; please keep it safe.")
    show(_shape(made) | {"token": secret}, secret, as_json=json)


@token.command(name="list")
def list_tokens(*, data: Path | None = None, json: bool = False) -> None:
    """Xem các mã truy cập / List tokens; secrets are not among what is known of them.

    Args:
        data: The data folder of the hub.
        json: Print one JSON object.
    """
    found = [_shape(each) for each in TokenBook(_folder(data)).list()]
    lines = [
        f"{each['id']}  {each['label']}  {each['unit']}  {','.join(each['datasets'])}"
        f"{'  +restricted' if each['restricted'] else ''}  {each['expires_on'] or '∞'}"
        for each in found
    ]
    show({"tokens": found}, "\n".join(lines) or "–", as_json=json)


@token.command
def revoke(token_id: str, /, *, data: Path | None = None, json: bool = False) -> None:
    """Thu hồi mã truy cập / Revoke a token; it reads nothing from now on.

    Args:
        token_id: As `list` shows it.
        data: The data folder of the hub.
        json: Print one JSON object.
    """
    if not TokenBook(_folder(data)).revoke(token_id):
        raise NameUnknownError(f"token {token_id}")
    show({"revoked": token_id}, f"✓ {token_id}", as_json=json)


def _folder(data: Path | None) -> Path:
    folder = data or read_settings().data
    if not (folder / DATABASE_NAME).exists():
        raise NoHubError(folder)
    return folder


def _unit(folder: Path, text: str | None) -> bytes:
    """The unit that an option names, by default the top."""
    authority = Authority(AuthorityLedger(open_for_reading(folder / DATABASE_NAME)), end=0)
    found = authority.genesis.top if text is None else authority.book.unit_named(text)
    if found is None:
        raise NameUnknownError(f"--unit {text}")
    return found


def _shape(each: Token) -> dict[str, Any]:
    return {
        "id": each.id,
        "label": each.label,
        "unit": each.scope.unit.hex(),
        "datasets": list(each.scope.datasets),
        "restricted": each.scope.restricted,
        "created": each.created,
        "expires": each.expires,
        "expires_on": None if each.expires is None else civil_date(each.expires),
    }
