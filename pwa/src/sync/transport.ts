/**
 * The way to the hub: the app's own origin, over `fetch`. Foreign errors end here.
 *
 * Redirects are never followed: no server of ours sends them, captive portals do.
 */

import type { Surroundings } from "../platform/surroundings.ts";
import { own } from "../protocol/bytes.ts";
import { MESSAGE_BYTES_MAX } from "../protocol/limits.ts";
import type { Deflate } from "../protocol/stream.ts";
import { PhoneError } from "../storage/phone.ts";

export const MEDIA_TYPE = "application/vnd.haidang.sync";
const PROBLEM = "application/problem+json";
const REPLY_BYTES_MAX = MESSAGE_BYTES_MAX + 64 * 1024;
/** How long a connection may give no byte before it counts as cut. */
const SILENCE_S = 60;
/** What passes by itself. */
const PASSING = [408, 429, 502, 503, 504, 507];
const PORTAL = 511;

/** What went over the wire, without heads: a page does not see those. */
export interface Traffic {
  requests: number;
  bytesUp: number;
  bytesDown: number;
}

export class Transport {
  readonly origin: string;
  readonly deflate: Deflate;
  readonly traffic: Traffic = { requests: 0, bytesUp: 0, bytesDown: 0 };
  readonly #fetch: Surroundings["fetch"];
  readonly #stop: AbortSignal | null;

  /** @param stop ends what is on its way. */
  constructor({ origin, deflate, fetch }: Surroundings, stop: AbortSignal | null = null) {
    [this.origin, this.deflate, this.#stop] = [origin, deflate, stop];
    this.#fetch = (url, options) => fetch(url, options);
  }

  /** Send a small question; the whole answer. */
  async post(path: string, body: Uint8Array): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of await this.open(path, body)) pieces.push(piece);
    return new Uint8Array(await new Blob(pieces.map(own)).arrayBuffer());
  }

  /**
   * Send a request; when this resolves, the reply begins.
   *
   * @throws PhoneError of the server or the way there; while the reply is read too.
   */
  async open(path: string, body: Uint8Array): Promise<AsyncIterable<Uint8Array>> {
    if (!isTrustworthy(this.origin)) throw new PhoneError("wrong-server", this.origin);
    const patience = new Patience(this.#stop);
    try {
      const response = await this.#fetch(this.origin + path, {
        method: "POST",
        body: own(body),
        headers: { "Content-Type": MEDIA_TYPE, Accept: MEDIA_TYPE },
        redirect: "manual",
        credentials: "omit",
        cache: "no-store",
        signal: patience.signal,
      });
      this.traffic.requests += 1;
      this.traffic.bytesUp += body.length;
      await refuseForeign(response, this.origin);
      return this.#pieces(response, patience);
    } catch (error) {
      patience.end();
      throw ours(error, "offline");
    }
  }

  async *#pieces(response: Response, patience: Patience): AsyncGenerator<Uint8Array> {
    let left = REPLY_BYTES_MAX;
    const reader = response.body?.getReader();
    try {
      for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
        patience.renew();
        left -= next.value.length;
        if (left < 0) throw new PhoneError("broken-reply", "larger than any can be");
        this.traffic.bytesDown += next.value.length;
        yield next.value;
      }
    } catch (error) {
      throw ours(error, "cut");
    } finally {
      patience.end();
      reader?.cancel().catch(() => undefined);
    }
  }
}

/** Ends a request on which nothing happens for long, or that nobody wants any more. */
class Patience {
  readonly #abort = new AbortController();
  readonly #stop: AbortSignal | null;
  readonly #stopped = () => this.#abort.abort();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stop: AbortSignal | null) {
    this.#stop = stop;
    if (stop?.aborted) this.#stopped();
    stop?.addEventListener("abort", this.#stopped);
    this.renew();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Something was heard. */
  renew(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#stopped, 1000 * SILENCE_S);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#stop?.removeEventListener("abort", this.#stopped);
  }
}

/** Whether what is sent there is read by nobody else: TLS, or this very machine. */
function isTrustworthy(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  const isHere = hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
  return protocol === "https:" || (protocol === "http:" && isHere);
}

/** Refuse what is no reply of the protocol. */
async function refuseForeign(response: Response, origin: string): Promise<void> {
  const { status } = response;
  const kind = (response.headers.get("content-type") ?? "").split(";")[0]?.trim();
  if (kind === PROBLEM) return refuse(response);
  const place = `${origin}: HTTP ${status} ${kind}`;
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400) || status === PORTAL) {
    throw new PhoneError("captive-portal", place);
  }
  if (PASSING.includes(status)) throw new PhoneError("busy", place, retryAfter(response));
  if (status >= 500) throw new PhoneError("busy", place);
  if (status !== 200 || kind !== MEDIA_TYPE) throw new PhoneError("captive-portal", place);
}

/** Throw what a problem document says. */
async function refuse(response: Response): Promise<never> {
  const problem: unknown = await response.json().catch(() => null);
  const { code, detail } = (problem ?? {}) as { code?: unknown; detail?: unknown };
  const text = [code ?? `http-${response.status}`, detail ?? ""].join(": ");
  if (PASSING.includes(response.status) || response.status >= 500) {
    throw new PhoneError("busy", text, retryAfter(response));
  }
  throw new PhoneError("refused", text);
}

/** The stable code of a refusal. */
export function problemOf(error: PhoneError): string {
  return error.code === "refused" ? (error.detail.split(":")[0] ?? "") : "";
}

/** The seconds of a Retry-After header; a date in it would need a clock that can be trusted, so it is not read. */
function retryAfter(response: Response): number | null {
  const text = response.headers.get("retry-after") ?? "";
  return /^\d+$/.test(text) ? Number(text) : null;
}

function ours(error: unknown, code: string): PhoneError {
  return error instanceof PhoneError ? error : new PhoneError(code, String(error));
}
