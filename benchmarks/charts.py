"""Bars in the terminal, for those who look before they read."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from rich.console import Console
from rich.table import Table

WIDTH: Final = 40


class Bar(NamedTuple):
    """One figure."""

    name: str
    value: float


def show(title: str, bars: Sequence[Bar]) -> None:
    """Draw figures of one kind side by side, the largest at full width."""
    most = max(bar.value for bar in bars)
    table = Table("", "", "", box=None, show_header=False, pad_edge=False)
    table.columns[2].justify = "right"
    for bar in bars:
        table.add_row(bar.name, "█" * max(1, round(WIDTH * bar.value / most)), f"{bar.value:,.10g}")
    console = Console(width=110)
    console.print(f"\n{title}")
    console.print(table)
