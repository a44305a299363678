/** What a release says is to be typed and read is there. */
import { expect, test } from "vitest";
import { asHere as packed } from "../../scripts/start/packed-parts.ts";
import { asHere as plain } from "../../scripts/start/parts.ts";

test.each([
  ["set AFK_PUBLIC_URL, then npm run setup makes it", "set AFK_PUBLIC_URL, then afk-loop setup makes it"],
  [
    "set them (docs/github.md, docs/forgejo.md); for an App: npm run setup -- --repo github:owner/name",
    "set them (the repo's docs/github.md, the repo's docs/forgejo.md); for an App: afk-loop setup --repo github:owner/name",
  ],
  ["make a new token (docs/t3.md#a-token)", "make a new token (the repo's docs/t3.md#a-token)"],
  ["  lend setup a token: T=… npm run setup", "  lend setup a token: T=… afk-loop setup"],
  ["by hand (README.md#arm-it):", "by hand (README.md#arm-it):"],
  ["https://forge.example/docs/x.md", "https://forge.example/docs/x.md"],
  ["on Cloudflare npm run deploy", "on Cloudflare npm run deploy"],
])("%s", (words, there) => {
  expect(packed(words)).toBe(there);
  expect(plain(words)).toBe(words);
});
