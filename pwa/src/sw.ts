/**
 * The service worker: keeps the app's own files on the phone and answers with them; nothing else passes through its hands.
 *
 * A file is taken only if it has the digest that this build wrote down, so that a portal which answers every request with
 * its log-in page can neither replace nor damage the app. Files lie under path and digest: a new version is fetched
 * beside the old one, what both share is not fetched twice, and an interrupted fetch goes on where it stopped. The new
 * version takes over when a person agrees, or when the app is next opened.
 */

export {}; // a module, so that `self` can be what it is here

declare const self: ServiceWorkerGlobalScope;

const CACHE = "app";
const ENTRIES = JSON.parse("PRECACHE") as [path: string, integrity: string][];
const KEYS = new Map(ENTRIES.map(([path, integrity]) => [path, `${path}?${encodeURIComponent(integrity)}`]));
/** What the server alone answers, even if it is opened as a page. */
const NOT_OURS = /^\/(v1|odata|schema|dash|healthz|readyz|metrics)(\/|$)/;

self.addEventListener("install", (event) => event.waitUntil(fetchAll()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("message", ({ data }) => {
  if (data === "take over") void self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const answer = ours(event.request);
  if (answer !== undefined) event.respondWith(answer);
});

/** One after the other: on a bad link each file that arrived stays. */
async function fetchAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  for (const [path, integrity] of ENTRIES) {
    const key = KEYS.get(path) as string;
    if (await cache.match(key)) continue;
    const isNamedByContent = path.startsWith("/assets/");
    const response = await fetch(path, {
      integrity,
      cache: isNamedByContent ? "default" : "no-cache",
      credentials: "omit",
      redirect: "error",
    });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    await cache.put(key, response);
  }
}

/** The files of older versions go when none of their pages is open any more. */
async function takeOver(): Promise<void> {
  const cache = await caches.open(CACHE);
  const kept = new Set([...KEYS.values()].map((key) => new URL(key, self.location.origin).href));
  for (const { url } of await cache.keys()) if (!kept.has(url)) await cache.delete(url);
  await self.clients.claim();
}

function ours(request: Request): Promise<Response> | undefined {
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin || NOT_OURS.test(pathname))
    return undefined;
  const key = KEYS.get(request.mode === "navigate" ? "/" : pathname);
  return key === undefined ? undefined : stored(key, request);
}

async function stored(key: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(key)) ?? fetch(request);
}
