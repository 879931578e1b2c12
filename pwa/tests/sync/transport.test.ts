import { beforeAll, describe, expect, test } from "vitest";
import { encode } from "../../src/protocol/canonical.ts";
import { TAG } from "../../src/protocol/messages.ts";
import { writeBody } from "../../src/protocol/stream.ts";
import type { OpenDesk } from "../../src/storage/desk.ts";
import { sync } from "../../src/sync/client.ts";
import { Transport } from "../../src/sync/transport.ts";
import { deflate } from "../deflate.ts";
import { somebody } from "../storage/people.ts";
import { ABOUT, FORM_ID, ORIGIN, reply, Village } from "../village.ts";
import { Disk, worldOf } from "../world.ts";

const BODY = Uint8Array.of(1, 2, 3);

type Answer = (url: string, options: RequestInit) => Response | Promise<Response>;

function through(answer: Answer, origin = ORIGIN): Transport {
  return new Transport(worldOf(new Disk(), { origin, fetch: async (url, options) => answer(url, options) }));
}

function page(status: number, headers: Record<string, string> = {}, body = "<html>"): Response {
  return new Response(body, { status, headers: { "content-type": "text/html", ...headers } });
}

function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  const body = JSON.stringify({ code, detail: "Vì vậy." });
  return page(status, { "content-type": "application/problem+json", ...headers }, body);
}

describe("the way to the hub", () => {
  test.each<readonly [string, () => Response, string]>([
    ["a portal's page", () => page(200), "captive-portal"],
    ["a portal's redirect", () => page(302, { location: "http://login.example" }), "captive-portal"],
    ["a portal that says so", () => page(511), "captive-portal"],
    ["nothing that is ours", () => page(404), "captive-portal"],
    ["a proxy without a hub", () => page(502), "busy"],
    ["a fault there", () => page(500), "busy"],
    ["a hub that is busy", () => problem(503, "busy"), "busy"],
    ["a refusal", () => problem(403, "bad-signature"), "refused"],
    ["a refusal that is no JSON", () => page(400, { "content-type": "application/problem+json" }), "refused"],
  ])("tells %s apart", async (_, answer, code) => {
    await expect(through(answer).post("/v1/sync", BODY)).rejects.toMatchObject({ code });
  });

  test("keeps what the server asked for, in seconds only", async () => {
    const asked = async (text: string) => {
      const answer = () => problem(429, "quota", { "retry-after": text });
      const error = await through(answer)
        .post("/", BODY)
        .catch((each) => each);
      return error.retryAfter;
    };
    expect(await asked("7")).toBe(7);
    expect(await asked("Wed, 21 Oct 2026 07:28:00 GMT")).toBe(null);
  });

  test("is cut when the reply breaks off, and offline when there is none", async () => {
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(BODY);
        controller.error(new TypeError("network error"));
      },
    });
    const headers = { "content-type": "application/vnd.haidang.sync" };
    const cut = through(() => new Response(broken, { headers }));
    await expect(cut.post("/", BODY)).rejects.toMatchObject({ code: "cut" });
    const offline = through(() => Promise.reject(new TypeError("Failed to fetch")));
    await expect(offline.post("/", BODY)).rejects.toMatchObject({ code: "offline" });
  });

  test("carries nothing but over TLS or to this very machine (SPEC X11)", async () => {
    for (const origin of ["http://hub.example", "http://10.0.0.1:8000", "http://127.0.0.1.evil.example"]) {
      const asked = through(() => reply(BODY), origin).post("/", BODY);
      await expect(asked).rejects.toMatchObject({ code: "wrong-server" });
    }
    for (const origin of ["https://hub.example", "http://127.0.0.1:8000", "http://localhost:1"]) {
      expect(await through(() => reply(BODY), origin).post("/", BODY)).toEqual(BODY);
    }
  });

  test("counts what goes over it, and never follows, keeps or names anybody", async () => {
    let seen: RequestInit = {};
    const transport = through((_, options) => {
      seen = options;
      return reply(BODY);
    });
    await transport.post("/v1/sync", BODY);
    expect(transport.traffic).toEqual({ requests: 1, bytesUp: 3, bytesDown: 3 });
    expect(seen).toMatchObject({
      method: "POST",
      redirect: "manual",
      credentials: "omit",
      cache: "no-store",
    });
  });
});

describe("a sync with something else than the hub", () => {
  let desk: OpenDesk;
  let visits = 0;
  beforeAll(async () => {
    desk = (await somebody(await Village.make(), "Lan")).desk;
  });

  /** Save something and sync with whoever answers like this; what came of it, and where it was sent to. */
  async function met(answer: Answer) {
    const filling = await desk.fill(FORM_ID, ABOUT);
    filling.put("visits", ++visits);
    await filling.save();
    const urls: string[] = [];
    const fetch: Answer = (url, options) => {
      urls.push(new URL(url).pathname);
      return answer(url, options);
    };
    const world = worldOf(new Disk(), { origin: ORIGIN, fetch: async (url, options) => fetch(url, options) });
    const report = await sync(desk.replica, world, { failuresMax: 1 });
    const { saved, received } = desk.counts();
    expect([saved > 0, received, report.complete]).toEqual([true, 0, false]);
    return [report.error?.code, ...urls];
  }

  test("pushes nothing before the hub has proven itself", async () => {
    const other = await Village.make();
    const answer = await writeBody([{ tag: TAG.greeting, nonce: "00".repeat(16) }], deflate);
    expect(await met(() => reply(answer))).toEqual(["wrong-server", "/v1/hello"]);
    expect(await met((url, options) => other.fetch(url, options))).toEqual([
      "busy",
      "/v1/hello",
      "/v1/hello",
    ]);
    expect(await met(() => page(200))).toEqual(["captive-portal", "/v1/hello", "/v1/hello"]);
    expect(await met(() => reply(encode("rubbish")))).toEqual(["wrong-server", "/v1/hello"]);
  });

  test("doubts a hub that answers otherwise than before, and greets it again (SPEC X11)", async () => {
    await desk.replica.writing(() => desk.replica.hub.prove(ORIGIN));
    expect(await met(() => reply(encode("rubbish")))).toEqual(["broken-reply", "/v1/sync"]);
    expect(desk.replica.hub.isProven(ORIGIN)).toBe(false);
    expect((await met(() => page(200)))[1]).toBe("/v1/hello");
  });

  test("ends when the person wants it to", async () => {
    const stop = new AbortController();
    const fetch = (_: string, { signal }: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
        stop.abort();
      });
    const world = worldOf(new Disk(), { origin: ORIGIN, fetch });
    const report = await sync(desk.replica, world, { stop: stop.signal, failuresMax: 5 });
    expect([report.complete, report.requests]).toEqual([false, 0]);
  });
});
