/** One request: the prelude, the certificates if need be, and sets that the hub has not receipted (SPEC X2, X3). */

import type { Hex } from "../protocol/bytes.ts";
import type { SetBytes } from "../protocol/envelope.ts";
import { FrameWriter, type Outgoing, writeGroups } from "../protocol/frames.ts";
import { AUTHORITY, scopeKind } from "../protocol/ids.ts";
import { GROUP_FRAMES_MAX, OWN_TIPS_MAX, RECEIPTS_MAX } from "../protocol/limits.ts";
import { encodeMessage, type Message, type MessageOf, TAG } from "../protocol/messages.ts";
import { type OwnTip, PRELUDE, type Prelude, sign } from "../protocol/statements.ts";
import { type Deflate, requestDigest, writeBody } from "../protocol/stream.ts";
import { tipsOf } from "../storage/own-logs.ts";
import type { Replica } from "../storage/replica.ts";

/** Sets in one request, whatever their size. */
const SETS_MAX = 4_096;

/**
 * What the next request shall be like.
 *
 * `pushBytes` and `pullBytes` bound what goes up (as stored) and down (as packed); `whole` are sets to be sent with their
 * whole headers, `heldBack` those that the server does not take now; `chain` asks for the certificates, `probe` for nothing
 * but where a server that lost some of its log can go on.
 */
export interface Wishes {
  readonly pushBytes: number;
  readonly pullBytes: number;
  readonly whole: ReadonlySet<Hex>;
  readonly heldBack: ReadonlySet<Hex>;
  readonly chain: boolean;
  readonly probe: boolean;
}

/** A request as it goes out; `frames` are the ids of its sets by frame number. */
export interface Request {
  readonly body: Uint8Array;
  readonly digest: Hex;
  readonly frames: readonly Hex[];
  readonly namedNonce: boolean;
}

/** Make the next request. */
export async function build(replica: Replica, wishes: Wishes, deflate: Deflate): Promise<Request> {
  const tips = ownTips(replica);
  const chain = wishes.probe ? [] : certificateChain(replica, wishes.chain);
  const ids = wishes.probe ? [] : toPush(replica, wishes, new Set(chain));
  const whole = ids.filter((id) => wishes.whole.has(id));
  const rest = ids.filter((id) => !wishes.whole.has(id));
  const messages: Message[] = [
    ...chainMessage(replica, chain),
    // Groups of one set each, so that no header leaves anything out.
    ...outgoing(replica, whole).map((set) => new FrameWriter().group([set])),
    ...writeGroups(outgoing(replica, rest), { key: replica.key, tips }),
  ];
  const receipts = wishes.probe ? replica.hub.receipts().slice(-RECEIPTS_MAX) : [];
  if (receipts.length > 0) {
    const all = receipts.map(({ data, signature }) => ({ receipt: data, signature }));
    messages.push({ tag: TAG.receipts, receipts: all } as MessageOf<"receipts">);
  }
  const digest = requestDigest(messages.map(encodeMessage));
  const { data, signature } = await sign(PRELUDE, preludeOf(replica, wishes, tips, digest), replica.signing);
  const opening: MessageOf<"opening"> = { tag: TAG.opening, prelude: data, signature };
  const body = await writeBody([opening, ...messages], deflate);
  return {
    body,
    digest,
    frames: [...chain, ...whole, ...rest],
    namedNonce: replica.hub.bookmark.nonce !== null,
  };
}

function preludeOf(
  replica: Replica,
  { pullBytes, probe }: Wishes,
  tips: readonly OwnTip[],
  digest: Hex,
): Prelude {
  const { epoch, authorityCursor, changesCursor, size, root, newest, nonce } = replica.hub.bookmark;
  const whole: Prelude = {
    server: replica.deployment.hub,
    key: replica.key,
    nonce,
    epoch,
    authorityCursor,
    changesCursor,
    size,
    root,
    newest,
    tips,
    exceptions: [...replica.hub.catchingUp].sort().map(([scope, cursor]) => ({ scope, cursor })),
    budget: pullBytes,
    digest,
    checkpoints: [],
  };
  if (!probe) return whole;
  // Asking for the newest reproducible state says nothing of the one that is not: X9.
  return { ...whole, size: 0, root: null, newest: null, budget: 0, checkpoints: replica.hub.checkpoints() };
}

/** The tips of the own logs as far as the hub has acknowledged them (SPEC X7), or as many as may be named. */
function ownTips({ store, hub, key }: Replica): OwnTip[] {
  const found = [...store.scopes()].sort().flatMap((scope) => {
    const placed = store.ofKey(scope, key).filter(({ facts }) => hub.placed(facts.id) !== null);
    const positions = new Map(placed.map(({ facts }) => [facts.id, facts]));
    return tipsOf(placed).map((id): OwnTip => {
      const { incarnation = 0, position = 0 } = positions.get(id) ?? {};
      return { scope, incarnation, position, id };
    });
  });
  return found.slice(0, OWN_TIPS_MAX);
}

/** Unsent sets as far as the wish goes, at least one; authority first, predecessors before what follows them. */
function toPush(replica: Replica, wishes: Wishes, chain: ReadonlySet<Hex>): Hex[] {
  const found: Hex[] = [];
  let left = wishes.pushBytes;
  for (const id of unsent(replica)) {
    if (wishes.heldBack.has(id) || chain.has(id)) continue;
    const size = sizeOf(replica.store.parts(id) as SetBytes);
    if (found.length > 0 && (left < size || found.length === SETS_MAX)) break;
    found.push(id);
    left -= size;
  }
  return found;
}

/** The sets without a place at the hub, in the order of sending: authority as it was stored, then log by log. */
export function unsent({ store, hub }: Replica): Hex[] {
  const waiting = store.inOrder.filter((id) => hub.placed(id) === null);
  const facts = waiting.flatMap((id) => store.held(id)?.facts ?? []);
  const isAuthority = (scope: Hex) => scopeKind(scope) === AUTHORITY;
  const reports = facts
    .filter(({ scope }) => !isAuthority(scope))
    .sort(
      (one, other) =>
        compare(one.key, other.key) ||
        compare(one.scope, other.scope) ||
        one.incarnation - other.incarnation ||
        one.position - other.position,
    );
  return [...facts.filter(({ scope }) => isAuthority(scope)), ...reports].map(({ id }) => id);
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

function sizeOf({ header, signature, structure, values }: SetBytes): number {
  return header.length + signature.length + structure.length + values.length;
}

function outgoing({ store }: Replica, ids: readonly Hex[]): Outgoing[] {
  return ids.map((id) => ({ id, parts: store.parts(id) as SetBytes }));
}

/** The sets as the group that goes before all others. */
export function chainMessage(replica: Replica, ids: readonly Hex[]): Message[] {
  if (ids.length === 0) return [];
  const group = new FrameWriter().group(outgoing(replica, ids));
  return [{ ...group, tag: TAG.chain } as MessageOf<"chain">];
}

/** The ids of the sets that certify the own key, the root's first; without `allOfIt` those that the hub may not know. */
export function certificateChain(replica: Replica, allOfIt: boolean): Hex[] {
  const chain = replica.certificateChain();
  const wanted = allOfIt ? chain : chain.filter((id) => replica.hub.placed(id) === null);
  return wanted.slice(0, GROUP_FRAMES_MAX);
}
