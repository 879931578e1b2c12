/**
 * What the protocol can refuse, each error with a stable code.
 *
 *     ProtocolError
 *     ├── MalformedError        bytes that are no value of the format
 *     │   └── NotCanonicalError bytes that are a value, but not in its one encoding
 *     ├── LimitError            more than a limit of the format allows
 *     ├── SignatureError        a signature that does not fit its bytes and key
 *     ├── KeyRefusedError       a public key that must not be enrolled
 *     ├── OfferError            no offer of enrolment, or a damaged one
 *     │   └── OfferExpiredError an offer whose time is over
 *     ├── CodeError             no typed code, or one that does not open the offer
 *     └── ProofError            a checkpoint, inclusion or consistency proof that does not hold
 */

/** Base of all refusals; `code` is stable and goes over the wire. */
export class ProtocolError extends Error {
  readonly code: string = "protocol";
}

/** The bytes are no value of the format. */
export class MalformedError extends ProtocolError {
  override readonly code: string = "malformed";
}

/** The bytes decode, but encoding the result gives other bytes (SPEC B3). */
export class NotCanonicalError extends MalformedError {
  override readonly code = "not-canonical";
}

/** A limit of the format is passed (SPEC Z). */
export class LimitError extends ProtocolError {
  override readonly code = "over-limit";
}

/** The signature does not verify. */
export class SignatureError extends ProtocolError {
  override readonly code = "bad-signature";
}

/** The public key is not canonical, or of small or mixed order (SPEC B1). */
export class KeyRefusedError extends ProtocolError {
  override readonly code = "bad-key";
}

/** The text or bytes are no offer of enrolment (SPEC E1). */
export class OfferError extends ProtocolError {
  override readonly code: string = "bad-offer";
}

/** The offer was good once. */
export class OfferExpiredError extends OfferError {
  override readonly code = "offer-expired";
}

/** The typed code is none, or does not open the offer (SPEC E4). */
export class CodeError extends ProtocolError {
  override readonly code = "bad-code";
}

/** A Merkle proof or a signed statement about the hub's log does not hold. */
export class ProofError extends ProtocolError {
  override readonly code = "bad-proof";
}

/**
 * Refuse as malformed unless something holds.
 *
 * @throws MalformedError with the sentence.
 */
export function expect(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new MalformedError(sentence);
}
