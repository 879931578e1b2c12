"""One sync as a state machine: events in, actions out. No network, disk, clock or randomness.

Everything that the session can do stands in `TABLE`: for each state and each kind of event the next state and what to do.
The table is complete; what cannot happen in a state is named there as `STRAY` and is a programming error. Two things beside
the state are counted: failures in a row, for the backoff, and requests, so that a server that always has more cannot hold a
phone for ever.

```
idle, waiting ── known server ──────────────► sending ── reply begins ──► receiving ── applied ──► done
      └───────── new server ──► greeting ── greeted ──┘                       ├─ more to exchange ──► sending
                                                                              └─ the server lost some ──► healing ──► sending
greeting, sending, receiving ── interrupted ──► waiting          any ── refused, stopped, out of patience ──► failed
```
"""

from enum import StrEnum
from typing import Final, NamedTuple, assert_never

import msgspec

REQUESTS_MAX: Final = 10_000
"""Requests in one sync; at the smallest budget that is still more than 600 MiB."""


class State(StrEnum):
    """Where a sync is."""

    IDLE = "idle"
    GREETING = "greeting"
    SENDING = "sending"
    RECEIVING = "receiving"
    HEALING = "healing"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


# ------------------------------------------------------------------------------------------------------------- events


class Event(msgspec.Struct, frozen=True):
    """Something that happened."""


class StartKnown(Event, frozen=True):
    """Begin, or go on after a wait, with a server that has proven its key over the TLS certificate that it last used."""


class StartNew(Event, frozen=True):
    """Begin, or go on after a wait, with a server that has not."""


class Greeted(Event, frozen=True):
    """The server has proven its key."""


class Stranger(Event, frozen=True):
    """The connection shows another TLS certificate than any over which the server was proven. Nothing was sent."""


class ReplyBegan(Event, frozen=True):
    """The request is up, the first bytes come down."""


class AppliedAll(Event, frozen=True):
    """The reply is verified and stored, and nothing is left to exchange."""


class AppliedSome(Event, frozen=True):
    """The reply is verified and stored, and there is more: below, here, or because the pull was withheld."""


class ToldToHeal(Event, frozen=True):
    """The reply is verified and stored, and says that the server lost some of its log."""


class Healed(Event, frozen=True):
    """What the server does not acknowledge any more is to be offered again."""


class Interrupted(Event, frozen=True):
    """Offline, cut, busy, or something else that passes; `retry_after_s` is what the server asked for."""

    retry_after_s: float | None = None


class Refused(Event, frozen=True):
    """What trying again does not change: a wrong server, a refusal, a reply that cannot be trusted, a fault here."""


class Stopped(Event, frozen=True):
    """The person, or the end of their patience, asks for an end."""


