"""Roles are data: a JSON file names the rights that a certificate of the role gives.

A role that may certify may pass on what it has itself, no more: rights only shrink downwards.
"""

from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

import msgspec

from haidang_protocol import operations as op
from haidang_protocol.certificates import HUB, RELAY, Certificate, Rights
from haidang_protocol.ids import AUTHORITY, REPORTS, RESTRICTED
from haidang_syncclient.commands.answer import Refusal
from haidang_syncclient.commands.naming import near
from haidang_syncclient.reasons import of_system
from haidang_syncclient.words import Both

_KINDS: Final = {name: kind for kind, name in op.NAMES.items()}
_SCOPES: Final = {"reports": REPORTS, "restricted": RESTRICTED, "authority": AUTHORITY}
_SERVERS: Final = {"": 0, "hub": HUB, "relay": RELAY}
_SHIPPED: Final = files("haidang_syncclient") / "roles"


class RoleText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role as it stands in its file: its name in vi and en, kinds of operations, attest roles, scope kinds."""

    title: tuple[str, str]
    says: tuple[str, ...] = ()
    attests: tuple[str, ...] = ()
    scopes: tuple[Literal["reports", "restricted", "authority"], ...] = ()
    server: Literal["", "hub", "relay"] = ""


class Role(msgspec.Struct, frozen=True):
    """What a certificate of the role says; `server` is 0, or the number of a hub or relay."""

    name: str
    title: Both
    rights: Rights
    server: int

    @property
    def grants(self) -> Rights | None:
        """What it may pass on: all of it if it may certify, else nothing."""
        return self.rights if op.CERTIFY in self.rights.kinds else None


def shipped_roles() -> list[str]:
    """The names of the roles that come with the program."""
    return sorted(
        path.name.removesuffix(".json") for path in _SHIPPED.iterdir() if path.name.endswith(".json")
    )


def find_role(text: str) -> Role:
    """A shipped role by name, or the role of a JSON file.

    Raises:
        Refusal: there is none, or the file is not in order.
    """
    if text in shipped_roles():
        return read_role(text, (_SHIPPED / f"{text}.json").read_bytes())
    path = Path(text)
    if path.suffix != ".json":
        names = [
            (way, each.name) for each in map(find_role, shipped_roles()) for way in (each.name, *each.title)
        ]
        raise Refusal("unknown-role", text=text, near=near(text, names), found=shipped_roles())
    try:
        return read_role(path.stem, path.read_bytes())
    except FileNotFoundError:
        raise Refusal("file-missing", file=path) from None
    except OSError as error:
        raise Refusal("file-unreadable", file=path, detail=of_system(error)) from None


def role_words(name: str) -> Both:
    """What people call a role; a role that does not come with the program is called by its own name."""
    return find_role(name).title if name in shipped_roles() else Both(name, name)


def read_role(name: str, data: bytes) -> Role:
    """Read a role file.

    Raises:
        Refusal: it is none (role-unreadable).
    """
    try:
        text = msgspec.json.decode(data, type=RoleText)
        rights = Rights(
            frozenset(_KINDS[kind] for kind in text.says),
            frozenset(text.attests),
            frozenset(_SCOPES[scope] for scope in text.scopes),
        )
        return Role(name, Both(*text.title), rights, _SERVERS[text.server])
    except (msgspec.MsgspecError, KeyError) as error:
        raise Refusal("role-unreadable", file=name, detail=error) from None


def role_of(certificate: Certificate) -> str:
    """The shipped role with exactly the rights of a certificate, "" if there is none."""
    for name in shipped_roles():
        role = find_role(name)
        if (role.rights, role.server) == (certificate.rights, certificate.server):
            return name
    return ""
