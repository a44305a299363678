/** What a doctor reads of Slack and ntfy: nothing is posted and nothing rings. */
import type { Environment } from "../core/config.ts";
import { parseJson } from "../core/json.ts";
import { text } from "../forge/fields.ts";
import type { Fetch } from "../forge/http.ts";
import * as z from "../zod.ts";
import type { NtfyFacts, SlackFacts } from "./facts.ts";
import { mapped, type Seen, saw, unseen } from "./seen.ts";

export interface Asking {
  fetch: Fetch;
  callMs: number;
}

const SLACK_API = "https://slack.com/api/";

const tested = z.object({ ok: z.literal(true), team: text, user: text });
const refusal = z.object({ ok: z.literal(false), error: z.string() });
const info = z.object({
  ok: z.literal(true),
  channel: z.object({
    name: z.nullish(z.string()),
    is_member: z.nullish(z.boolean()),
    is_archived: z.nullish(z.boolean()),
  }),
});
const history = z.object({ ok: z.literal(true), messages: z.array(z.unknown()) });

export async function readSlack(env: Environment, asking: Asking): Promise<SlackFacts | null> {
  const { SLACK_BOT_TOKEN: token, SLACK_CHANNEL: channel } = env;
  if (!token || !channel) return null;
  const call = (method: string, fields: Record<string, string>) =>
    asked(asking, `${(env.SLACK_API_URL || SLACK_API).replace(/\/*$/, "/")}${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(fields).toString(),
    });
  const [who, where] = await Promise.all([call("auth.test", {}), channelOf(channel, call)]);
  return {
    channel,
    token: orRefused(who, tested, ({ team, user }, headers) => ({ team, user, scopes: scopesIn(headers) })),
    channelInfo: where,
  };
}

/** What says that the channel is wrong, and not that we may not ask. */
const PLAIN_NO = ["channel_not_found", "not_in_channel"];

type Call = (method: string, fields: Record<string, string>) => Promise<Seen<Heard>>;

/** Whoever may not look channels up may often read the channel itself, and then is in it. */
async function channelOf(channel: string, call: Call): Promise<SlackFacts["channelInfo"]> {
  const where = orRefused(await call("conversations.info", { channel }), info, ({ channel: found }) => ({
    name: found.name ?? channel,
    isMember: found.is_member ?? true,
    isArchived: found.is_archived ?? false,
  }));
  if (!where.known || !("refused" in where.value) || PLAIN_NO.includes(where.value.refused)) return where;
  const read = await call("conversations.history", { channel, limit: "1" });
  return orRefused(read, history, () => ({ name: channel, isMember: true, isArchived: false }));
}

function orRefused<T, U>(
  heard: Seen<Heard>,
  schema: z.core.$ZodType<T>,
  map: (value: T, headers: Headers) => U,
): Seen<U | { refused: string }> {
  if (!heard.known) return heard;
  const { body, headers, status } = heard.value;
  const said = z.safeParse(refusal, body);
  if (said.success) return saw({ refused: said.data.error });
  const read = z.safeParse(schema, body);
  return read.success ? saw(map(read.data, headers)) : unseen(`${status} without Slack's words`, status);
}

function scopesIn(headers: Headers): string[] | null {
  const scopes = headers.get("x-oauth-scopes");
  return scopes === null ? null : scopes.split(",").map((scope) => scope.trim());
}

const healthy = z.object({ healthy: z.boolean() });
const letIn = z.object({ success: z.boolean() });

/** The topic's own `auth` is the read an app makes before it subscribes; a wrong token is refused there as anywhere. */
export async function readNtfy(env: Environment, asking: Asking): Promise<NtfyFacts | null> {
  const { NTFY_URL: url, NTFY_TOKEN: token } = env;
  if (!url || !URL.canParse(url)) return null;
  const { origin, pathname } = new URL(url);
  const parts = pathname.split("/").filter((part) => part !== "");
  const topic = parts.at(-1) ?? "";
  const server = `${origin}/${parts
    .slice(0, -1)
    .map((part) => `${part}/`)
    .join("")}`;
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const [health, auth] = await Promise.all([
    asked(asking, `${server}v1/health`, {}),
    topic === "" ? unseen("NTFY_URL names no topic") : asked(asking, `${server}${topic}/auth`, { headers }),
  ]);
  return {
    hasTopic: topic !== "",
    hasToken: Boolean(token),
    healthy: mapped(inWords(health, healthy), (said) => said.healthy),
    topic: mapped(inWords(auth, letIn), (said) => said.success),
  };
}

function inWords<T>(heard: Seen<Heard>, schema: z.core.$ZodType<T>): Seen<T> {
  if (!heard.known) return heard;
  const { status, body } = heard.value;
  if (status >= 300) return unseen(`it answered ${status}`, status);
  const read = z.safeParse(schema, body);
  return read.success ? saw(read.data) : unseen(`${status} without ntfy's words`);
}

export interface Heard {
  status: number;
  headers: Headers;
  /** Undefined: no JSON. */
  body: unknown;
}

/** One call with its deadline, its body included; redirects are not followed, since a token would travel. */
export async function asked({ fetch: send, callMs }: Asking, url: string, init: RequestInit): Promise<Seen<Heard>> {
  try {
    const response = await send(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(callMs) });
    return saw({ status: response.status, headers: response.headers, body: parseJson(await response.text()) });
  } catch (error) {
    return unseen(`no answer: ${reasonOf(error, callMs)}`);
  }
}

function reasonOf(error: unknown, callMs: number): string {
  if (!(error instanceof Error)) return "network error";
  if (error.name === "TimeoutError" || error.name === "AbortError") return `none within ${callMs} ms`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
