/**
 * One sync, performed: the session says what to do, this does it and tells the session what came of it.
 *
 * Whatever happens on the way, what is held stays held: sets are sealed and on the disk before they are sent, a reply is
 * taken in one step or not at all, and what was sent without a receipt is sent again by the next sync.
 */

import type { Surroundings } from "../platform/surroundings.ts";
import type { Hex } from "../protocol/bytes.ts";
import type { MessageOf } from "../protocol/messages.ts";
import { movedFrom } from "../storage/bookmark.ts";
import { PhoneError, type SyncProgress, type SyncReport } from "../storage/phone.ts";
import type { Replica } from "../storage/replica.ts";
import { delaySeconds } from "./backoff.ts";
import { greet, serverKey } from "./greeting.ts";
import { healFrom, needsProbe } from "./healing.ts";
import { type Applied, apply, listen } from "./replies.ts";
import { build, type Request, unsent, type Wishes } from "./requests.ts";
import { type Action, type Event, isOver, newSession, type Session, step } from "./session.ts";
import { problemOf, Transport } from "./transport.ts";

/** The first request and reply are small, so that own work is received and what is new is seen soon on a weak link. */
const PUSH_FIRST = 64 * 1024;
const PULL_FIRST = 32 * 1024;
/** A request or reply of this size gets through even where connections break all the time. */
const BYTES_MIN = 32 * 1024;
const PUSH_MAX = 1024 * 1024;
/** What comes down is taken in one step: a phone should not be busy with one for long. */
const PULL_MAX = 256 * 1024;
/** Replies in a row that moved nothing, before the sync ends. */
const STALLS_MAX = 3;
/** Broken requests since something moved, before the sync ends: a link may pass small replies and cut every large one. */
const BREAKS_MAX = 6;
/** How often a server may lose some of its log within one sync. */
const HEALS_MAX = 3;
/** Failures in a row that are waited out while the app is open. */
export const FAILURES_MAX = 2;
const UNKNOWN_KEY = "unknown-key";
const RESEND = "resend";
/** Of these codes trying again may help. */
const PASSING: readonly string[] = ["offline", "captive-portal", "cut", "busy"];
/** Of these the server has to prove itself anew. */
const DOUBTFUL: readonly string[] = ["wrong-server", "broken-reply"];

interface Options {
  readonly watch?: (progress: SyncProgress) => void;
  readonly stop?: AbortSignal;
  readonly failuresMax?: number;
}

/** Seal what is saved and exchange everything with the hub. Never rejects for what network or server do. */
export async function sync(
  replica: Replica,
  surroundings: Surroundings,
  { watch = () => undefined, stop = new AbortController().signal, failuresMax = FAILURES_MAX }: Options = {},
): Promise<SyncReport> {
  return new SyncClient(replica, surroundings, watch, stop, failuresMax).sync();
}

