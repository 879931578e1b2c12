"""Draws docs/pictures/terminal.svg: what commands really print. Usage: draw_terminal.py HOME, a district's replica.

The replica is that of `phuc` after docs/walk-through.md; the report is the one that the walk-through is about.
"""

import io
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

PROGRAM = Path(sys.executable).with_name("haidang")
PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "terminal.svg"
LINES = (("show",), ("show", "F01M/Dương Hòa/2019-03"))
WIDTH = 120


def main(home: str) -> None:
    """Run the commands on a replica, and write the picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    for words in LINES:
        told = subprocess.run(
            [PROGRAM, *words, "--home", home, "--lang", "en"],
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        console.print(Text(f"$ haidang {' '.join(words)}", style="bold #F2A900"))
        for line in told.stdout.splitlines():
            console.print(Text(line.rstrip()))
        console.print()
    PICTURE.write_text(without_fonts_of_others(console.export_svg(title="haidang")))


def without_fonts_of_others(svg: str) -> str:
    """The picture without its links to a font server: any fixed-width font will do."""
    kept, inside = [], False
    for line in svg.splitlines():
        inside = inside or "@font-face" in line
        if not inside:
            kept.append(line)
        elif line.strip() == "}":
            inside = False
    return "\n".join(kept) + "\n"


if __name__ == "__main__":
    main(sys.argv[1])
