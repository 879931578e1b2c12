import { expect, test } from "vitest";
import { hex } from "../../src/protocol/bytes.ts";
import { encodeBody } from "../../src/protocol/columns-writing.ts";
import {
  encodeHeader,
  type OpenedSet,
  openSet,
  redact,
  saveTime,
  seal,
  verify,
} from "../../src/protocol/envelope.ts";
import { privateKey, verifyingKey } from "../../src/protocol/keys.ts";
import { SLOT_CLASS, UNKNOWN } from "../../src/protocol/operations.ts";
import { type Case, casesOf, codeOf, run, tagged, unpacked } from "./vectors.ts";

async function openedAndVerified(each: Case): Promise<OpenedSet> {
  const { header, signature, structure, values } = each;
  const opened = openSet({
    header: unpacked(header),
    signature: unpacked(signature),
    structure: unpacked(structure),
    values: unpacked(values),
  });
  await verify(opened, await verifyingKey(unpacked(each.public_key)));
  return opened;
}

/** The saves of a set as they could have been given to `seal`. */
function savesOf({ body, ...opened }: OpenedSet) {
  return body.counts.map((count, save) => {
    const start = body.saveOf.indexOf(save);
    return {
      form: body.forms[save] as string,
      time: saveTime({ body, ...opened }, save),
      operations: body.operations.slice(start, start + count),
      salt: body.salts.get(save) ?? null,
    };
  });
}

run("sets", async (each) => {
  expect(await codeOf(() => openedAndVerified(each))).toBe(each.code ?? "valid");
  if (each.result !== "valid") return;
  const opened = await openedAndVerified(each);
  const { body, parts } = opened;
  expect(opened.id).toBe(each.set_id);
  expect(openSet(redact(opened)).id).toBe(each.set_id);
  expect(hex(encodeHeader(opened.header))).toBe(hex(parts.header));
  if (body.redacted === null) {
    const written = encodeBody(savesOf(opened));
    expect([hex(written.structure), hex(written.values)]).toEqual([hex(parts.structure), hex(parts.values)]);
  }
  if ("leaves" in each) {
    expect(opened.leaves.map(hex)).toEqual(each.leaves);
    expect(body.forms.map((_, at) => saveTime(opened, at))).toEqual(each.times);
    const operations = body.operations.map((operation, at) => [
      SLOT_CLASS.get(operation.kind) ?? UNKNOWN,
      body.recordIds[at],
      tagged(body.addresses[at] ?? null),
      operation.kind,
    ]);
    expect(operations).toEqual(each.operations);
  }
});

const seeds = [1, 2].map((byte) => new Uint8Array(32).fill(byte));

test("what is sealed is what the vectors hold, signature included", async () => {
  const keys = await Promise.all(seeds.map(privateKey));
  const authors = ["ones", "twos"].map(
    (name) => casesOf("keys").find(({ id }) => id === `key-${name}`)?.public_key,
  );
  const valid = casesOf("sets").filter(({ result }) => result === "valid");
  let sealed = 0;
  for (const each of valid) {
    const key = keys[authors.indexOf(each.public_key)];
    const opened = await openedAndVerified(each);
    if (key === undefined || opened.body.redacted !== null) continue;
    const again = await seal(opened.header, savesOf(opened), key);
    expect(again).toEqual(opened);
    sealed += 1;
  }
  expect(sealed).toBeGreaterThan(20);
});

test("a set without saves is not sealed", async () => {
  const [key] = await Promise.all(seeds.map(privateKey));
  const first = openSet((await openedAndVerified(casesOf("sets")[0] as Case)).parts);
  expect(await codeOf(() => seal(first.header, [], key as CryptoKey))).toBe("malformed");
});
