/**
 * Change sets to groups and back: on the wire a header leaves out what the receiver knows (SPEC X3).
 *
 * A head is the whole header (bin), or one of three shorter forms:
 *
 * - `d`: follows the frame before: the same log, position + 1, that frame's id as predecessor, `d` seconds later, the tag
 *   after that frame's last one;
 * - `[d, tag]`: the same, with another tag (another opening);
 * - `[j, tag, time]`: follows tip j that the prelude names, by the prelude's key, outside authority scopes.
 *
 * What does not restore bit for bit is sent whole: the writer tries before it leaves anything out. A restoration that turns
 * out wrong at the receiver means "send it again in full", never blame.
 */

import { concat, type Hex, hex, sameBytes, unhex } from "./bytes.ts";
import { decodeLoosely } from "./canonical.ts";
import {
  decodeHeader,
  encodeHeader,
  type Header,
  type OpenedSet,
  openSet,
  type SetBytes,
} from "./envelope.ts";
import { MalformedError, ProtocolError } from "./errors.ts";
import { AUTHORITY, nextTag, scopeKind } from "./ids.ts";
import { SIGNATURE_BYTES } from "./keys.ts";
import { GROUP_FRAMES_MAX, INTEGER_MAX } from "./limits.ts";
import { type Columns, type Group, type Head, type Places, TAG } from "./messages.ts";
import type { OwnTip } from "./statements.ts";

/** A writer closes a group at this size, so that a cut connection costs little: a receiver commits whole groups. */
export const GROUP_BYTES = 64 * 1024;

/** Where a set stands in the server's log: its sequence, when it was received (seconds), its verdict code. */
export interface Place {
  readonly sequence: number;
  readonly received: number;
  readonly verdict: number;
}

/** A set to be written; `place` in replies only. */
export interface Outgoing {
  readonly id: Hex;
  readonly parts: SetBytes;
  readonly place?: Place;
}

/**
 * What came of one frame: a well-formed set whose signature is not checked yet, or the error.
 *
 * `number` counts from 0 over all groups of the request or reply. If `restored` and anything is wrong, the signature
 * included, the sender is asked for the set in full.
 */
export interface Frame {
  readonly number: number;
  readonly restored: boolean;
  readonly result: OpenedSet | ProtocolError;
  readonly place: Place | null;
}

/** The frame before, as far as the next one needs it. */
interface Before {
  readonly header: Header;
  readonly id: Hex;
  readonly saves: number;
}

/** The key and the tips of the prelude; for a reply there are none. */
export interface Named {
  readonly key: Hex | null;
  readonly tips: readonly OwnTip[];
}

const NOTHING_NAMED: Named = { key: null, tips: [] };

/**
 * The header that a head stands for.
 *
 * @throws MalformedError, LimitError if it stands for none here.
 */
function restore(head: Head, before: Before | null, { key, tips }: Named): Uint8Array {
  if (head instanceof Uint8Array) return head;
  const [first, tag, time, ...rest] = typeof head === "number" ? [head] : head;
  if (typeof first === "number" && rest.length === 0) {
    if (tag === undefined && before !== null && typeof head === "number") {
      return following(before, first, nextTag(before.header.tag, before.saves));
    }
    if (tag instanceof Uint8Array && time === undefined && before !== null) {
      return following(before, first, hex(tag));
    }
    const tip = tips[first];
    const isWhole = tag instanceof Uint8Array && typeof time === "number";
    if (isWhole && key !== null && tip !== undefined && scopeKind(tip.scope) !== AUTHORITY) {
      const { scope, incarnation, position, id } = tip;
      const place = { key, scope, incarnation, position: position + 1, previous: [id] };
      return encodeHeader({ ...place, time, tag: hex(tag), acting: null });
    }
  }
  throw new MalformedError("the head of a frame stands for no header here");
}

function following({ header, id }: Before, delta: number, tag: Hex): Uint8Array {
  const place = { position: header.position + 1, previous: [id] };
  return encodeHeader({ ...header, ...place, time: header.time + delta, tag });
}

// ---------------------------------------------------------------------------------------------------------- write

/**
 * Write sets as groups, each header in its shortest form.
 *
 * @param sets in the order in which they shall arrive; either all have a place or none has.
 */
