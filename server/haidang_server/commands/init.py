"""`key`, `init`, `load`: the hub's key, a new hub, and change sets that come by hand."""

import os
import shutil
from pathlib import Path
from typing import Any

from haidang_protocol.ids import fingerprint, key_id
from haidang_server.database import locked
from haidang_server.errors import EXIT_DAMAGED, ChainUnfitError, NoHubError
from haidang_server.founding import found_hub, read_genesis_file
from haidang_server.keys import new_key, read_key, write_key
from haidang_server.loading import Loaded, is_certified, load_bundle, open_hub
from haidang_server.settings import read_settings
from haidang_server.system_clock import now
from haidang_server.terminal import show


def key(file: Path, /, *, json: bool = False) -> None:
    """Tạo khóa cho máy chủ mới / Make the receipt key of a new hub; its public half goes to who certifies it.

    Args:
        file: Where to write it, readable by you alone.
        json: Print one JSON object.
    """
    private = new_key(os.urandom)
    write_key(file, private)
    result = _names(private.public_key().public_bytes_raw())
    show(result, _key_text(result), as_json=json)


def init(
    folder: Path, /, *, genesis: Path, chain: Path | None = None, key: Path | None = None, json: bool = False
) -> None:
    """Tạo máy chủ mới trong một thư mục trống / Make a hub in an empty folder.

    Args:
        folder: The data folder, empty or absent.
        genesis: The genesis file of the deployment.
        chain: A bundle with the change sets that certify the hub's key; `load` can bring it later.
        key: The key file that `key` made; it is copied. Without it a new key is made.
        json: Print one JSON object.
    """
    known = read_genesis_file(genesis)
    private = new_key(os.urandom) if key is None else read_key(key)
    found_hub(folder, known, private, now())
    try:
        loaded = _load(folder, chain) if chain is not None else None
    except BaseException:
        shutil.rmtree(folder)
        raise
    result = _names(private.public_key().public_bytes_raw()) | {
        "folder": str(folder),
        "root_set_hash": known.root_set_hash.hex(),
        "change_sets": loaded.fresh if loaded is not None else 0,
    }
    next_step = f"haidang-server serve --data {folder}"
    if loaded is None:
        next_step = f"haidang-server load CHAIN --data {folder}"
    show(result, f"{_key_text(result)}\n→ {next_step}", as_json=json)


def load(file: Path, /, *, data: Path | None = None, json: bool = False) -> int:
    """Nạp một gói vào máy chủ đang dừng / Take a bundle into a hub that is not running.

    Args:
        file: The bundle.
        data: The data folder.
        json: Print one JSON object.
    """
    folder = data or read_settings().data
    if not folder.is_dir():
        raise NoHubError(folder)
    loaded = _load(folder, file)
    result = {
        "fresh": loaded.fresh,
        "held": loaded.held,
        "refused": [{"id": set_id.hex(), "code": code} for set_id, code in loaded.refused],
        "damage": [{"position": each.position, "code": each.code} for each in loaded.damage],
    }
    show(
        result,
        f"+{loaded.fresh}, ={loaded.held}, ✗{len(loaded.refused)}, ⚠{len(loaded.damage)}",
        as_json=json,
    )
    return EXIT_DAMAGED if loaded.damage or loaded.refused else 0


def _load(folder: Path, file: Path) -> Loaded:
    with locked(folder):
        hub = open_hub(folder)
        try:
            loaded = load_bundle(hub, file, now())
            if not is_certified(hub):
                raise ChainUnfitError(file)
        finally:
            hub.connection.close()
    return loaded


def _names(public: bytes) -> dict[str, Any]:
    server = key_id(public)
    return {"server": server.hex(), "public_key": public.hex(), "fingerprint": fingerprint(server)}


def _key_text(result: dict[str, Any]) -> str:
    return f"public key   {result['public_key']}\nserver id    {result['server']}\nfingerprint  {result['fingerprint']}"
