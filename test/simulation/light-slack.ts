/**
 * Slack's client as far as lib/notify/slack-call.ts asks: the same request leaves, and the same answer or the same error
 * comes back. light-slack.test.ts holds the two against each other. It logs nothing, has no queue and never tries again;
 * whatever else it does not play throws.
 */
import { stringify } from "node:querystring";
import {
  WebClient as RealWebClient,
  SlackError,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from "@slack/web-api";

export {
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from "@slack/web-api";

type Fields = Record<string, unknown>;

interface Settings {
  slackApiUrl?: string;
  fetch: (url: string, init: object) => Promise<Response>;
  timeout: number;
  retryConfig: { retries: number };
  rejectRateLimitedCalls: boolean;
  allowAbsoluteUrls: boolean;
}

const API_URL = "https://slack.com/api/";
/** Slack's client calls other methods in ways of their own. */
const METHODS = ["chat.postMessage", "chat.update", "conversations.history", "conversations.replies"];

export class WebClient {
  readonly #settings: Settings;
  readonly #url: string;
  readonly #headers: Record<string, string>;

  constructor(token: string, settings: Settings) {
    const { slackApiUrl = API_URL, retryConfig, rejectRateLimitedCalls, allowAbsoluteUrls } = settings;
    if (retryConfig.retries !== 0 || !rejectRateLimitedCalls || allowAbsoluteUrls) throw unplayed("such settings");
    this.#settings = settings;
    this.#url = slackApiUrl.endsWith("/") ? slackApiUrl : `${slackApiUrl}/`;
    this.#headers = headersOf(token);
  }

  async apiCall(method: string, fields: Fields): Promise<Fields> {
    if (!METHODS.includes(method) || "token" in fields) throw unplayed(method);
    const response = await this.#sent(this.#url + method, fields);
    const result = await resultOf(response);
    if (!result.ok) throw new WebAPIPlatformError(result as never);
    return result;
  }

  /** As many turns of the queue late as the real one's queue and retries take: what overlaps there does here. */
  async #sent(url: string, fields: Fields): Promise<Response> {
    try {
      const response = await this.#asked(url, fields);
      await turns(2);
      return response;
    } catch (error) {
      // One it never tries again leaves its retries at once.
      await turns(final.has(Object(error)) ? 2 : 3);
      throw error;
    }
  }

  async #asked(url: string, fields: Fields): Promise<Response> {
    const { fetch, timeout } = this.#settings;
    const signal = timeout > 0 ? AbortSignal.timeout(timeout) : undefined;
    const headers = { ...this.#headers, "Content-Type": "application/x-www-form-urlencoded" };
    try {
      const response = await fetch(url, { method: "POST", headers, body: formOf(fields), redirect: "error", signal });
      if (response.status === 200) return response;
      if (response.status === 429) throw limited(response, url);
      const { status, statusText } = response;
      const text = await response.text();
      throw new WebAPIHTTPError(status, statusText, Object.fromEntries(response.headers.entries()), text);
    } catch (error) {
      if (error instanceof SlackError || final.has(Object(error))) throw error;
      throw new WebAPIRequestError(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await null;
}

const known = new Map<string, Record<string, string>>();

/** The real one's own, asked for once. */
function headersOf(token: string): Record<string, string> {
  const headers = known.get(token) ?? Reflect.get(new RealWebClient(token), "defaultHeaders");
  known.set(token, headers);
  return headers;
}

function formOf(fields: Fields): string {
  const flat: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    if (value instanceof Uint8Array) throw unplayed("bytes");
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    flat[name] = isPlain ? value : JSON.stringify(value);
  }
  return stringify(flat);
}

/** Errors after which it would not try again even if it were told to. */
const final = new WeakSet<object>();

function limited(response: Response, url: string): Error {
  const seconds = secondsOf(response);
  const header = response.headers.get("retry-after");
  const words = `Retry header did not contain a valid timeout (url: ${url}, retry-after header: ${header})`;
  const error = seconds === undefined ? new Error(words) : new WebAPIRateLimitedError(seconds);
  final.add(error);
  return error;
}

function secondsOf(response: Response): number | undefined {
  const seconds = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  return Number.isNaN(seconds) ? undefined : seconds;
}

async function resultOf(response: Response): Promise<Fields> {
  if (response.headers.get("content-type") === "application/gzip") throw unplayed("gzip");
  const text = await response.text();
  const data = read(text);
  data.response_metadata ??= {};
  const metadata = data.response_metadata as Fields;
  if (response.headers.has("x-oauth-scopes") || response.headers.has("x-accepted-oauth-scopes"))
    throw unplayed("scopes");
  const seconds = secondsOf(response);
  if (seconds !== undefined) metadata.retryAfter = seconds;
  return data;
}

function read(text: string): Fields {
  try {
    return JSON.parse(text) as Fields;
  } catch {
    return { ok: false, error: text };
  }
}

function unplayed(what: string): Error {
  return new Error(`the light Slack client does not play ${what}`);
}