export function* writeGroups(sets: Iterable<Outgoing>, named: Named = NOTHING_NAMED): Generator<Group> {
  const writer = new FrameWriter(named);
  let batch: Outgoing[] = [];
  let size = 0;
  for (const outgoing of sets) {
    batch.push(outgoing);
    size += Object.values(outgoing.parts as object).reduce((sum, part) => sum + part.length, 0);
    if (batch.length < GROUP_FRAMES_MAX && size < GROUP_BYTES) continue;
    yield writer.group(batch);
    batch = [];
    size = 0;
  }
  if (batch.length > 0) yield writer.group(batch);
}

/** Writes the groups of one message, one after the other. */
export class FrameWriter {
  readonly #named: Named;
  #before: Before | null = null;

  constructor(named: Named = NOTHING_NAMED) {
    this.#named = named;
  }

  /** Write 1 to 64 sets as one group. */
  group(sets: readonly Outgoing[]): Group {
    return {
      tag: TAG.group,
      signatures: concat(...sets.map(({ parts }) => parts.signature)),
      structures: sets.map(({ parts }) => parts.structure),
      heads: sets.map((outgoing) => this.#head(outgoing)),
      values: sets.map(({ parts }) => parts.values),
      places: writePlaces(sets.flatMap(({ place }) => place ?? [])),
    };
  }

  #head({ id, parts }: Outgoing): Head {
    const header = decodeHeader(parts.header);
    const shortest = this.#shorter(header).find((head) => this.#restores(head, parts.header));
    this.#before = { header, id, saves: savesIn(parts.structure) };
    return shortest ?? parts.header;
  }

  /** Heads that might do, shortest first. */
  #shorter({ previous, time, tag }: Header): Head[] {
    const before = this.#before;
    if (previous.length !== 1) return [];
    if (before !== null && previous[0] === before.id) {
      const delta = time - before.header.time;
      return Math.abs(delta) <= INTEGER_MAX ? [delta, [delta, unhex(tag)]] : [];
    }
    const at = this.#named.tips.findLastIndex((tip) => tip.id === previous[0]);
    return at < 0 ? [] : [[at, unhex(tag), time]];
  }

  #restores(head: Head, whole: Uint8Array): boolean {
    try {
      return sameBytes(restore(head, this.#before, this.#named), whole);
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    }
  }
}

/** How many saves a well-formed structure holds: one more than there are minutes between them. */
function savesIn(structure: Uint8Array): number {
  const saves = decodeLoosely(structure) as unknown as readonly (readonly (readonly unknown[])[])[];
  return (saves[3]?.[2]?.length ?? 0) + 1;
}

function writePlaces(places: readonly Place[]): Places | null {
  if (places.length === 0) return null;
  return {
    sequences: differences(places.map(({ sequence }) => sequence)),
    received: differences(places.map(({ received }) => received)),
    verdicts: places.map(({ verdict }) => verdict),
  };
}

function differences(column: readonly number[]): number[] {
  return column.map((value, at) => value - (column[at - 1] ?? 0));
}

// ----------------------------------------------------------------------------------------------------------- read

/** Reads the groups of one message, one after the other. */
export class FrameReader {
  readonly #named: Named;
  #before: Before | null = null;
  #number = 0;

  constructor(named: Named = NOTHING_NAMED) {
    this.#named = named;
  }

  /** Each frame of a group, in order. */
  read(group: Columns): Frame[] {
    const places = group.places && readPlaces(group.places);
    return group.heads.map((head, at) => {
      const signature = group.signatures.slice(at * SIGNATURE_BYTES, (at + 1) * SIGNATURE_BYTES);
      const [structure, values] = [group.structures[at] as Uint8Array, group.values[at] as Uint8Array];
      return {
        number: this.#number++,
        restored: !(head instanceof Uint8Array),
        result: this.#open(head, { signature, structure, values }),
        place: places?.[at] ?? null,
      };
    });
  }

  #open(head: Head, parts: Omit<SetBytes, "header">): OpenedSet | ProtocolError {
    const before = this.#before;
    this.#before = null;
    try {
      const opened = openSet({ header: restore(head, before, this.#named), ...parts });
      this.#before = { header: opened.header, id: opened.id, saves: opened.body.forms.length };
      return opened;
    } catch (error) {
      if (error instanceof ProtocolError) return error;
      throw error;
    }
  }
}

function readPlaces({ sequences, received, verdicts }: Places): Place[] {
  let [sequence, time] = [0, 0];
  return verdicts.map((verdict, at) => {
    sequence += sequences[at] as number;
    time += received[at] as number;
    return { sequence, received: time, verdict };
  });
}
