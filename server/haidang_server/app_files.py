"""The phone app's files, read once at the start: what is served is one build, whole, whatever happens in its folder."""

import gzip
import hashlib
from pathlib import Path
from typing import Final, NamedTuple

from haidang_server.errors import AppMissingError

INDEX: Final = "index.html"

_CHECKOUT: Final = Path(__file__).parents[2] / "pwa" / "dist"
_MEDIA_TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".json": "application/json",
}
_COMPRESSIBLE: Final = {".html", ".js", ".css", ".svg", ".webmanifest", ".json"}
_NAMED_BY_CONTENT: Final = "/assets/"


class AppFile(NamedTuple):
    """One file as it is served.

    Attributes:
        body: Its bytes.
        packed: The same under gzip, or None if that would not make them fewer.
        media_type: Its Content-Type.
        tag: Its ETag; changes with the bytes.
        lasting: Whether its name changes with its content, so that it may be kept for ever.
    """

    body: bytes
    packed: bytes | None
    media_type: str
    tag: str
    lasting: bool


def app_folder(chosen: Path | None) -> Path | None:
    """The folder of the built app: the one that was chosen, else that of this checkout, if it was built.

    Raises:
        AppMissingError: the chosen folder holds no app.
    """
    if chosen is not None:
        if not (chosen / INDEX).is_file():
            raise AppMissingError(chosen)
        return chosen
    return _CHECKOUT if (_CHECKOUT / INDEX).is_file() else None


def read_app(folder: Path) -> dict[str, AppFile]:
    """The files of an app by the path under which they are served; files of kinds that no app has are left out."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix in _MEDIA_TYPES)
    return {_path(file.relative_to(folder)): _read(file, _path(file.relative_to(folder))) for file in files}


def _path(name: Path) -> str:
    return "/" if name.as_posix() == INDEX else f"/{name.as_posix()}"


def _read(file: Path, path: str) -> AppFile:
    body = file.read_bytes()
    packed = gzip.compress(body, 9, mtime=0) if file.suffix in _COMPRESSIBLE else body
    return AppFile(
        body,
        packed if len(packed) < len(body) else None,
        _MEDIA_TYPES[file.suffix],
        f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        path.startswith(_NAMED_BY_CONTENT),
    )