EventKind = type[Event]
EVENTS: Final[tuple[EventKind, ...]] = (
    StartKnown, StartNew, Greeted, Stranger, ReplyBegan, AppliedAll, AppliedSome, ToldToHeal, Healed, Interrupted,
    Refused, Stopped,
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ actions


class Action(msgspec.Struct, frozen=True):
    """Something to do."""


class Greet(Action, frozen=True):
    """Ask the server to prove its key over the TLS certificate in use."""


class Send(Action, frozen=True):
    """Make the next request and send it."""


class Receive(Action, frozen=True):
    """Read the reply, verify it and take it."""


class Heal(Action, frozen=True):
    """Take back what the server does not acknowledge any more."""


class Wait(Action, frozen=True):
    """Wait before the next try, as `backoff.delay_s` says."""

    attempt: int
    retry_after_s: float | None


class Finish(Action, frozen=True):
    """All is exchanged."""


class GiveUp(Action, frozen=True):
    """Tell why it did not come to its end. Nothing is lost."""


class Deed(StrEnum):
    """An action by its name, as the table has it."""

    GREET = "greet"
    SEND = "send"
    RECEIVE = "receive"
    HEAL = "heal"
    WAIT = "wait"
    FINISH = "finish"
    GIVE_UP = "give up"


class Row(NamedTuple):
    """One cell of the table: where to go and what to do there."""

    next: State
    deed: Deed


# -------------------------------------------------------------------------------------------------------------- table

STRAY: Final = None
"""It cannot happen in this state."""
_GREET: Final = Row(State.GREETING, Deed.GREET)
_SEND: Final = Row(State.SENDING, Deed.SEND)
_RECEIVE: Final = Row(State.RECEIVING, Deed.RECEIVE)
_HEAL: Final = Row(State.HEALING, Deed.HEAL)
_WAIT: Final = Row(State.WAITING, Deed.WAIT)
_DONE: Final = Row(State.DONE, Deed.FINISH)
_FAILED: Final = Row(State.FAILED, Deed.GIVE_UP)

TABLE: Final[dict[State, dict[EventKind, Row | None]]] = {
    State.IDLE: {
        StartKnown: _SEND, StartNew: _GREET, Greeted: STRAY, Stranger: STRAY, ReplyBegan: STRAY, AppliedAll: STRAY,
        AppliedSome: STRAY, ToldToHeal: STRAY, Healed: STRAY, Interrupted: STRAY, Refused: STRAY,
        Stopped: _FAILED,
    },
    State.GREETING: {
        StartKnown: STRAY, StartNew: STRAY, Greeted: _SEND, Stranger: STRAY, ReplyBegan: STRAY, AppliedAll: STRAY,
        AppliedSome: STRAY, ToldToHeal: STRAY, Healed: STRAY, Interrupted: _WAIT, Refused: _FAILED,
        Stopped: _FAILED,
    },
    State.SENDING: {
        StartKnown: STRAY, StartNew: STRAY, Greeted: STRAY, Stranger: _GREET, ReplyBegan: _RECEIVE, AppliedAll: STRAY,
        AppliedSome: STRAY, ToldToHeal: STRAY, Healed: STRAY, Interrupted: _WAIT, Refused: _FAILED,
        Stopped: _FAILED,
    },
    State.RECEIVING: {
        StartKnown: STRAY, StartNew: STRAY, Greeted: STRAY, Stranger: STRAY, ReplyBegan: STRAY, AppliedAll: _DONE,
        AppliedSome: _SEND, ToldToHeal: _HEAL, Healed: STRAY, Interrupted: _WAIT, Refused: _FAILED,
        Stopped: _FAILED,
    },
    State.HEALING: {
        StartKnown: STRAY, StartNew: STRAY, Greeted: STRAY, Stranger: STRAY, ReplyBegan: STRAY, AppliedAll: STRAY,
        AppliedSome: STRAY, ToldToHeal: STRAY, Healed: _SEND, Interrupted: STRAY, Refused: _FAILED,
        Stopped: _FAILED,
    },
    State.WAITING: {
        StartKnown: _SEND, StartNew: _GREET, Greeted: STRAY, Stranger: STRAY, ReplyBegan: STRAY, AppliedAll: STRAY,
        AppliedSome: STRAY, ToldToHeal: STRAY, Healed: STRAY, Interrupted: STRAY, Refused: STRAY,
        Stopped: _FAILED,
    },
    State.DONE: dict.fromkeys(EVENTS, STRAY),
    State.FAILED: dict.fromkeys(EVENTS, STRAY),
}  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ session


class Session(msgspec.Struct, frozen=True):
    """A sync on its way: `failures` in a row, `requests` in all, and how many failures its driver bears."""

    state: State = State.IDLE
    failures: int = 0
    requests: int = 0
    failures_max: int = 0

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in (State.DONE, State.FAILED)


def step(session: Session, event: Event) -> tuple[Session, Action]:
    """The session after an event, and what to do now.

    Raises:
        RuntimeError: the event cannot come in this state; the driver is wrong.
    """
    row = TABLE[session.state][type(event)]
    if row is STRAY:
        raise RuntimeError(f"{type(event).__name__} cannot come while {session.state}")
    failures = _failures(session, event)
    spent = failures > session.failures_max or (row.deed == Deed.SEND and session.requests >= REQUESTS_MAX)
    if spent:
        row = _FAILED
    requests = session.requests + (row.deed == Deed.SEND)
    after = msgspec.structs.replace(session, state=row.next, failures=failures, requests=requests)
    return after, _action(row.deed, after, event)


def _failures(session: Session, event: Event) -> int:
    """Failures in a row: whatever got through ends the row."""
    if isinstance(event, Interrupted):
        return session.failures + 1
    return 0 if isinstance(event, AppliedAll | AppliedSome | ToldToHeal) else session.failures


def _action(deed: Deed, session: Session, event: Event) -> Action:
    match deed:
        case Deed.WAIT:
            return Wait(session.failures, event.retry_after_s if isinstance(event, Interrupted) else None)
        case Deed.GREET | Deed.SEND | Deed.RECEIVE | Deed.HEAL | Deed.FINISH | Deed.GIVE_UP:
            return _PLAIN[deed]
        case _:
            assert_never(deed)


_PLAIN: Final[dict[Deed, Action]] = {
    Deed.GREET: Greet(),
    Deed.SEND: Send(),
    Deed.RECEIVE: Receive(),
    Deed.HEAL: Heal(),
    Deed.FINISH: Finish(),
    Deed.GIVE_UP: GiveUp(),
}
