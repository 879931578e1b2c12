/** Writes into the service worker which files the app consists of, and the digest of each. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** Where the list goes, in whatever quotes the minifier chose. */
const PLACE = /(["'`])PRECACHE\1/;
const WORKER = "sw.js";

/** The path of a file, and its digest as browsers check it. */
type Entry = readonly [path: string, integrity: string];

/** `fetchedLater` says which files are left to the network: what is used only where there is one. */
export function precache({ fetchedLater }: { fetchedLater: RegExp }): Plugin {
  let publicFolder = "";
  return {
    name: "precache",
    enforce: "post",
    apply: "build",
    configResolved(config) {
      publicFolder = config.publicDir;
    },
    generateBundle(_options, bundle) {
      const built = Object.values(bundle).filter(
        ({ fileName }) => fileName !== WORKER && !fetchedLater.test(fileName),
      );
      const entries = [
        ...built.map((file) => entry(file.fileName, file.type === "chunk" ? file.code : file.source)),
        ...readdirSync(publicFolder).map((name) => entry(name, readFileSync(join(publicFolder, name)))),
      ];
      const worker = bundle[WORKER];
      if (worker?.type !== "chunk" || !PLACE.test(worker.code))
        this.error("the worker has no place for the list");
      worker.code = worker.code.replace(PLACE, () => JSON.stringify(JSON.stringify(entries.toSorted())));
    },
  };
}

function entry(name: string, content: string | Uint8Array): Entry {
  const path = name === "index.html" ? "/" : `/${name}`;
  return [path, `sha256-${createHash("sha256").update(content).digest("base64")}`];
}
