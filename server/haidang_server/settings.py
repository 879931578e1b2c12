"""The server's settings, read once from the environment; all problems are reported together.

| variable | meaning | default |
|---|---|---|
| HAIDANG_DATA | the data folder | `hub` |
| HAIDANG_HOST, HAIDANG_PORT | where to listen | 127.0.0.1, 8000 |
| HAIDANG_TLS_CERTIFICATE | PEM of the certificate that callers see, if there is TLS | none |
| HAIDANG_TLS_FRONT | or: name@host:port, the public name and the place of a TLS proxy that is asked for its certificate | none |
| HAIDANG_TRUSTED_PROXY | address or network of the proxy whose X-Forwarded-For is believed | 127.0.0.1 |
| HAIDANG_DISK_RESERVE_MIB | free space below which nothing is stored | 64 |
| HAIDANG_APP | the folder of the built phone app | that of the checkout, if it was built |
| HAIDANG_OPENERS | processes that open and check change sets; 0: none but the server's own | 1 |
| HAIDANG_LOG_LEVEL | debug, info, warning or error | info |
| HAIDANG_LANG | language of messages to the operator: vi or en | vi |
"""

import os
import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from haidang_server.errors import SettingsWrongError


class TlsFront(NamedTuple):
    """A proxy that does TLS for the public `name`, and where the hub reaches it."""

    name: str
    host: str
    port: int


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may choose."""

    data: Path = Path("hub")
    host: str = "127.0.0.1"
    port: int = 8000
    tls_certificate: Path | None = None
    tls_front: TlsFront | None = None
    trusted_proxy: str = "127.0.0.1"
    disk_reserve_mib: int = 64
    app: Path | None = None
    openers: int = 1
    log_level: str = "info"
    lang: str = "vi"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of an environment.

    Raises:
        SettingsWrongError: with all problems.
    """
    found: dict[str, Any] = {}
    problems = []
    for field in msgspec.structs.fields(Settings):
        name = f"HAIDANG_{field.name.upper()}"
        text = environment.get(name)
        if text is None:
            continue
        try:
            found[field.name] = _READERS[field.name](text)
        except ValueError as error:
            problems.append(f"{name}={text}: {error}")
    if problems:
        raise SettingsWrongError(problems)
    return Settings(**found)


def overridden(settings: Settings, **options: Any) -> Settings:
    """Settings with the options of a command in their place; None leaves a setting as it is."""
    given = {name: value for name, value in options.items() if value is not None}
    return msgspec.structs.replace(settings, **given)


def child_environment(**changes: str) -> dict[str, str]:
    """The environment for a process of ours: without settings that were meant for this one, with the changes."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("HAIDANG_")}
    return inherited | changes


def _number(smallest: int, largest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not smallest <= int(text) <= largest:
            raise ValueError(f"a number from {smallest} to {largest} was expected")
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"one of {', '.join(words)} was expected")
        return text.lower()

    return read


def _file(text: str) -> Path:
    if not Path(text).is_file():
        raise ValueError("there is no such file")
    return Path(text)


def _front(text: str) -> TlsFront:
    found = re.fullmatch(r"([^@\s]+)@([^@\s]+):([0-9]{1,5})", text)
    if found is None:
        raise ValueError("name@host:port was expected")
    return TlsFront(found[1], found[2].strip("[]"), int(found[3]))


def _network(text: str) -> str:
    ip_network(text)
    return text


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "data": Path,
    "host": str,
    "port": _number(0, 65_535),
    "tls_certificate": _file,
    "tls_front": _front,
    "trusted_proxy": _network,
    "app": Path,
    "disk_reserve_mib": _number(0, 1_000_000),
    "openers": _number(0, 64),
    "log_level": _one_of("debug", "info", "warning", "error"),
    "lang": _one_of("vi", "en"),
}
