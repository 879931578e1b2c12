/** A server proves who it is, before anything is pushed to it (SPEC H3, X11). */

import { type Hex, hex } from "../protocol/bytes.ts";
import { HUB, RELAY } from "../protocol/certificates.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { FrameReader } from "../protocol/frames.ts";
import { ID16 } from "../protocol/ids.ts";
import { publicKey } from "../protocol/keys.ts";
import type { Ledger } from "../protocol/ledger.ts";
import { HELLO, readMessage, TAG } from "../protocol/messages.ts";
import { HELLO as HELLO_STATEMENT, type Signed, verify } from "../protocol/statements.ts";
import { readBody, writeBody } from "../protocol/stream.ts";
import { PhoneError } from "../storage/phone.ts";
import type { Replica } from "../storage/replica.ts";
import { type Arrival, take, verified } from "./intake.ts";
import type { Transport } from "./transport.ts";

/**
 * Ask the server at the app's own origin to prove that it is the hub, and remember that it was.
 *
 * A page does not see the TLS certificate: that the connection is one of this origin is the browser's word (ADR 8).
 *
 * @throws PhoneError `wrong-server`: it is not the hub of this deployment.
 */
export async function greet(replica: Replica, transport: Transport): Promise<void> {
  const { origin, deflate } = transport;
  const nonce = hex(replica.chance.random(ID16));
  const body = await writeBody([{ tag: TAG.greeting, nonce }], deflate);
  const reply = await transport.post("/v1/hello", body);
  try {
    const { arrivals, signed } = await read(reply, transport);
    const checked = await verified(replica, arrivals);
    await replica.writing(() => take(replica, checked));
    const key = await serverKey(replica.ledger, replica.deployment.hub);
    if (signed === null || key === undefined) throw new PhoneError("wrong-server", origin);
    const hello = await verify(HELLO_STATEMENT, signed, key);
    if (hello.server !== replica.deployment.hub || hello.callerNonce !== nonce) {
      throw new PhoneError("wrong-server", origin);
    }
  } catch (error) {
    if (error instanceof ProtocolError) throw new PhoneError("wrong-server", `${origin}: ${error.message}`);
    throw error;
  }
  await replica.writing(() => replica.hub.prove(origin));
}

async function read(reply: Uint8Array, { deflate }: Transport) {
  const frames = new FrameReader();
  const arrivals: Arrival[] = [];
  let signed: Signed | null = null;
  for await (const data of readBody([reply], deflate)) {
    const message = readMessage(data, HELLO);
    if (message.tag === TAG.answer) signed = { data: message.hello, signature: message.signature };
    if (message.tag !== TAG.chain) continue;
    for (const { result } of frames.read(message)) {
      if (!(result instanceof ProtocolError)) arrivals.push({ opened: result, placed: null });
    }
  }
  return { arrivals, signed };
}

/** The key of a server, if a certificate for a server counts for it (SPEC H3). */
export async function serverKey({ book, genesis }: Ledger, server: Hex): Promise<CryptoKey | undefined> {
  const raw = book.publicKey(server);
  const serves = [...new Set([genesis.top, ...book.units()])].some((unit) =>
    (book.view(unit).counted.get(server) ?? []).some(({ certificate }) => isServer(certificate.server)),
  );
  return raw === undefined || !serves ? undefined : publicKey(raw);
}

function isServer(kind: number): boolean {
  return kind === HUB || kind === RELAY;
}
