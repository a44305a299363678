/**
 * A GitHub App by its manifest: a page on this machine sends the browser to GitHub with what the App is to be, the person
 * agrees there, GitHub sends the browser back here with a code, and the code is exchanged for the App's id, key and
 * webhook secret. The page listens on loopback alone, for one App, and for as long as the code would live.
 *
 *   GET / .................. the form, which sends itself off
 *   GET /made, our state ... the code is exchanged; then it is over
 *   GET /made, another ..... 400: nobody's code but the one that was asked for
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { id } from "../../forge/fields.ts";
import type { Fetch } from "../../forge/http.ts";
import * as z from "../../zod.ts";
import { APP_PERMISSIONS } from "../github/rights.ts";
import { hookUrl } from "../hook-address.ts";
import { EVENTS } from "../hook-events.ts";
import { asked } from "../read-notifiers.ts";

export interface AppWish {
  apiUrl: string;
  /** Null: a person's own App. */
  organization: string | null;
  publicUrl: string | null;
  merges: boolean;
}

export interface MadeApp {
  id: string;
  slug: string;
  pem: string;
  webhookSecret: string | null;
  installUrl: string;
}

interface Asking {
  fetch: Fetch;
  callMs: number;
  state: string;
  /** Told where the page is. */
  onPage: (url: string) => void;
  signal: AbortSignal;
}

const HOST = "127.0.0.1";
const HOMEPAGE = "https://github.com";

const conversion = z.object({
  id,
  slug: z.string(),
  html_url: z.url(),
  pem: z.string().check(z.includes("PRIVATE KEY")),
  webhook_secret: z.nullish(z.string()),
});

/** Resolves with the App, or with why there is none. */
export async function makeApp(wish: AppWish, asking: Asking): Promise<MadeApp | { why: string }> {
  const made = Promise.withResolvers<MadeApp | { why: string }>();
  const server = createServer((request, response) => {
    answer(wish, asking, portOf(server), request, response)
      .then((app) => app !== null && made.resolve(app))
      .catch((error: unknown) => made.resolve({ why: error instanceof Error ? error.message : "the page failed" }));
  });
  const giveUp = () => made.resolve({ why: "nobody came back from GitHub" });
  asking.signal.addEventListener("abort", giveUp, { once: true });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  asking.onPage(`http://${HOST}:${portOf(server)}/`);
  try {
    return await made.promise;
  } finally {
    asking.signal.removeEventListener("abort", giveUp);
    server.close();
    server.closeIdleConnections();
  }
}

async function answer(
  wish: AppWish,
  asking: Asking,
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<MadeApp | { why: string } | null> {
  const url = new URL(request.url ?? "/", `http://${HOST}:${port}`);
  // Any site may point a name of its own at this machine.
  if (request.headers.host !== url.host || request.method !== "GET") return page(response, 400, "not asked for");
  if (url.pathname === "/") return page(response, 200, formOf(wish, asking.state, `http://${HOST}:${port}/made`));
  if (url.pathname !== "/made") return page(response, 404, "nothing here");
  const code = url.searchParams.get("code");
  if (url.searchParams.get("state") !== asking.state || code === null)
    return page(response, 400, "this is not the answer that was asked for");
  const app = await exchanged(wish, asking, code);
  page(response, "why" in app ? 502 : 200, "why" in app ? escaped(app.why) : DONE(app));
  return app;
}

const DONE = ({ slug, installUrl }: MadeApp) =>
  `The App ${escaped(slug)} is made. <a href="${escaped(installUrl)}">Install it</a> in the repos, then go on in the terminal.`;

async function exchanged(wish: AppWish, asking: Asking, code: string): Promise<MadeApp | { why: string }> {
  const url = `${wish.apiUrl}/app-manifests/${encodeURIComponent(code)}/conversions`;
  const headers = { accept: "application/vnd.github+json", "user-agent": "afk-loop", "content-length": "0" };
  const heard = await asked(asking, url, { method: "POST", headers });
  if (!heard.known) return { why: heard.why };
  const read = conversion.safeParse(heard.value.body);
  if (!read.success) return { why: `GitHub did not make the App (${heard.value.status})` };
  const { slug, pem, webhook_secret, html_url } = read.data;
  return {
    id: read.data.id,
    slug,
    pem,
    webhookSecret: webhook_secret ?? null,
    installUrl: `${html_url}/installations/new`,
  };
}

/** Where people go, of an API's address. */
export function htmlUrl(apiUrl: string): string {
  const { protocol, host, pathname } = new URL(apiUrl);
  if (host === "api.github.com") return HOMEPAGE;
  return `${protocol}//${host.replace(/^api\./, "")}${pathname.replace(/\/api\/v3\/?$/, "").replace(/\/$/, "")}`;
}

function manifestOf({ publicUrl, merges }: AppWish, redirectUrl: string): Record<string, unknown> {
  const needed = { ...APP_PERMISSIONS, administration: "read", deployments: "read", merge_queues: "read" };
  return {
    name: "AFK loop",
    url: publicUrl ?? HOMEPAGE,
    redirect_url: redirectUrl,
    public: false,
    default_permissions: merges ? { ...needed, contents: "write" } : needed,
    ...(publicUrl === null
      ? {}
      : { hook_attributes: { url: hookUrl(publicUrl, "github"), active: true }, default_events: EVENTS.github.asked }),
  };
}

function formOf(wish: AppWish, state: string, redirectUrl: string): string {
  const where = wish.organization === null ? "" : `/organizations/${encodeURIComponent(wish.organization)}`;
  const action = `${htmlUrl(wish.apiUrl)}${where}/settings/apps/new?state=${encodeURIComponent(state)}`;
  const manifest = escaped(JSON.stringify(manifestOf(wish, redirectUrl)));
  return `<form action="${escaped(action)}" method="post"><input type="hidden" name="manifest" value="${manifest}">
<button>Go on to GitHub</button></form><script>document.forms[0].submit()</script>`;
}

function page(response: ServerResponse, status: number, body: string): null {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8", connection: "close" });
  response.end(`<!doctype html><meta charset="utf-8"><title>AFK loop</title><p>${body}</p>`);
  return null;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}
