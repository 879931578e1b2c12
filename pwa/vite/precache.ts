/** Writes into the service worker which files the app consists of, and the digest of each. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** Where the list goes, in whatever quotes the minifier chose. */
const PLACE = /(["'`])PRECACHE\1/;
const WORKER = "sw.js";

/** The path of a file, and its digest as browsers check it. */
type Entry = readonly [path: string, integrity: string];

/**
 * The list is made of the files as they lie in the folder: other plugins change them until they are written.
 *
 * `fetchedLater` says which of them are left to the network: what is used only where there is one.
 */
export function precache({ fetchedLater }: { fetchedLater: RegExp }): Plugin {
  return {
    name: "precache",
    apply: "build",
    writeBundle({ dir }) {
      if (dir === undefined) return this.error("there is no folder to look into");
      const entries = filesIn(dir)
        .filter((name) => name !== WORKER && !fetchedLater.test(name))
        .map((name) => entry(name, readFileSync(join(dir, name))));
      const worker = readFileSync(join(dir, WORKER), "utf8");
      if (!PLACE.test(worker)) return this.error("the worker has no place for the list");
      const list = JSON.stringify(JSON.stringify(entries));
      writeFileSync(
        join(dir, WORKER),
        worker.replace(PLACE, () => list),
      );
    },
  };
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  return entries.map(({ name, parentPath }) => join(parentPath, name).slice(folder.length + 1)).sort();
}

function entry(name: string, content: Uint8Array): Entry {
  const path = name === "index.html" ? "/" : `/${name.replaceAll("\\", "/")}`;
  return [path, `sha256-${createHash("sha256").update(content).digest("base64")}`];
}
