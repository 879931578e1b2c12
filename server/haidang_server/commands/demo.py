"""`demo`: the main job, played from its founding to a hub that fell back to an old backup, and checked."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from haidang_server.demo.reckoning import Summary, reckoning
from haidang_server.demo.story import CHAPTERS, RECKONING
from haidang_server.demo.world import World
from haidang_server.errors import EXIT_REFUSED
from haidang_server.settings import read_settings
from haidang_server.stage.errors import StageError
from haidang_server.terminal import say, show, show_error

TEXT: Final = {
    "vi": "✓ Mọi nơi khớp nhau: {replicas} nơi giữ dữ liệu, {change_sets} gói thay đổi, {operations} điều đã lưu còn đủ,"
    " {conflicts_found} khác biệt đã được chọn, {quarantined} gói còn chờ, tổng đếm {tally},"
    " {receipts_verified} biên nhận đúng; {seconds} giây.",
    "en": "✓ Everybody agrees: {replicas} replicas, {change_sets} change sets, all {operations} things saved are there,"
    " {conflicts_found} differences settled, {quarantined} set still waiting, tally {tally},"
    " {receipts_verified} receipts verified; {seconds} seconds.",
}
KEPT: Final = {"vi": "Thư mục được giữ lại: {folder}", "en": "The folder was kept: {folder}"}


def demo(*, keep: bool = False, json: bool = False) -> int:
    """Diễn lại công việc chính bằng tiến trình thật / Play the main job with real processes, and check it.

    Args:
        keep: Leave the temporary folder with all replicas where it is.
        json: Print one JSON object.
    """
    lang = read_settings().lang
    folder = Path(tempfile.mkdtemp(prefix="haidang-demo-"))
    try:
        summary = _play(folder, lang)
    except StageError as error:
        show_error(error, lang, as_json=json)
        return EXIT_REFUSED
    finally:
        if keep:
            say(KEPT[lang].format(folder=folder))
        else:
            shutil.rmtree(folder, ignore_errors=True)
    result = msgspec.to_builtins(summary)
    show(result, TEXT[lang].format(**result), as_json=json)
    return 0


def _play(folder: Path, lang: str) -> Summary:
    began = time.perf_counter()
    world = World(folder)
    try:
        with _progress(len(CHAPTERS) + 1) as tell:
            for chapter in CHAPTERS:
                tell(chapter.title(lang))
                chapter.play(world)
            tell(RECKONING[lang])
            return reckoning(world, lambda: time.perf_counter() - began)
    finally:
        world.close()


@contextmanager
def _progress(chapters: int) -> Iterator[Callable[[str], None]]:
    """A bar with the name of the chapter; where nobody looks, one line a chapter."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield say
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=chapters, completed=-1)

        def tell(title: str) -> None:
            bar.update(task, description=title, advance=1)

        yield tell
