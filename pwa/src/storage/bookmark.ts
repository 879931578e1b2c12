/** How far the hub has been read, and what it last said of its log. */

import type { Hex } from "../protocol/bytes.ts";

export interface KnownRoot {
  readonly size: number;
  readonly root: Hex;
}

/**
 * The two cursors (sequences), the log (size, root) on which they stand, the newest that was seen, the next nonce.
 *
 * `root` is null at size 0; `newest` is null if it is (`size`, `root`).
 */
export interface Bookmark {
  readonly epoch: number;
  readonly authorityCursor: number;
  readonly changesCursor: number;
  readonly size: number;
  readonly root: Hex | null;
  readonly newest: KnownRoot | null;
  readonly nonce: Hex | null;
}

export const NOTHING_READ: Bookmark = {
  epoch: 0,
  authorityCursor: 0,
  changesCursor: 0,
  size: 0,
  root: null,
  newest: null,
  nonce: null,
};

/** Whether more was read, or seen, than before. */
export function movedFrom(before: Bookmark, after: Bookmark): boolean {
  return JSON.stringify({ ...before, nonce: null }) !== JSON.stringify({ ...after, nonce: null });
}

/** After a statement about the log. */
export function seen(bookmark: Bookmark, known: KnownRoot): Bookmark {
  const newestSize = bookmark.newest?.size ?? bookmark.size;
  return known.size <= newestSize ? bookmark : { ...bookmark, newest: known };
}

/** Read again from a place on: what was there could not be read. */
export function backTo(bookmark: Bookmark, sequence: number): Bookmark {
  return {
    ...bookmark,
    authorityCursor: Math.min(bookmark.authorityCursor, sequence),
    changesCursor: Math.min(bookmark.changesCursor, sequence),
  };
}

/** Back at a size that the server can reproduce. */
export function restarted(bookmark: Bookmark, epoch: number, size: number, root: Hex | null): Bookmark {
  return backTo({ ...bookmark, epoch, size, root, newest: null }, size);
}
