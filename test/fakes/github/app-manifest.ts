/**
 * GitHub's manifest flow: a browser brings a manifest to /settings/apps/new, the person agrees, GitHub sends the browser
 * back with a code, and whoever holds the code exchanges it, once and within an hour, for the App it made. The key it hands
 * out is PKCS#1, as GitHub's is.
 */
import { isRecord } from "../forge/request-body.ts";
import { isoSeconds } from "../forge/time.ts";
import { type Answer, created, notFound } from "./answer.ts";
import type { FakeApp } from "./app-auth.ts";
import { appView } from "./views-repo.ts";
import { newId, type World } from "./world.ts";

export type Manifests = Map<string, { manifest: Record<string, unknown>; endsMs: number }>;

const CODE_MS = 3_600_000;
const NEW_APP = "/settings/apps/new";
/** What stands before the PKCS#1 key in a PKCS#8 one of 2048 bits. */
const WRAPPING_BYTES = 26;

/** A page, and no part of the API. */
export function isManifestPage({ method, url }: Request): boolean {
  return method === "POST" && url.includes(NEW_APP) && new URL(url).pathname === NEW_APP;
}

/** A person who agrees at once. */
export async function manifestPage(world: World, manifests: Manifests, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const text = new URLSearchParams(await request.text()).get("manifest");
  const manifest: unknown = JSON.parse(text ?? "null");
  if (!isRecord(manifest) || typeof manifest.redirect_url !== "string")
    return new Response("the manifest lacks its redirect_url", { status: 422 });
  if (typeof manifest.url !== "string") return new Response("the manifest lacks its url", { status: 422 });
  const code = `code${newId(world)}`;
  manifests.set(code, { manifest, endsMs: world.now() + CODE_MS });
  const back = new URL(manifest.redirect_url);
  back.searchParams.set("code", code);
  const state = url.searchParams.get("state");
  if (state !== null) back.searchParams.set("state", state);
  return new Response(null, { status: 302, headers: { location: back.href } });
}

const CONVERSION = /^\/app-manifests\/([^/]+)\/conversions$/;

export function isConversion({ method, path }: { method: string; path: string }): boolean {
  return method === "POST" && CONVERSION.test(path);
}

/** The exchange of a code: it takes no credential but that code. */
export async function conversionAnswer(
  world: World,
  manifests: Manifests,
  { path }: { path: string },
): Promise<{ answer: Answer; app?: FakeApp }> {
  const code = CONVERSION.exec(path)?.[1] ?? "";
  const held = manifests.get(code);
  manifests.delete(code);
  if (held === undefined || world.now() > held.endsMs) return { answer: notFound };
  const { manifest } = held;
  const { default_permissions: permissions, default_events: events, hook_attributes: hook, name } = manifest;
  const id = newId(world);
  const slug = String(name ?? "app")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  const { pem, publicKey } = await newKey();
  const secret = `whsec${id}${"0".repeat(32)}`;
  const url = isRecord(hook) && typeof hook.url === "string" ? hook.url : "";
  const app: FakeApp = {
    ...{ id, slug, installationId: newId(world), publicKey },
    permissions: isRecord(permissions)
      ? Object.fromEntries(Object.entries(permissions).map(([k, v]) => [k, String(v)]))
      : {},
    events: Array.isArray(events) ? events.map(String) : [],
    hook: { url, contentType: "json", secret, deliveries: [] },
  };
  const at = isoSeconds(world.now());
  return {
    app,
    answer: created({
      ...appView(world, { id, slug, name: String(name ?? slug) }),
      ...{ permissions: app.permissions, events: app.events, created_at: at, updated_at: at },
      ...{ client_id: `Iv1.${id}`, client_secret: `cs${id}`, webhook_secret: secret, pem },
    }),
  };
}

async function newKey(): Promise<{ pem: string; publicKey: string }> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048 };
  const exponent = { publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = await crypto.subtle.generateKey({ ...algorithm, ...exponent }, true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("no pair of keys was made");
  const [pkcs8, spki] = await Promise.all([
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
    crypto.subtle.exportKey("spki", pair.publicKey),
  ]);
  return {
    pem: pemOf("RSA PRIVATE KEY", bytesOf(pkcs8).slice(WRAPPING_BYTES)),
    publicKey: pemOf("PUBLIC KEY", bytesOf(spki)),
  };
}

function bytesOf(key: unknown): Uint8Array {
  if (key instanceof ArrayBuffer) return new Uint8Array(key);
  throw new Error("the key came in another form");
}

function pemOf(label: string, der: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...der)).replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}
