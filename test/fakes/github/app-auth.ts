/**
 * GitHub App credentials: the app shows a JWT it signed, and gets an installation token that lives one hour. Only an
 * app's own routes take a JWT, and only they.
 */

import { isRecord } from "../forge/request-body.ts";
import { isoSeconds } from "../forge/time.ts";
import { type Answer, created, notFound, ok, refused, unplayed } from "./answer.ts";
import { type AppHook, appHookAnswer } from "./routes-hooks.ts";
import { accountView, appView } from "./views-repo.ts";
import { findAccount, findRepo, needAccount, newId, type World } from "./world.ts";

export type FakeApp = {
  id: number;
  slug: string;
  installationId: number;
  /** SPKI PEM; without it a JWT's signature is not looked at. */
  publicKey?: string;
  /** What its installations may do; else issues and contents. */
  permissions?: Record<string, string>;
  /** What its hook is told of; else issues and pushes. */
  events?: string[];
  /** Its hook; without one no address is set. */
  hook?: AppHook;
};

const NO_HOOK: AppHook = { url: "", contentType: "json", secret: "", deliveries: [] };
const HOOK_PATHS = ["/app/hook/config", "/app/hook/deliveries"];

const TOKEN_MS = 3_600_000;
const JWT_SECONDS_MAX = 660;
const DRIFT_SECONDS = 60;
const UNREADABLE = refused(401, "A JSON web token could not be decoded");

/** The login an installation token speaks for, while it lives. */
export function botOf(world: World, token: string): string | undefined {
  const held = world.state.installationTokens[token];
  return held !== undefined && world.now() < held.expiresMs ? held.login : undefined;
}

/** The answer to a request of an app's own; undefined for any other path. */
export async function appAnswer(world: World, app: FakeApp | undefined, call: AppCall): Promise<Answer | undefined> {
  const installation = /^\/repos\/([^/]+\/[^/]+)\/installation$/.exec(call.path);
  const tokens = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(call.path);
  const isHook = HOOK_PATHS.includes(call.path);
  const isMine = call.path === "/app" || isHook || installation !== null || tokens !== null;
  if (!isMine) return undefined;
  if (app === undefined || call.authorization === undefined || !(await isSigned(world, app, call.authorization)))
    return UNREADABLE;
  const bot = needAccount(world, `${app.slug}[bot]`);
  if (call.path === "/app" && call.method === "GET") {
    const { events, permissions } = app;
    return ok({
      ...appView(world, { ...app, name: app.slug }),
      ...(events === undefined ? {} : { events }),
      ...(permissions === undefined ? {} : { permissions }),
    });
  }
  if (isHook) return call.method === "GET" ? appHookAnswer(app.hook ?? NO_HOOK, call.path) : notFound;
  if (installation !== null && call.method === "GET") {
    const repo = findRepo(world, installation[1] ?? "");
    return repo?.permissions[bot.login.toLowerCase()] === undefined
      ? notFound
      : ok(installationView(world, app, repo.owner));
  }
  if (tokens === null || call.method !== "POST" || Number(tokens[1]) !== app.installationId) return notFound;
  if (isRecord(call.body) && Object.keys(call.body).length > 0) return unplayed("narrowed installation tokens");
  // Longer than 40 characters and with a dot in it, as GitHub's newer tokens are.
  const token = `ghs_${app.id}_${btoa(`{"n":${newId(world)}}`)}.${"x".repeat(80)}`;
  const expiresMs = world.now() + TOKEN_MS;
  world.state.installationTokens[token] = { login: bot.login, expiresMs };
  return created({
    token,
    expires_at: isoSeconds(expiresMs),
    permissions: { issues: "write", contents: "write" },
    repository_selection: "all",
  });
}

export type AppCall = { method: string; path: string; body: unknown; authorization: string | undefined };

async function isSigned(world: World, app: FakeApp, jwt: string): Promise<boolean> {
  const [header, payload, signature] = jwt.split(".");
  if (header === undefined || payload === undefined || signature === undefined) return false;
  let claims: unknown;
  try {
    claims = JSON.parse(new TextDecoder().decode(bytesOf(payload)));
  } catch {
    return false;
  }
  if (!isRecord(claims)) return false;
  const { iss, iat, exp } = claims;
  const nowSeconds = world.now() / 1000;
  if (typeof iat !== "number" || typeof exp !== "number" || String(iss) !== String(app.id)) return false;
  if (iat > nowSeconds + DRIFT_SECONDS || exp < nowSeconds || exp - iat > JWT_SECONDS_MAX) return false;
  if (app.publicKey === undefined) return true;
  const der = bytesOf(app.publicKey.replace(/-----[A-Z ]+-----|\s/g, ""));
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("spki", der, algorithm, false, ["verify"]);
  return crypto.subtle.verify(
    algorithm.name,
    key,
    bytesOf(signature),
    new TextEncoder().encode(`${header}.${payload}`),
  );
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function installationView(world: World, app: FakeApp, owner: string): Record<string, unknown> {
  const { api, html } = world.urls;
  const account = findAccount(world, owner);
  const url = `${api}/app/installations/${app.installationId}`;
  return {
    id: app.installationId,
    account: account === undefined ? null : accountView(world, account),
    repository_selection: "all",
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${api}/installation/repositories`,
    html_url: `${html}/settings/installations/${app.installationId}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account?.id ?? 0,
    target_type: account?.type ?? "User",
    permissions: app.permissions ?? { issues: "write", contents: "write", metadata: "read" },
    events: app.events ?? ["issues", "push"],
    created_at: isoSeconds(0),
    updated_at: isoSeconds(0),
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  };
}
