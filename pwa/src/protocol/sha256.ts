/**
 * SHA-256 (FIPS 180-4), at once and without a promise: a change set has a hash for each of its operations, and asking
 * WebCrypto for each would cost more than the hash. Nothing secret is hashed here; signatures are WebCrypto's.
 */

/** The first 32 bits of the fractional parts of the square or cube roots of the first primes. */
function fractions(count: number, power: number): Int32Array {
  const found: number[] = [];
  for (let number = 2; found.length < count; number++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= number; divisor++) prime &&= number % divisor !== 0;
    if (prime) found.push((number ** power % 1) * 2 ** 32);
  }
  return Int32Array.from(found, (fraction) => Math.floor(fraction) | 0);
}

const ROUNDS = fractions(64, 1 / 3);
const START = fractions(8, 1 / 2);
const schedule = new Int32Array(64);

/** The 32-byte hash of the parts, one behind the other. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const padded = new Uint8Array((((size + 8) >> 6) + 1) << 6);
  let end = 0;
  for (const part of parts) {
    padded.set(part, end);
    end += part.length;
  }
  padded[size] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(size / 2 ** 29));
  view.setUint32(padded.length - 4, (size << 3) >>> 0);
  const state = START.slice();
  for (let block = 0; block < padded.length; block += 64) compress(state, view, block);
  const digest = new DataView(new ArrayBuffer(32));
  for (let word = 0; word < 8; word++) digest.setInt32(4 * word, at(state, word));
  return new Uint8Array(digest.buffer);
}

function compress(state: Int32Array, view: DataView, block: number): void {
  const w = schedule;
  for (let t = 0; t < 16; t++) w[t] = view.getInt32(block + 4 * t);
  for (let t = 16; t < 64; t++) {
    const x = at(w, t - 15);
    const y = at(w, t - 2);
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[t] = at(w, t - 16) + s0 + at(w, t - 7) + s1;
  }
  let [a, b, c, d] = [at(state, 0), at(state, 1), at(state, 2), at(state, 3)];
  let [e, f, g, h] = [at(state, 4), at(state, 5), at(state, 6), at(state, 7)];
  for (let t = 0; t < 64; t++) {
    const big = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const one = (h + big + ((e & f) ^ (~e & g)) + at(ROUNDS, t) + at(w, t)) | 0;
    const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] = at(state, 0) + a;
  state[1] = at(state, 1) + b;
  state[2] = at(state, 2) + c;
  state[3] = at(state, 3) + d;
  state[4] = at(state, 4) + e;
  state[5] = at(state, 5) + f;
  state[6] = at(state, 6) + g;
  state[7] = at(state, 7) + h;
}

function at(words: Int32Array, place: number): number {
  return words[place] as number;
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}
