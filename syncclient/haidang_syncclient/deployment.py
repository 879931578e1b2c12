"""What a replica belongs to: the deployment's roots, its hub, and where the hub is."""

import msgspec

from haidang_protocol import canonical
from haidang_protocol.certificates import Genesis, genesis_from_value
from haidang_protocol.errors import ProtocolError
from haidang_syncclient.errors import DamagedDatabaseError
from haidang_syncclient.words import Both


class Deployment(msgspec.Struct, frozen=True):
    """The root keys and top unit, the server id of the hub (16 bytes), its URL, the unit of this replica's person."""

    genesis: Genesis
    hub: bytes
    url: str
    unit: bytes

    def to_bytes(self) -> bytes:
        """As it is kept."""
        return canonical.encode([self.genesis.to_value(), self.hub, self.url, self.unit])


def deployment_from_bytes(data: bytes) -> Deployment:
    """Read what `to_bytes` gave.

    Raises:
        DamagedDatabaseError: it is damaged.
    """
    try:
        genesis, hub, url, unit = canonical.decode(data)
        return Deployment(genesis_from_value(genesis), hub, url, unit)
    except (ProtocolError, ValueError, TypeError) as error:
        raise DamagedDatabaseError(Both("phần nói về hệ thống", f"deployment: {error}")) from error
