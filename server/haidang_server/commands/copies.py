"""`backup` and `restore`."""

from pathlib import Path

from haidang_server.backup import back_up
from haidang_server.backup import restore as put_back
from haidang_server.settings import read_settings
from haidang_server.system_clock import now
from haidang_server.terminal import progress, show
from haidang_server.tokens import TokenBook


def backup(*, to: Path, data: Path | None = None, keep: int = 0, json: bool = False) -> None:
    """Sao lưu, kể cả khi máy chủ đang chạy / Back up, also while the hub runs; every change set of the copy is checked.

    The copy holds the hub's receipt key and its API tokens (their hashes): keep it as safe as the hub.

    Args:
        to: Where backups are kept; better another disk.
        data: The data folder.
        keep: Keep so many backups, the newest; 0 keeps all.
        json: Print one JSON object.
    """
    folder = data or read_settings().data
    with progress("backup", 1) as bar:
        task = bar.task_ids[0]
        made, described = back_up(
            folder, to, now(), lambda done, of: bar.update(task, completed=done, total=max(of, 1)), keep
        )
    result = {
        "backup": str(made),
        "size": described.size,
        "epoch": described.epoch,
        "sha256": described.sha256,
    }
    show(result, f"{made}: gói thay đổi / change sets: {described.size}", as_json=json)


def restore(source: Path, /, *, data: Path | None = None, replace: bool = False, json: bool = False) -> None:
    """Khôi phục từ bản sao lưu / Restore a backup; the devices then give back what is lacking.

    API tokens that were revoked after the backup count again, unless a hub that is replaced still knows that they do not.

    Args:
        source: A folder that `backup` made.
        data: The data folder, empty or absent.
        replace: Move the hub that is there aside first; it must not run.
        json: Print one JSON object.
    """
    folder = data or read_settings().data
    described = put_back(source, folder, now(), replace=replace)
    tokens = len(TokenBook(folder).list())
    result = {"folder": str(folder), "size": described.size, "epoch": described.epoch, "tokens": tokens}
    text = f"{folder}: gói thay đổi / change sets: {described.size}, epoch {described.epoch}\n→ haidang-server serve --data {folder}"
    if tokens:
        text += f"\nmã truy cập, xin xem mã nào còn dùng / API tokens, please look which are still wanted: {tokens}\n→ haidang-server token list --data {folder}"
    show(result, text, as_json=json)
