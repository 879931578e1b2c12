"""A camera that sees a QR code: moving pictures in the one format that Chromium takes for a camera without unpacking."""

from pathlib import Path
from typing import Final

import segno

SIDE: Final = 480
FRAMES: Final = 4
BLACK, WHITE, GREY = b"\x10", b"\xeb", b"\x80"


def film_of(text: str, file: Path) -> Path:
    """A film (YUV4MPEG2) of a camera that is held still over the code of a text."""
    modules = [list(row) for row in segno.make(text, error="l").matrix_iter(border=4)]
    scale = SIDE // len(modules)
    edge = (SIDE - scale * len(modules)) // 2
    rows = []
    for module_row in modules:
        line = b"".join((BLACK if module else WHITE) * scale for module in module_row)
        rows += [WHITE * edge + line + WHITE * (SIDE - edge - len(line))] * scale
    blank = WHITE * SIDE
    picture = b"".join([blank] * edge + rows + [blank] * (SIDE - edge - len(rows)))
    colours = GREY * (SIDE * SIDE // 2)
    header = f"YUV4MPEG2 W{SIDE} H{SIDE} F10:1 Ip A1:1 C420jpeg\n".encode()
    file.write_bytes(header + (b"FRAME\n" + picture + colours) * FRAMES)
    return file
