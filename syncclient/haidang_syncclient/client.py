"""One sync, performed: the session says what to do, this does it and tells the session what came of it.

Whatever happens on the way, what is held stays held: sets are sealed and on the disk before they are sent, a reply is taken
in one transaction or not at all, and what was sent without a receipt is sent again by the next sync.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec

from haidang_protocol.ids import ID16
from haidang_syncclient import bookmark as bookmarks
from haidang_syncclient import session as sessions
from haidang_syncclient.backoff import delay_s
from haidang_syncclient.errors import (
    BrokenReplyError,
    BusyError,
    NetworkError,
    OursError,
    RefusedError,
    SyncError,
    WrongServerError,
)
from haidang_syncclient.greeting import believe, greeting, server_key
from haidang_syncclient.healing import heal_from, needs_probe
from haidang_syncclient.http_transport import StrangerError, Traffic, Transport
from haidang_syncclient.replica import Replica
from haidang_syncclient.replies import Applied, apply, listen
from haidang_syncclient.requests import Request, Wishes, build
from haidang_syncclient.session import Action, Event, Session, State
from haidang_syncclient.words import Both

if TYPE_CHECKING:
    from haidang_protocol import messages

PUSH_FIRST: Final = 512 * 1024
PULL_FIRST: Final = 512 * 1024
BYTES_MIN: Final = 32 * 1024
"""A request or reply of this size gets through even where connections break all the time."""
BYTES_MAX: Final = 3 * 1024 * 1024
STALLS_MAX: Final = 3
"""Replies in a row that moved nothing, before the sync ends."""
BREAKS_MORE: Final = 3
"""So many more than the failures in a row that are waited out may the connection break while nothing is moved: a link that lets
small replies through, and no large ones, would hold a sync for ever."""
HEALS_MAX: Final = 3
"""How often a server may lose some of its log within one sync."""
UNKNOWN_KEY: Final = "unknown-key"
RESEND: Final = "resend"


class Report(msgspec.Struct):
    """What a sync did.

    `sealed` and `received` (receipts) count one's own and carried sets, `fresh` those that came down; `held_back` are sets
    that the server did not take, with its codes; `diverged` the scopes where the same sets gave another state than at the
    server; `healed` how often the server had to be healed; `error` is why the sync did not come to its end.
    """

    traffic: Traffic
    sealed: int = 0
    received: int = 0
    fresh: int = 0
    held_back: dict[bytes, str] = {}
    diverged: list[bytes] = []
    healed: int = 0
    waited_s: float = 0.0
    error: SyncError | None = None

    @property
    def complete(self) -> bool:
        """Whether everything was exchanged."""
        return self.error is None


class Progress(msgspec.Struct, frozen=True):
    """Where a sync is: its state, and how far that is, in bytes up or sets down; `total` None if unknown."""

    state: State
    done: int
    total: int | None


class Surroundings(msgspec.Struct, frozen=True):
    """What a sync needs of the world: a source of numbers in [0, 1), a way to wait (seconds), somebody who watches.

    `wait` says whether to go on; `failures_max` is how many failures in a row are waited out.
    """

    random: Callable[[], float]
    wait: Callable[[float], bool]
    watch: Callable[[Progress], None] = lambda _progress: None
    failures_max: int = 0


class SyncClient:
    """Syncs one replica with its hub."""

    def __init__(self, replica: Replica, transport: Transport, surroundings: Surroundings) -> None:
        """Take a replica that is open with its key, a way to its hub, and the world around."""
        self._replica = replica
        self._transport = transport
        self._world = surroundings
        self._session = Session()
        self._report = Report(transport.traffic)
        self._wishes = Wishes(push_bytes=PUSH_FIRST, pull_bytes=PULL_FIRST)
        self._request: Request
        self._chunks: Iterator[bytes]
        self._lost: messages.Heal | None = None
        self._stalls = 0
        self._breaks = 0

    def sync(self) -> Report:
        """Seal what is saved and exchange everything with the hub.

        Never raises for what the network or the server do: that stands in the report.

        Raises:
            NoKeyError: the replica was opened without its key.
            OursError: the disk failed; nothing is lost.
        """
        self._report = Report(self._transport.traffic, sealed=len(self._replica.seal()))
        self._session = Session(failures_max=self._world.failures_max)
        event = self._start()
        while not self._session.over:
            self._session, action = sessions.step(self._session, event)
            self._tell(0, None)
            if self._session.over:
                break
            event = self._do(action)
        if self._session.state == State.DONE:
            self._report.error = None
        return self._report

    def _start(self) -> Event:
        hub = self._replica.hub
        known = hub.origin_proven(self._transport.origin, self._replica.deployment.hub)
        return sessions.StartKnown() if known else sessions.StartNew()

    def _do(self, action: Action) -> Event:
        """Perform an action; the event that it leads to."""
        try:
            return self._perform(action)
        except StrangerError:
            return sessions.Stranger()
        except OursError:
            raise
        except SyncError as error:
            self._report.error = error
            if isinstance(error, BusyError):
                return sessions.Interrupted(error.retry_after_s)
            if isinstance(error, NetworkError):
                self._stalls = 0  # the nonce went with the reply: that the next one is withheld is no fault of the server
                self._breaks += 1
                self._shrink()
                if self._breaks > self._world.failures_max + BREAKS_MORE:
                    return sessions.Refused()
                return sessions.Interrupted()
            return sessions.Refused()
        finally:
            self._replica.under_way = frozenset()

    def _perform(self, action: Action) -> Event:
        match action:
            case sessions.Greet():
                return self._greet()
            case sessions.Send():
                return self._send()
            case sessions.Receive():
                return self._receive()
            case sessions.Heal():
                return self._mend()
            case sessions.Wait():
                return self._wait(action)
        raise RuntimeError(f"{action} is no action to perform")

    # ------------------------------------------------------------------------------------------------------ actions

    def _greet(self) -> Event:
        nonce = self._replica.randomness(ID16)
        reply, certificate = self._transport.hello(greeting(nonce))
        believe(self._replica, reply, nonce, certificate, self._transport.origin)
        return sessions.Greeted()

    def _send(self) -> Event:
        """Send a request; with the certificates a second time if the server does not know the key."""
        try:
            self._request, self._chunks = self._open()
        except RefusedError as error:
            if error.problem != UNKNOWN_KEY or self._wishes.chain:
                raise
            self._wish(chain=True)
            self._request, self._chunks = self._open()
        return sessions.ReplyBegan()

    def _open(self) -> tuple[Request, Iterator[bytes]]:
        """Send one request; returns when the reply begins."""
        request = build(self._replica, bookmarks.load(self._replica), self._wishes)
        self._replica.under_way = frozenset(request.frames)
        chunks = self._transport.sync(request.body, self._proven, self._tell)
        first = next(chunks, b"")
        return request, chain([first], chunks)

    def _proven(self, certificate: bytes) -> bool:
        server = self._replica.hub.proven(self._transport.origin, certificate)
        return server == self._replica.deployment.hub

    def _receive(self) -> Event:
        key = server_key(self._replica.ledger, self._replica.deployment.hub)
        if key is None:
            raise WrongServerError(self._transport.origin)
        said = listen(self._chunks, self._request, self._replica.deployment.hub, key, self._hear)
        before = bookmarks.load(self._replica)
        applied = apply(self._replica, said, self._request, key)
        self._note(applied)
        if applied.heal is not None:
            self._lost = applied.heal
            return sessions.ToldToHeal()
        moved = applied.fresh or applied.receipted or bookmarks.load(self._replica).moved_from(before)
        self._stalls = 0 if moved else self._stalls + 1
        self._breaks = 0 if moved else self._breaks
        if self._stalls > STALLS_MAX:
            raise BrokenReplyError(Both("không bao giờ tới hồi kết", "it never comes to an end"))
        again = applied.more or applied.withheld or self._wishes.probe or self._left_to_push()
        return sessions.AppliedSome() if again else sessions.AppliedAll()

    def _mend(self) -> Event:
        if self._lost is None or self._report.healed >= HEALS_MAX:
            raise BrokenReplyError(Both("cứ xin lại dữ liệu mãi", "it asks to be healed again and again"))
        if not self._wishes.probe and needs_probe(self._replica, self._lost):
            self._wish(probe=True)
        else:
            heal_from(self._replica, self._lost)
            self._report.healed += 1
            self._wish(probe=False)
        return sessions.Healed()

    def _wait(self, wait: sessions.Wait) -> Event:
        seconds = delay_s(wait.attempt, self._world.random(), wait.retry_after_s)
        self._report.waited_s += seconds
        return self._start() if self._world.wait(seconds) else sessions.Stopped()

    # ----------------------------------------------------------------------------------------------------- wishes

    def _note(self, applied: Applied) -> None:
        """What was taken, what was not, and what the next request is like for that."""
        report, wishes = self._report, self._wishes
        report.fresh += applied.fresh
        report.received += applied.receipted
        report.diverged += [scope for scope in applied.diverged if scope not in report.diverged]
        resend = {set_id for set_id, code in applied.refused.items() if code == RESEND}
        whole, hopeless = resend - wishes.whole, applied.refused.keys() - (resend - wishes.whole)
        report.held_back |= {set_id: applied.refused[set_id] for set_id in hopeless}
        self._wish(
            whole=wishes.whole | whole,
            held_back=wishes.held_back | hopeless,
            chain=False,
            push_bytes=min(2 * wishes.push_bytes, BYTES_MAX),
            pull_bytes=min(2 * wishes.pull_bytes, BYTES_MAX),
        )

    def _left_to_push(self) -> bool:
        held_back = self._wishes.held_back
        return any(set_id not in held_back for set_id, _ in self._replica.hub.unsent(len(held_back) + 1))

    def _shrink(self) -> None:
        """A connection broke: smaller pieces have a better chance."""
        self._wish(
            push_bytes=max(self._wishes.push_bytes // 2, BYTES_MIN),
            pull_bytes=max(self._wishes.pull_bytes // 2, BYTES_MIN),
        )

    def _wish(self, **changes: Any) -> None:
        self._wishes = msgspec.structs.replace(self._wishes, **changes)

    def _tell(self, done: int, total: int | None) -> None:
        self._world.watch(Progress(self._session.state, done, total))

    def _hear(self, sets: int) -> None:
        self._tell(sets, None)
