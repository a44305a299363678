/** The sweep of a loop that is a GitHub App: one token for all repos of an account, kept from one sweep to the next. */
import { evictDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { openWorld } from "./world.ts";

const PKCS8 = {
  name: "RSASSA-PKCS1-v1_5",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
};
const NAMES = ["octo/one", "octo/two", "octo/three"];

async function keys(): Promise<{ privateKey: string; publicKey: string }> {
  const pair = (await crypto.subtle.generateKey(PKCS8, true, ["sign", "verify"])) as CryptoKeyPair;
  const pem = async (format: "pkcs8" | "spki", key: CryptoKey, called: string) => {
    const der = (await crypto.subtle.exportKey(format, key)) as ArrayBuffer;
    const base64 = btoa(String.fromCharCode(...new Uint8Array(der)));
    return `-----BEGIN ${called} KEY-----\n${base64.match(/.{1,64}/g)?.join("\n")}\n-----END ${called} KEY-----\n`;
  };
  return {
    privateKey: await pem("pkcs8", pair.privateKey, "PRIVATE"),
    publicKey: await pem("spki", pair.publicKey, "PUBLIC"),
  };
}

it("costs one request a repo, and after the first sweep one that is free", async () => {
  const { privateKey, publicKey } = await keys();
  const app = { id: 4711, slug: "afk-loop-app", installationId: 99, publicKey };
  const world = openWorld(
    {
      AFK_ALLOWLIST: NAMES.map((name) => `github:${name}`).join(","),
      GITHUB_TOKEN: undefined,
      GITHUB_APP_ID: "4711",
      GITHUB_APP_PRIVATE_KEY: privateKey,
    },
    "github",
    app,
  );
  for (const name of NAMES) world.people.addRepo({ name, permissions: { "afk-loop-app[bot]": "write" } });
  const sweep = async () => {
    world.asked.length = 0;
    await world.sweep();
    return world.asked.map((one) => one.replace("https://api.github.test", "")).filter((one) => one.includes("/"));
  };
  const first = await sweep();
  expect(first.filter((one) => one.endsWith("/access_tokens"))).toHaveLength(1);
  expect(first.filter((one) => one.endsWith("/installation"))).toHaveLength(3);
  world.nowMs += 60_000;
  expect(await sweep()).toEqual(NAMES.map((name) => `GET /repos/${name}/issues`));
  expect(world.github.log.slice(-3).map(({ status }) => status)).toEqual([304, 304, 304]);
  // Who has forgotten the token asks for one, and for nothing else.
  await evictDurableObject(world.fleet());
  world.nowMs += 60_000;
  expect(await sweep()).toEqual([
    "POST /app/installations/99/access_tokens",
    ...NAMES.map((name) => `GET /repos/${name}/issues`),
  ]);
  // Made anew, the installation has another number; whoever believed the old one finds it a sweep later, and not an hour.
  app.installationId = 100;
  await evictDurableObject(world.fleet());
  await sweep();
  expect((await sweep()).filter((one) => one === "POST /app/installations/100/access_tokens")).toHaveLength(1);
});
