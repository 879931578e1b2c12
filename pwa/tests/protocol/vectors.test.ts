import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const vectors = new URL("../../../protocol/vectors/", import.meta.url);

test("every file of vectors is run by a test of this folder", () => {
  const files = readdirSync(vectors).filter((name) => name.endsWith(".json"));
  const tests = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".test.ts"));
  const text = tests.map((name) => readFileSync(new URL(name, import.meta.url), "utf8")).join("");
  expect(files.filter((name) => !text.includes(`run("${name.replace(".json", "")}",`))).toEqual([]);
});
