import { beforeEach, expect, test } from "vitest";
import { REPO, Scene } from "./scene.ts";

const APP = { id: 4711, slug: "afk", installationId: 99 };
let pair: CryptoKeyPair;
let scene: Scene;

beforeEach(async () => {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const spki = new Uint8Array((await crypto.subtle.exportKey("spki", pair.publicKey)) as ArrayBuffer);
  const publicKey = `-----BEGIN PUBLIC KEY-----\n${btoa(String.fromCharCode(...spki))}\n-----END PUBLIC KEY-----`;
  scene = new Scene({ app: { ...APP, publicKey } });
});

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

async function jwt(claims: Record<string, unknown> = {}): Promise<string> {
  const nowSeconds = Math.floor(scene.nowMs / 1000);
  const part = (value: unknown): string => base64url(new TextEncoder().encode(JSON.stringify(value)));
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iss: String(APP.id), iat: nowSeconds - 30, exp: nowSeconds + 570, ...claims })}`;
  const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", pair.privateKey, new TextEncoder().encode(text));
  return `${text}.${base64url(new Uint8Array(signature))}`;
}

const bearer = (token: string): Record<string, string> => ({ authorization: `bearer ${token}` });

test("an app is known by its JWT, finds its installation, and gets a token that writes in its name for an hour", async () => {
  scene.github.people.installApp(REPO, APP.slug);
  scene.issue();
  const asApp = bearer(await jwt());
  expect((await scene.call("GET", "/app", undefined, asApp)).body).toMatchObject({ id: APP.id, slug: "afk" });
  expect((await scene.get("/installation", asApp)).body).toMatchObject({ id: 99, app_id: APP.id });
  const issued = await scene.call("POST", "/app/installations/99/access_tokens", undefined, asApp);
  expect(issued).toMatchObject({ status: 201, body: { expires_at: "2026-11-01T10:00:00Z" } });
  const { token } = issued.body as { token: string };
  expect(token.length).toBeGreaterThan(40);
  const written = await scene.call("POST", `/repos/${REPO}/issues/1/comments`, { body: "beep" }, bearer(token));
  expect(written.body).toMatchObject({
    user: { login: "afk[bot]", type: "Bot" },
    performed_via_github_app: { id: APP.id },
  });
  expect((await scene.call("GET", "/user", undefined, bearer(token))).status).toBe(403);
  expect((await scene.get("/collaborators/ada/permission", bearer(token))).status).toBe(200);
  scene.later(3600);
  expect((await scene.get("", bearer(token))).status).toBe(401);
  expect(scene.github.violations).toEqual([]);
});

test.each([
  ["of another app", { iss: "1" }],
  ["that is over", { exp: 1 }],
  ["from the future", { iat: 4_000_000_000, exp: 4_000_000_500 }],
  ["that would live too long", { exp: 4_000_000_000 }],
])("a JWT %s is 401", async (_, claims) => {
  expect((await scene.call("GET", "/app", undefined, bearer(await jwt(claims)))).status).toBe(401);
});

test("a JWT with another's signature, a token where a JWT belongs, and a JWT where a token belongs are 401", async () => {
  const good = await jwt();
  const [header, payload] = good.split(".");
  expect(
    (await scene.call("GET", "/app", undefined, bearer(`${header}.${payload}.${base64url(new Uint8Array(256))}`)))
      .status,
  ).toBe(401);
  expect((await scene.call("GET", "/app")).status).toBe(401);
  expect((await scene.get("", bearer(good))).status).toBe(401);
});

test("where the app is not installed it finds no installation, and another's installation gives no token", async () => {
  expect((await scene.get("/installation", bearer(await jwt()))).status).toBe(404);
  expect((await scene.call("POST", "/app/installations/98/access_tokens", undefined, bearer(await jwt()))).status).toBe(
    404,
  );
});
