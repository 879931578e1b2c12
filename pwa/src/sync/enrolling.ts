/**
 * How a device gets its certificate: an officer's offer, the device's request under it, the officer's word (SPEC E).
 *
 * The device makes its own key and lets the offer's key certify it; then the offer's seed is forgotten. Until the officer has
 * compared the fingerprint and confirmed, everything that the device says waits. The hub needs to be believed in nothing of
 * this: an offer opens with its code alone, a genesis is checked against the hash that the offer names, and the sets of a
 * chain carry their own signatures.
 */

import type { Surroundings } from "../platform/surroundings.ts";
import { type Hex, own } from "../protocol/bytes.ts";
import { decode } from "../protocol/canonical.ts";
import {
  type Certificate,
  type CertificateFields,
  certificateId,
  certificateValue,
  genesisFromValue,
  type Rights,
  rootSetHash,
} from "../protocol/certificates.ts";
import { unitFromValue, versionAt } from "../protocol/definitions/units.ts";
import {
  checkExpiry,
  codeFromText,
  codeId,
  type Offer,
  offerFromText,
  openOffer,
} from "../protocol/enrolment.ts";
import { entryOf } from "../protocol/entries.ts";
import { type OpenedSet, seal } from "../protocol/envelope.ts";
import { OfferExpiredError, ProtocolError } from "../protocol/errors.ts";
import { FrameReader } from "../protocol/frames.ts";
import { ALGORITHM_ED25519, AUTHORITY, keyId, scopeOf } from "../protocol/ids.ts";
import { pkcs8, privateKey } from "../protocol/keys.ts";
import { ENROLMENT, type Message, type MessageOf, readMessage, TAG } from "../protocol/messages.ts";
import { CERTIFY, UNIT } from "../protocol/operations.ts";
import { readBody, writeBody } from "../protocol/stream.ts";
import { type Deployment, deploymentOf } from "../storage/deployment.ts";
import { PhoneError } from "../storage/phone.ts";
import { drawnTag, firstRows, Replica, type Signer } from "../storage/replica.ts";
import type { Row } from "../storage/tables.ts";
import { type Arrival, take, verified } from "./intake.ts";
import { problemOf, Transport } from "./transport.ts";

const NOT_FOUND = "not-found";
const NO_RIGHTS: Rights = { kinds: new Set(), roles: new Set(), scopes: new Set(), everything: false };

type EnrolMessage = MessageOf<(typeof ENROLMENT)[number]>;

/** An offer with what the hub says of it: all that a new replica stands on. */
export interface Ground {
  readonly offer: Offer;
  readonly offered: Certificate;
  readonly deployment: Deployment;
  readonly chain: readonly OpenedSet[];
}

/**
 * The ground of a scanned offer.
 *
 * @throws PhoneError `bad-offer`, `offer-expired`, `offer-unknown`, `other-hub`, or of the server and the way there.
 */
export function groundOfText(text: string, surroundings: Surroundings): Promise<Ground> {
  return orRefused(() => groundOf(offerFromText(text), surroundings));
}

/**
 * The ground of a typed code. One use: ten minutes after it was first asked for it is gone.
 *
 * @throws PhoneError `bad-code`, or as `groundOfText`.
 */
export function groundOfCode(text: string, surroundings: Surroundings): Promise<Ground> {
  return orRefused(async () => {
    const code = codeFromText(text);
    const question: MessageOf<"offerQuestion"> = { tag: TAG.offerQuestion, codeId: await codeId(code) };
    const answer = await ask(question, surroundings).catch((error) => {
      throw isNotFound(error) ? new PhoneError("bad-code") : error;
    });
    const { sealed } = one(answer, TAG.sealedOffer) as MessageOf<"sealedOffer">;
    return groundOf(await openOffer(code, sealed), surroundings);
  });
}

async function groundOf(offer: Offer, surroundings: Surroundings): Promise<Ground> {
  checkExpiry(offer, surroundings.now());
  const question: MessageOf<"groundQuestion"> = { tag: TAG.groundQuestion, certificate: offer.certificate };
  const answer = await ask(question, surroundings).catch((error) => {
    if (!isNotFound(error)) throw error;
    const isHere = new URL(offer.url).origin === surroundings.origin;
    throw isHere ? new PhoneError("offer-unknown") : new PhoneError("other-hub", offer.url);
  });
  const { genesis } = one(answer, TAG.ground) as MessageOf<"ground">;
  if (rootSetHash(genesisFromValue(decode(genesis))) !== offer.rootSetHash) {
    throw new PhoneError("other-hub", offer.url);
  }
  const chain = setsIn(answer);
  const holder = await publicKeyOf(offer.seed);
  const offered = chain
    .flatMap(certificatesIn)
    .find(({ id, offer: isOffer, key }) => id === offer.certificate && isOffer && key === keyId(holder));
  if (offered === undefined) throw new PhoneError("offer-unknown", "its certificate is not there");
  return { offer, offered, deployment: deploymentOf(genesis, offer.hub, offer.unit), chain };
}

