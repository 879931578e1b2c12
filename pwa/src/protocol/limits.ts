/** Limits of the format (SPEC Z). Constants of the protocol: no server lowers them. */

/** Bytes of header, signature, structure and values of one change set together. */
export const SET_BYTES_MAX = 256 * 1024;
export const SET_OPERATIONS_MAX = 512;
export const SET_REFERENCES_MAX = 4_096;
export const PREDECESSORS_MAX = 64;
/** Arrays inside arrays, the outermost counted. */
export const NESTING_MAX = 8;
/** UTF-8 bytes of a field name, role, link kind, set element or natural key in all. */
export const IDENTIFIER_BYTES_MAX = 64;
/** UTF-8 bytes of one text value. */
export const TEXT_BYTES_MAX = 16 * 1024;
export const INTEGER_MAX = Number.MAX_SAFE_INTEGER;
/** Largest step of one `count` operation, either way. */
export const COUNT_MAX = 10 ** 6;
/** Bytes of one sync request or reply, inflated. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of the prelude, and of the certificates behind it: what a server reads of a caller that has proven nothing. */
export const UNPROVEN_MESSAGE_BYTES_MAX = 256 * 1024;
export const GROUP_FRAMES_MAX = 64;
/** Own tips that a prelude names. */
export const OWN_TIPS_MAX = 2_048;
/** Older checkpoints that a prelude names after `heal`. */
export const CHECKPOINTS_MAX = 64;
/** Receipts in one message. */
export const RECEIPTS_MAX = 1_000;
export const BUNDLE_BLOCK_BYTES_MAX = 512 * 1024;
export const ATTACHMENT_BYTES_MAX = 25 * 1024 * 1024;
