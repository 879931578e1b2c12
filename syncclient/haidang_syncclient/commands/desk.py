"""What a command works at: the settings, the screen, the clock, the person's replica."""

import os
import sys
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from rich.console import Console

from haidang_protocol.ids import scope_unit
from haidang_syncclient import system_clock
from haidang_syncclient.commands.answer import Refusal
from haidang_syncclient.commands.civil_time import date_of
from haidang_syncclient.settings import Settings
from haidang_syncclient.words import Both
from haidang_syncclient.words.labels import LABELS
from haidang_syncclient.words.sentences import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from haidang_protocol.definitions.book import Book
    from haidang_syncclient.keystore import Signer
    from haidang_syncclient.replica import Replica

DATABASE: Final = "replica.db"
KEY_FILE: Final = "key"

PASSPHRASE_MIN: Final = 8
"""Characters of a new passphrase."""
_PLAIN_WIDTH: Final = 160
"""Columns where no terminal tells."""


class Desk:
    """One command's surroundings; closes what it opened."""

    def __init__(
        self, settings: Settings, passphrase_file: Path | None = None, *, as_json: bool = False
    ) -> None:
        self.settings = settings
        self.language = settings.language
        self.as_json = as_json
        self.out = _console(sys.stdout)
        self.err = _console(sys.stderr)
        self._passphrase_file = passphrase_file
        self._replica: Replica | None = None
        self._signer: Signer | None = None
        self._book: Book | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the replica if it was opened."""
        if self._replica is not None:
            self._replica.close()
            self._replica = self._book = None

    # ------------------------------------------------------------------------------------------------- surroundings

    @property
    def home(self) -> Path:
        """The folder of the person's data."""
        return self.settings.home

    def now(self) -> int:
        """Seconds since 1970 by this device's clock."""
        return system_clock.now() + self.settings.clock_shift

    def today(self) -> str:
        """The civil date by this device's clock."""
        return date_of(self.now())

    def random(self, size: int) -> bytes:
        """Random bytes."""
        return os.urandom(size)

    # ------------------------------------------------------------------------------------------------------ replica

    @property
    def database(self) -> Path:
        """The file of the replica's database."""
        return self.home / DATABASE

    @property
    def key_file(self) -> Path:
        """The file of the person's key."""
        return self.home / KEY_FILE

    def replica(self, *, signing: bool = False) -> "Replica":
        """The person's replica, opened once; with its key only where something is to be signed.

        Raises:
            SyncError: it cannot be opened.
            Refusal: the key needs a passphrase and there is none.
        """
        if self._replica is None:
            from haidang_syncclient.replica import Replica  # noqa: PLC0415 - a refusal should not wait for it

            self._replica = Replica.open(self.database, clock=self.now, randomness=self.random)
        if signing and self._replica.signer is None:
            self._signer = self._signer or self._load_key()
            self._replica.signer = self._signer
        return self._replica

    def adopt(self, replica: "Replica") -> None:
        """Take a replica that was just made; it is closed with the desk."""
        self._replica = replica

    def _load_key(self) -> "Signer":
        from haidang_syncclient import keystore  # noqa: PLC0415 - few commands sign

        locked = keystore.needs_passphrase(self.key_file)
        return keystore.load(self.key_file, self.passphrase() if locked else None)

    @property
    def book(self) -> "Book":
        """The definitions that the replica holds."""
        if self._book is None:
            from haidang_protocol.definitions.book import Book  # noqa: PLC0415 - not every command reads it

            self._book = Book(self.replica().ledger)
        return self._book

    def may(self, scope: bytes, kind: int, role: str | None = None) -> bool:
        """Whether a certificate of the person, confirmed or not yet, allows an operation in a scope."""
        replica = self.replica()
        return bool(replica.people.allowing(replica.key, scope, kind, role))

    def check_allowed(self, scope: bytes, kinds: Collection[int], role: str | None = None) -> None:
        """Refuse early what everybody else would quarantine.

        Raises:
            NotAllowedError: no certificate of the person allows one of the kinds there.
        """
        missing = [kind for kind in sorted(kinds) if not self.may(scope, kind, role)]
        if missing:
            from haidang_syncclient.errors import NotAllowedError  # noqa: PLC0415 - seldom needed
            from haidang_syncclient.reasons import of_kinds  # noqa: PLC0415 - as above

            said, unit = of_kinds(missing), self.unit_name(scope_unit(scope))
            raise NotAllowedError(Both(f"{said.vi} · {unit}", f"{said.en} · {unit}"))

    def role_here(self, unit: bytes) -> str:
        """The shipped role of the person's first certificate that covers a unit, "" if it is none of those."""
        from haidang_syncclient.commands.role_file import role_of  # noqa: PLC0415 - as above

        replica = self.replica()
        for standing in replica.people.standings(replica.key, unit):
            return role_of(standing.certificate)
        return ""

    def unit_name(self, unit: bytes) -> str:
        """The name of a unit today; the start of its id if it is not known."""
        return self.book.unit_name(unit, self.today()).in_language(self.language)

    def find_unit(self, text: str | None) -> bytes:
        """The unit that a text names, or the person's own.

        Raises:
            Refusal: none, or more than one.
        """
        from haidang_syncclient.commands.naming import find_unit  # noqa: PLC0415 - as above

        return self.replica().deployment.unit if text is None else find_unit(self.book, text, self.today())

    # ------------------------------------------------------------------------------------------------------- words

    def words(self, both: Both, /, **values: object) -> str:
        """A text in the person's language, its places filled; pairs among the values take that language too.

        `{haidang}` in it stands for the call of this program, for the same home as now.
        """
        filled = {
            name: value.in_language(self.language) if isinstance(value, Both) else value
            for name, value in values.items()
        }
        return both.in_language(self.language).format(haidang=self.settings.program, **filled)

    def say(self, sentence: str, /, **values: object) -> str:
        """A sentence of the vocabulary in the person's language."""
        return self.words(SENTENCES[sentence], **values)

    def label(self, name: str) -> str:
        """A word of the vocabulary in the person's language; what is no word of it stands as it is."""
        found = LABELS.get(name)
        return name if found is None else found.in_language(self.language)

    def tell(self, line: Any) -> None:
        """Show something while the command works; results are given back instead."""
        self.err.print(line)

    # ----------------------------------------------------------------------------------------------------- questions

    @property
    def at_terminal(self) -> bool:
        """Whether somebody can be asked."""
        return not self.as_json and sys.stdin.isatty()

    def ask(self, question: str, option: str) -> str:
        """Ask for a line of text; `option` is what gives the answer where nobody can be asked.

        Raises:
            Refusal: nobody can be asked.
        """
        if not self.at_terminal:
            raise Refusal("no-terminal", option=option)
        self.err.print(question, end=" ")
        return input()

    def passphrase(self) -> str:
        """The passphrase of the person's key: from the file, the environment, or asked for.

        Raises:
            Refusal: there is none, or the file cannot be read.
        """
        found = self._given_passphrase()
        if found is not None:
            return found
        if not self.at_terminal:
            raise Refusal("passphrase-missing")
        return self._ask_secret(self.say("ask-passphrase"))

    def new_passphrase(self) -> str:
        """A passphrase for a new key, asked for twice if it is typed.

        Raises:
            Refusal: there is none, it is short, or the two differ.
        """
        found = self._given_passphrase()
        if found is None:
            if not self.at_terminal:
                raise Refusal("passphrase-missing")
            found = self._ask_secret(self.say("ask-new-passphrase"))
            if self._ask_secret(self.say("ask-passphrase-again")) != found:
                raise Refusal("passphrase-differs")
        if len(found) < PASSPHRASE_MIN:
            raise Refusal("passphrase-short", length=PASSPHRASE_MIN)
        return found

    def _given_passphrase(self) -> str | None:
        if self._passphrase_file is None:
            return self.settings.passphrase
        return self.read_text(self._passphrase_file).rstrip("\r\n")

    def _ask_secret(self, question: str) -> str:
        from getpass import getpass  # noqa: PLC0415 - only where somebody types

        return getpass(f"{question} ", stream=sys.stderr)

    # ----------------------------------------------------------------------------------------------------- files

    def read_bytes(self, path: Path) -> bytes:
        """The bytes of a file.

        Raises:
            Refusal: it is not there, or cannot be read.
        """
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise Refusal("file-missing", file=path) from None
        except OSError as error:
            from haidang_syncclient.reasons import of_system  # noqa: PLC0415 - as above

            raise Refusal("file-unreadable", file=path, detail=of_system(error)) from None

    def read_text(self, path: Path) -> str:
        """The text of a UTF-8 file.

        Raises:
            Refusal: it is not there, cannot be read, or is no text.
        """
        try:
            return self.read_bytes(path).decode("utf-8-sig")
        except UnicodeDecodeError:
            said = Both("không phải chữ UTF-8", "it is no UTF-8 text")
            raise Refusal("file-unreadable", file=path, detail=said) from None

    def check_target(self, path: Path, *, over: bool = False) -> None:
        """Refuse early a file that cannot be written: in a folder that is not there, or in place of another one.

        Raises:
            Refusal: it is so.
        """
        if not path.parent.is_dir():
            raise Refusal("folder-missing", folder=path.parent)
        if path.is_dir() or (path.exists() and not over):
            raise Refusal("file-exists", file=path)

    # ------------------------------------------------------------------------------------------------------ progress

    @contextmanager
    def progress(self, sentence: str) -> "Generator[Callable[[int, int | None], None]]":
        """Show how far long work is; yields a function of (done, total or None). Silent where nobody watches."""
        if self.as_json or not self.err.is_terminal:
            yield lambda _done, _total: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - seldom shown

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=self.err, transient=True) as bar:
            task = bar.add_task(self.say(sentence), total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def _console(stream: Any) -> Console:
    terminal = stream.isatty()
    return Console(file=stream, highlight=False, markup=False, width=None if terminal else _PLAIN_WIDTH)
