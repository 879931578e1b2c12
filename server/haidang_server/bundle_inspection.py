"""Is a bundle what was exported? Damage, signatures, gaps in its logs, and tips that its manifest names and it lacks."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from haidang_protocol import statements
from haidang_protocol.bundle import BundledReceipt, Damage, Manifest
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.errors import ProtocolError
from haidang_protocol.statements import Receipt
from haidang_server.door import UNKNOWN_KEY, KeyRing, Keys
from haidang_server.inspection import Inspection
from haidang_server.loading import checked, read_bundle
from haidang_server.set_checks import Finding


def inspect_bundle(file: Path, known: Callable[[bytes], bytes | None]) -> Inspection:
    """Look at everything in a bundle.

    Args:
        file: the bundle.
        known: gives the 32 bytes of a key that is trusted already; keys that its sets certify are found in it.

    Raises:
        FileUnreadableError: there is no such file.
    """
    found = read_bundle(file)
    sets = [each for each in found if isinstance(each, OpenedSet)]
    keys = Keys(KeyRing(known))
    _, refused = checked(keys, sets)
    findings = [
        Finding("page" if each.set_id is None else "set", each.set_id, each.position, each.sentence)
        for each in found
        if isinstance(each, Damage)
    ]
    findings += [_refused(set_id, code) for set_id, code in refused.items()]
    findings += _missing(sets, [each for each in found if isinstance(each, Manifest)])
    receipts = [each for each in found if isinstance(each, BundledReceipt)]
    findings += [
        Finding(
            "receipt", None, None, f"the receipt of {each.receipt.request_digest.hex()[:16]}… does not hold"
        )
        for each in receipts
        if not _holds(each, keys)
    ]
    return Inspection(len(sets), sum(each.body.size for each in sets), len(receipts), 0, findings)


def _refused(set_id: bytes, code: str) -> Finding:
    if code == UNKNOWN_KEY:
        return Finding(code, set_id, None, "no certificate here names the key that signed it")
    return Finding("signature", set_id, None, "the signature does not fit")


def _missing(sets: Sequence[OpenedSet], manifests: Sequence[Manifest]) -> Iterator[Finding]:
    """A predecessor that is not here, although earlier sets of its log are; a tip that was promised."""
    held = {each.id for each in sets}
    first: dict[tuple[bytes, int, bytes], int] = {}
    for each in sets:
        first[each.header.log] = min(each.header.position, first.get(each.header.log, each.header.position))
    gaps = {
        previous: each
        for each in sets
        for previous in each.header.previous
        if previous not in held and first[each.header.log] < each.header.position - 1
    }
    for set_id, follower in gaps.items():
        yield Finding("missing", set_id, None, f"is missing; {follower.id.hex()[:16]}… follows it")
    for manifest in manifests:
        for scope in manifest.scopes:
            for tip in scope.tips:
                if tip not in held:
                    yield Finding("tail", tip, None, "is missing, although the manifest names it")


def _holds(bundled: BundledReceipt, keys: Keys) -> bool:
    try:
        raw = keys.find(bundled.receipt.server)
        if raw is None:
            return False
        statements.verify(Receipt, bundled.signed, Ed25519PublicKey.from_public_bytes(raw))
    except ProtocolError:
        return False
    return True
