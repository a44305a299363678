import { createHash as realHash, createHmac as realHmac } from "node:crypto";
import { expect, test } from "vitest";
import { createHash, createHmac, hmac } from "./light-crypto.ts";

const TEXTS = ["", "a", "ä €\u{1f600}", '{"a":1}'.repeat(900)];
const SECRETS = ["s", "a simulated webhook secret", "x".repeat(64), "long ü".repeat(40)];

test.each(TEXTS)("a light hash is the platform's", (text) => {
  expect(createHash("sha256").update(text).digest("hex")).toBe(realHash("sha256").update(text).digest("hex"));
});

test.each(["sha1", "sha256"])("a light signature is the platform's, asked again and after another", (algorithm) => {
  for (const secret of SECRETS)
    for (const text of [...TEXTS, ...TEXTS, "b", "b"]) {
      const real = realHmac(algorithm, secret).update(text).digest();
      expect(createHmac(algorithm, secret).update(text).digest("hex")).toBe(real.toString("hex"));
      expect(hmac(algorithm, Buffer.from(secret), Buffer.from(text))).toEqual(real);
    }
});

test("what is not played throws", () => {
  expect(() => createHash("sha256").update("a").update("b")).toThrow("only the hash of one text");
  expect(() => createHash("sha256").digest("hex")).toThrow("only the hash of one text");
});
