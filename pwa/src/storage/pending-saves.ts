/** The saves that are durable and not sealed yet. Rows, not rules. */

import type { Hex } from "../protocol/bytes.ts";
import { type PendingSave, saveCodec } from "./drafts.ts";
import type { Table, Tables } from "./tables.ts";

export class PendingSaves {
  readonly #table: Table<PendingSave>;

  constructor(tables: Tables) {
    this.#table = tables.table("w", saveCodec);
  }

  get size(): number {
    return this.#table.size;
  }

  /** Those of a scope, oldest first. */
  of(scope: Hex): PendingSave[] {
    return this.#table.values().filter((save) => save.scope === scope);
  }

  get(scope: Hex, tag: Hex): PendingSave | undefined {
    return this.#table.get(nameOf({ scope, tag }));
  }

  scopes(): Hex[] {
    return [...new Set(this.#table.values().map(({ scope }) => scope))].sort();
  }

  add(save: PendingSave): void {
    this.#table.put(nameOf(save), save);
  }

  /** Forget saves: they are sealed, or were before. */
  drop(saves: readonly PendingSave[]): void {
    for (const save of saves) this.#table.delete(nameOf(save));
  }

  /** Forget those of which a set holds every operation. */
  dropHeld(scope: Hex, identities: readonly Hex[]): void {
    const held = new Set(identities);
    this.drop(this.of(scope).filter((save) => save.identities.every((each) => held.has(each))));
  }
}

function nameOf({ scope, tag }: Pick<PendingSave, "scope" | "tag">): string {
  return `${scope}.${tag}`;
}