class SyncClient {
  readonly #replica: Replica;
  readonly #world: Surroundings;
  readonly #watch: (progress: SyncProgress) => void;
  readonly #stop: AbortSignal;
  readonly #transport: Transport;
  #session: Session;
  #wishes: Wishes = {
    pushBytes: PUSH_FIRST,
    pullBytes: PULL_FIRST,
    whole: new Set(),
    heldBack: new Set(),
    chain: false,
    probe: false,
  };
  #request: Request | null = null;
  #reply: AsyncIterable<Uint8Array> | null = null;
  #lost: MessageOf<"heal"> | null = null;
  #retryAfter: number | null = null;
  #stalls = 0;
  #breaks = 0;
  readonly #report = {
    error: null as PhoneError | null,
    sealed: 0,
    received: 0,
    fresh: 0,
    healed: 0,
    heldBack: new Map<Hex, string>(),
    diverged: new Set<Hex>(),
  };

  constructor(
    replica: Replica,
    world: Surroundings,
    watch: (progress: SyncProgress) => void,
    stop: AbortSignal,
    failuresMax: number,
  ) {
    [this.#replica, this.#world, this.#watch, this.#stop] = [replica, world, watch, stop];
    this.#transport = new Transport(world, stop);
    this.#session = newSession(failuresMax);
  }

  async sync(): Promise<SyncReport> {
    try {
      this.#report.sealed = await this.#replica.seal();
      let event = this.#start();
      while (!isOver(this.#session)) {
        const [next, action] = step(this.#session, this.#stop.aborted ? "stopped" : event);
        this.#session = next;
        this.#tell(0, null);
        if (!isOver(next)) event = await this.#do(action);
      }
      if (this.#session.state === "done") this.#report.error = null;
      await this.#replica.tidy();
    } catch (error) {
      if (!(error instanceof PhoneError)) throw error;
      this.#report.error = error; // this device: nothing is lost, nothing goes on
    }
    const { heldBack, diverged, ...report } = this.#report;
    return {
      ...report,
      ...this.#transport.traffic,
      complete: report.error === null && this.#session.state === "done",
      heldBack: heldBack.size,
      diverged: [...diverged],
    };
  }

  #start(): Event {
    return this.#replica.hub.isProven(this.#transport.origin) ? "startKnown" : "startNew";
  }

  /** Perform an action; the event that it leads to. */
  async #do(action: Action): Promise<Event> {
    try {
      return await this.#perform(action);
    } catch (error) {
      if (!(error instanceof PhoneError)) throw error;
      this.#report.error = error;
      this.#retryAfter = error.retryAfter;
      if (DOUBTFUL.includes(error.code)) {
        await this.#replica.writing(() => this.#replica.hub.doubt(this.#transport.origin));
      }
      if (this.#stop.aborted) return "stopped";
      this.#breaks += 1;
      if (!PASSING.includes(error.code) || this.#breaks > BREAKS_MAX) return "refused";
      if (error.code !== "busy") {
        this.#stalls = 0; // the nonce went with the reply: that the next one is withheld is no fault of the server
        this.#wish({
          pushBytes: Math.max(Math.floor(this.#wishes.pushBytes / 2), BYTES_MIN),
          pullBytes: Math.max(Math.floor(this.#wishes.pullBytes / 2), BYTES_MIN),
        });
      }
      return "interrupted";
    } finally {
      if (action !== "send") this.#replica.underWay = new Set();
    }
  }

  async #perform(action: Action): Promise<Event> {
    switch (action) {
      case "greet":
        await greet(this.#replica, this.#transport);
        return "greeted";
      case "send":
        return this.#send();
      case "receive":
        return this.#receive();
      case "heal":
        return this.#mend();
      case "wait":
        return this.#wait();
      default:
        throw new Error(`${action} is no action to perform`);
    }
  }

  // ------------------------------------------------------------------------------------------------------ actions

  /** Send a request; with the certificates a second time if the server does not know the key. */
  async #send(): Promise<Event> {
    try {
      await this.#open();
    } catch (error) {
      const isUnknown = error instanceof PhoneError && problemOf(error) === UNKNOWN_KEY;
      if (!isUnknown || this.#wishes.chain) throw error;
      this.#wish({ chain: true });
      await this.#open();
    }
    return "replyBegan";
  }

  async #open(): Promise<void> {
    const request = await build(this.#replica, this.#wishes, this.#world.deflate);
    this.#request = request;
    this.#replica.underWay = new Set(request.frames);
    this.#replica.changed();
    this.#tell(0, request.body.length);
    this.#reply = await this.#transport.open("/v1/sync", request.body);
    this.#tell(request.body.length, request.body.length);
  }

  async #receive(): Promise<Event> {
    const [replica, request, reply] = [this.#replica, this.#request, this.#reply];
    const key = await serverKey(replica.ledger, replica.deployment.hub);
    if (key === undefined) throw new PhoneError("wrong-server", this.#transport.origin);
    if (request === null || reply === null) throw new Error("nothing was sent");
    const { hub } = replica.deployment;
    const said = await listen(reply, request, hub, key, this.#world.deflate, (sets) =>
      this.#tell(sets, null),
    );
    const before = replica.hub.bookmark;
    const applied = await replica.inTurn(() => apply(replica, said, request, key));
    this.#note(applied);
    if (applied.heal !== null) {
      this.#lost = applied.heal;
      return "toldToHeal";
    }
    const moved = applied.fresh + applied.receipted > 0 || movedFrom(before, replica.hub.bookmark);
    this.#stalls = moved ? 0 : this.#stalls + 1;
    if (moved) this.#breaks = 0;
    if (this.#stalls > STALLS_MAX) throw new PhoneError("broken-reply", "it never comes to an end");
    const again = applied.more || applied.withheld || this.#wishes.probe || this.#isLeftToPush();
    return again ? "appliedSome" : "appliedAll";
  }

  async #mend(): Promise<Event> {
    const lost = this.#lost;
    if (lost === null || this.#report.healed >= HEALS_MAX) {
      throw new PhoneError("broken-reply", "it asks to be healed again and again");
    }
    if (!this.#wishes.probe && needsProbe(this.#replica, lost)) {
      this.#wish({ probe: true });
    } else {
      await this.#replica.inTurn(() => healFrom(this.#replica, lost));
      this.#report.healed += 1;
      this.#wish({ probe: false });
    }
    return "healed";
  }

  async #wait(): Promise<Event> {
    const [drawn = 0] = this.#world.random(1);
    const seconds = delaySeconds(this.#session.failures, drawn / 256, this.#retryAfter);
    const stopped = new Promise<void>((resolve) =>
      this.#stop.addEventListener("abort", () => resolve(), { once: true }),
    );
    await Promise.race([this.#world.wait(seconds), stopped]);
    return this.#stop.aborted ? "stopped" : this.#start();
  }

  // ------------------------------------------------------------------------------------------------------- wishes

  /** What was taken, what was not, and what the next request is like for that. */
  #note(applied: Applied): void {
    const [report, wishes] = [this.#report, this.#wishes];
    report.fresh += applied.fresh;
    report.received += applied.receipted;
    for (const scope of applied.diverged) report.diverged.add(scope);
    const refused = [...applied.refused];
    const isAnew = ([id, code]: readonly [Hex, string]) => code === RESEND && !wishes.whole.has(id);
    const hopeless = refused.filter((each) => !isAnew(each));
    for (const [id, code] of hopeless) report.heldBack.set(id, code);
    this.#wish({
      whole: new Set([...wishes.whole, ...refused.filter(isAnew).map(([id]) => id)]),
      heldBack: new Set([...wishes.heldBack, ...hopeless.map(([id]) => id)]),
      chain: false,
      pushBytes: Math.min(2 * wishes.pushBytes, PUSH_MAX),
      pullBytes: Math.min(2 * wishes.pullBytes, PULL_MAX),
    });
  }

  #isLeftToPush(): boolean {
    return unsent(this.#replica).some((id) => !this.#wishes.heldBack.has(id));
  }

  #wish(changes: Partial<Wishes>): void {
    this.#wishes = { ...this.#wishes, ...changes };
  }

  #tell(done: number, total: number | null): void {
    const { bytesUp, bytesDown } = this.#transport.traffic;
    this.#watch({ state: this.#session.state, done, total, bytesUp, bytesDown });
  }
}
