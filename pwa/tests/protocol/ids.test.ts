import { expect } from "vitest";
import { unhex } from "../../src/protocol/bytes.ts";
import {
  derivedRecordId,
  derivedRowId,
  fingerprint,
  formId,
  keyId,
  nextTag,
} from "../../src/protocol/ids.ts";
import { type Case, codeOf, run, untagged } from "./vectors.ts";

function named(each: Case): Record<string, string> {
  switch (each.of) {
    case "key":
      return { id16: keyId(unhex(each.public_key)) };
    case "fingerprint":
      return { text: fingerprint(each.key) };
    case "form":
      return { id16: formId(untagged(each.value)) };
    case "record":
      return { id16: derivedRecordId(each.scope, each.family, each.subject, each.directive, each.period) };
    case "row":
      return { id16: derivedRowId(each.field, each.key) };
    default:
      return { next: nextTag(each.tag, each.saves) };
  }
}

run("ids", async (each) => {
  expect(await codeOf(() => named(each))).toBe(each.code ?? "valid");
  if (each.result === "valid") expect(each).toMatchObject(named(each));
});