/** The public key of a seed: WebCrypto tells it of a key that can be extracted. */
async function publicKeyOf(seed: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("pkcs8", own(pkcs8(seed)), "Ed25519", true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  const binary = atob((x ?? "").replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** The name of the offer's unit, as far as the chain tells. */
export function unitNameIn({ chain, offer }: Ground, today: string): string {
  for (const { body } of chain) {
    for (const { kind, value } of body.operations) {
      if (kind !== UNIT) continue;
      try {
        const unit = unitFromValue(value);
        const version = versionAt(unit, today) ?? unit.versions.at(-1);
        if (unit.id === offer.unit && version !== undefined) return version.name;
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    }
  }
  return "";
}

/** The rows of a new replica: its deployment, the chain, and the request for its certificate, signed by the offer's key. */
export async function rowsOfNew(ground: Ground, signer: Signer, surroundings: Surroundings): Promise<Row[]> {
  const journal = {
    read: async () => firstRows(ground.deployment),
    write: async () => undefined,
    isLoose: false,
    fold: async () => undefined,
  };
  const replica = await Replica.open(journal, signer, surroundings);
  const request = await requestUnder(ground, signer.publicKey, surroundings);
  const arrivals = [...ground.chain, request].map((opened): Arrival => ({ opened, placed: null }));
  const checked = await verified(replica, arrivals);
  const taken = await replica.writing(() => take(replica, checked));
  if (taken.refused.length + taken.aside.length > 0) throw new PhoneError("bad-offer", "a wrong signature");
  return replica.rows();
}

/** The set in which the offer's key certifies the device's (SPEC E2). */
async function requestUnder(
  { offer, offered }: Ground,
  publicKey: Uint8Array,
  surroundings: Surroundings,
): Promise<OpenedSet> {
  const value = certificateValue(deviceCertificate(offered, publicKey));
  const header = {
    key: offered.key,
    scope: scopeOf(AUTHORITY, offer.unit),
    incarnation: 0,
    position: 0,
    previous: [],
    time: surroundings.now(),
    tag: drawnTag(surroundings),
    acting: offer.certificate,
  };
  const entry = {
    kind: CERTIFY,
    record: certificateId(value),
    address: "",
    value,
    supersedes: [],
    covers: [],
  };
  const save = { form: "", time: header.time, operations: [entry], salt: null };
  return seal(header, [save], await privateKey(offer.seed));
}

/** The certificate that a device asks for under an offer: all that it grants, to be granted on by who may certify. */
function deviceCertificate(offered: Certificate, publicKey: Uint8Array): CertificateFields {
  const rights = offered.grants ?? NO_RIGHTS;
  return {
    algorithm: ALGORITHM_ED25519,
    publicKey,
    person: offered.person,
    label: offered.label,
    rights,
    grants: rights.kinds.has(CERTIFY) ? rights : null,
    unit: offered.unit,
    forms: offered.forms,
    readUntil: offered.readUntil,
    parent: offered.id,
    offer: false,
    encryptionKey: null,
    server: 0,
  };
}

function certificatesIn({ body, identities }: OpenedSet): Certificate[] {
  return body.operations.flatMap(({ kind, value }, at) => {
    return entryOf(kind, body.recordIds[at] as Hex, identities[at] as Hex, value).certify ?? [];
  });
}

// ------------------------------------------------------------------------------------------------------------- ask

async function ask(question: Message, surroundings: Surroundings): Promise<EnrolMessage[]> {
  const transport = new Transport(surroundings);
  const { deflate } = surroundings;
  const answer = await transport.post("/v1/enrol", await writeBody([question], deflate));
  const messages: EnrolMessage[] = [];
  try {
    for await (const data of readBody([answer], deflate)) messages.push(readMessage(data, ENROLMENT));
  } catch (error) {
    if (error instanceof ProtocolError)
      throw new PhoneError("broken-reply", `${error.code}: ${error.message}`);
    throw error;
  }
  return messages;
}

function one(answer: readonly EnrolMessage[], tag: number): EnrolMessage {
  const [found, ...others] = answer.filter((message) => message.tag === tag);
  if (found === undefined || others.length > 0)
    throw new PhoneError("broken-reply", "it answers something else");
  return found;
}

function setsIn(answer: readonly EnrolMessage[]): OpenedSet[] {
  const frames = new FrameReader();
  const results = answer.flatMap((message) => (message.tag === TAG.chain ? frames.read(message) : []));
  return results.flatMap(({ result }) => (result instanceof ProtocolError ? [] : [result]));
}

function isNotFound(error: unknown): boolean {
  return error instanceof PhoneError && problemOf(error) === NOT_FOUND;
}

/** What the protocol refuses, in the words of the phone. */
async function orRefused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OfferExpiredError) throw new PhoneError("offer-expired");
    if (error instanceof ProtocolError) {
      throw new PhoneError(error.code === "bad-code" ? "bad-code" : "bad-offer", error.message);
    }
    throw error;
  }
}
