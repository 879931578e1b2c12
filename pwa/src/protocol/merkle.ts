/** The Merkle tree of a server's log, RFC 6962 over SHA-256: what a client has to check (SPEC H1). Hashes are `Hex`. */

import { type Hex, hex, unhex } from "./bytes.ts";
import { ProofError } from "./errors.ts";
import { sha256 } from "./sha256.ts";

/** The root of a tree without leaves. */
export const EMPTY_ROOT: Hex = hex(sha256());

/** The hash of a leaf's data. */
export function leafHash(data: Uint8Array): Hex {
  return hex(sha256(Uint8Array.of(0), data));
}

/** The hash of an inner node. */
export function nodeHash(left: Hex, right: Hex): Hex {
  return hex(sha256(Uint8Array.of(1), unhex(left), unhex(right)));
}

/** The root over leaf hashes in their order. */
export function rootOf(leaves: readonly Hex[]): Hex {
  if (leaves.length < 2) return leaves[0] ?? EMPTY_ROOT;
  const middle = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeHash(rootOf(leaves.slice(0, middle)), rootOf(leaves.slice(middle)));
}

/**
 * Check that a leaf hash stands at `index` of the tree with this size and root (RFC 9162, 2.1.3.2).
 *
 * @throws ProofError if it does not follow from the path.
 */
export function verifyInclusion(
  leaf: Hex,
  index: number,
  size: number,
  root: Hex,
  path: readonly Hex[],
): void {
  if (index < 0 || index >= size) throw new ProofError(`a log of ${size} has no place ${index}`);
  let result = leaf;
  for (const [at, isLeft] of sides(index, size - 1, path.length).entries()) {
    const sibling = path[at] as Hex;
    result = isLeft ? nodeHash(sibling, result) : nodeHash(result, sibling);
  }
  if (result !== root) throw new ProofError("the inclusion proof does not lead to the root");
}

/** A size of a log, and the root there. */
export interface SizedRoot {
  readonly size: number;
  readonly root: Hex;
}

/**
 * Check that a later log continues an earlier one (RFC 9162, 2.1.4.2).
 *
 * @throws ProofError if it does not follow from the proof.
 */
export function verifyConsistency(first: SizedRoot, second: SizedRoot, proof: readonly Hex[]): void {
  if (first.size < 0 || first.size > second.size) {
    throw new ProofError(`a log of ${second.size} does not hold one of ${first.size}`);
  }
  if (first.size === 0 || first.size === second.size) {
    const expected = first.size === 0 ? EMPTY_ROOT : second.root;
    if (proof.length > 0 || first.root !== expected)
      throw new ProofError("these are not two sizes of one log");
    return;
  }
  let complete = 1;
  while (first.size % (2 * complete) === 0) complete *= 2;
  const [start, ...rest] = complete === first.size ? [first.root, ...proof] : proof;
  if (start === undefined) throw new ProofError("the consistency proof is empty");
  let [older, newer] = [start, start];
  const way = sides(
    (first.size - complete) / complete,
    Math.floor((second.size - 1) / complete),
    rest.length,
  );
  for (const [at, isLeft] of way.entries()) {
    const sibling = rest[at] as Hex;
    newer = isLeft ? nodeHash(sibling, newer) : nodeHash(newer, sibling);
    if (isLeft) older = nodeHash(sibling, older);
  }
  if (older !== first.root || newer !== second.root) {
    throw new ProofError("the consistency proof does not join the two roots");
  }
}

/**
 * Which siblings stand to the left on the way up from `place`, in a level whose last place is `last`.
 *
 * @throws ProofError if the way is not `length` long.
 */
function sides(place: number, last: number, length: number): boolean[] {
  const found: boolean[] = [];
  let [here, end] = [place, last];
  while (end > 0) {
    const isLeft = here % 2 === 1;
    if (isLeft || here < end) found.push(isLeft);
    here = Math.floor(here / 2);
    end = Math.floor(end / 2);
  }
  if (found.length !== length) {
    throw new ProofError(`the proof has ${length} hashes where ${found.length} are needed`);
  }
  return found;
}
