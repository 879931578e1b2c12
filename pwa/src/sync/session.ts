/**
 * One sync as a state machine: events in, actions out. No network, disk, clock or randomness.
 *
 * Everything that the session can do stands in `TABLE`: for each state and each event the next state and what to do. The
 * table is complete; what cannot happen in a state is null there and a programming error. Two things beside the state are
 * counted: failures in a row, for the backoff, and requests, so that a server that always has more cannot hold a phone for ever.
 *
 *     idle, waiting ── known server ──────────────► sending ── reply begins ──► receiving ── applied ──► done
 *           └───────── new server ──► greeting ── greeted ──┘                       ├─ more to exchange ──► sending
 *                                                                                   └─ the server lost some ──► healing ──► sending
 *     greeting, sending, receiving ── interrupted ──► waiting          any ── refused, stopped, out of patience ──► failed
 */

/** Requests in one sync; at the smallest budget that is still more than 600 MiB. */
export const REQUESTS_MAX = 10_000;

export type State = "idle" | "greeting" | "sending" | "receiving" | "healing" | "waiting" | "done" | "failed";

/** What happened; `interrupted` is what passes, `refused` what trying again does not change, `stopped` the person's wish. */
export type Event =
  | "startKnown"
  | "startNew"
  | "greeted"
  | "replyBegan"
  | "appliedAll"
  | "appliedSome"
  | "toldToHeal"
  | "healed"
  | "interrupted"
  | "refused"
  | "stopped";

/** What to do now. */
export type Action = "greet" | "send" | "receive" | "heal" | "wait" | "finish" | "giveUp";

type Cell = readonly [next: State, action: Action] | null;

const GREET = ["greeting", "greet"] as const;
const SEND = ["sending", "send"] as const;
const RECEIVE = ["receiving", "receive"] as const;
const HEAL = ["healing", "heal"] as const;
const WAIT = ["waiting", "wait"] as const;
const DONE = ["done", "finish"] as const;
const FAILED = ["failed", "giveUp"] as const;
const STRAY: Readonly<Record<Event, Cell>> = {
  startKnown: null,
  startNew: null,
  greeted: null,
  replyBegan: null,
  appliedAll: null,
  appliedSome: null,
  toldToHeal: null,
  healed: null,
  interrupted: null,
  refused: null,
  stopped: null,
};

export const TABLE: Readonly<Record<State, Readonly<Record<Event, Cell>>>> = {
  idle: { ...STRAY, startKnown: SEND, startNew: GREET, stopped: FAILED },
  greeting: { ...STRAY, greeted: SEND, interrupted: WAIT, refused: FAILED, stopped: FAILED },
  sending: { ...STRAY, replyBegan: RECEIVE, interrupted: WAIT, refused: FAILED, stopped: FAILED },
  receiving: {
    ...STRAY,
    appliedAll: DONE,
    appliedSome: SEND,
    toldToHeal: HEAL,
    interrupted: WAIT,
    refused: FAILED,
    stopped: FAILED,
  },
  healing: { ...STRAY, healed: SEND, refused: FAILED, stopped: FAILED },
  waiting: { ...STRAY, startKnown: SEND, startNew: GREET, stopped: FAILED },
  done: STRAY,
  failed: STRAY,
};

/** A sync on its way: `failures` in a row, `requests` in all, and how many failures its driver bears. */
export interface Session {
  readonly state: State;
  readonly failures: number;
  readonly requests: number;
  readonly failuresMax: number;
}

/** Before the first event. */
export function newSession(failuresMax = 0): Session {
  return { state: "idle", failures: 0, requests: 0, failuresMax };
}

/** Whether nothing more will come of it. */
export function isOver({ state }: Session): boolean {
  return state === "done" || state === "failed";
}

/** The session after an event, and what to do now. */
export function step(session: Session, event: Event): readonly [Session, Action] {
  const cell = TABLE[session.state][event];
  if (cell === null) throw new Error(`${event} cannot come while ${session.state}`);
  const failures = failuresAfter(session.failures, event);
  const isSpent = failures > session.failuresMax || (cell[1] === "send" && session.requests >= REQUESTS_MAX);
  const [state, action] = isSpent ? FAILED : cell;
  const requests = session.requests + (cell[1] === "send" ? 1 : 0);
  return [{ ...session, state, failures, requests }, action];
}

/** Failures in a row: whatever got through ends the row. */
function failuresAfter(failures: number, event: Event): number {
  if (event === "interrupted") return failures + 1;
  return event === "appliedAll" || event === "appliedSome" || event === "toldToHeal" ? 0 : failures;
}
