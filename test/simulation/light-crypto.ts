/**
 * (node) The few hashes and signatures that are asked for in here, at one go and off the thread pool: a seed makes
 * hundreds. light-crypto.test.ts holds them against the platform's own.
 */
import { hash } from "node:crypto";

export { timingSafeEqual } from "node:crypto";

export function createHash(algorithm: string) {
  return oneText((text) => hash(algorithm, text, "hex"));
}

/** The last one is remembered: what was signed is verified next. */
let last: { algorithm: string; secret: string; text: string; digest: string } | null = null;

export function createHmac(algorithm: string, secret: string) {
  return oneText((text) => {
    if (last?.text === text && last.secret === secret && last.algorithm === algorithm) return last.digest;
    const digest = hmac(algorithm, encoder.encode(secret), encoder.encode(text)).toString("hex");
    last = { algorithm, secret, text, digest };
    return digest;
  });
}

/** As far as anything here goes: one text, and its digest in hex. */
function oneText(digestOf: (text: string) => string) {
  let whole: string | null = null;
  return {
    update(text: string) {
      if (whole !== null || typeof text !== "string") throw new Error("only the hash of one text is played");
      whole = text;
      return this;
    },
    digest(encoding: "hex") {
      if (whole === null || encoding !== "hex") throw new Error("only the hash of one text is played, in hex");
      return digestOf(whole);
    },
  };
}

const BLOCK_BYTES = 64;
const encoder = new TextEncoder();

/** RFC 2104, for SHA-1 and SHA-256, whose blocks are of one size. */
export function hmac(algorithm: string, secret: Uint8Array, data: Uint8Array): Buffer {
  const { before, after } = padsOf(algorithm, secret);
  const inner = hash(algorithm, Buffer.concat([before, data]), "buffer");
  return hash(algorithm, Buffer.concat([after, inner]), "buffer");
}

interface Pads {
  algorithm: string;
  secret: Uint8Array;
  before: Uint8Array;
  after: Uint8Array;
}

/** There are as many secrets as forges. */
const pads: Pads[] = [];
const PADS_KEPT = 8;

function padsOf(algorithm: string, secret: Uint8Array): Pads {
  const known = pads.find((one) => one.algorithm === algorithm && Buffer.compare(one.secret, secret) === 0);
  if (known) return known;
  const key = secret.length > BLOCK_BYTES ? hash(algorithm, secret, "buffer") : secret;
  const made = { algorithm, secret: secret.slice(), before: padded(key, 0x36), after: padded(key, 0x5c) };
  if (pads.length >= PADS_KEPT) pads.shift();
  pads.push(made);
  return made;
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES).fill(pad);
  for (const [at, byte] of key.entries()) block[at] = byte ^ pad;
  return block;
}
