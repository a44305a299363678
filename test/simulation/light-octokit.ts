/**
 * Octokit as far as lib/forge/github asks for it, many times faster: the same request leaves, and the same answer or the
 * same error comes back. light-octokit.test.ts holds the two against each other. A route is understood once and not at
 * every call; whatever it does not play throws.
 */
import { Octokit as RealOctokit } from "@octokit/core";

type Parameters = Record<string, unknown>;
type Fetch = (url: string, init: object) => Promise<Response>;

interface Settings {
  baseUrl: string;
  userAgent: string;
  request: { fetch: Fetch };
  log?: unknown;
}

interface Answer {
  status: number;
  url: string;
  headers: Record<string, string>;
  data: unknown;
}

/** What Octokit throws; of the request it remembers nothing. */
class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly response?: Answer;

  constructor(message: string, status: number, about: { response: Answer } | { cause: unknown }) {
    super(message, "cause" in about ? { cause: about.cause } : undefined);
    this.status = status;
    if ("response" in about) this.response = about.response;
  }
}

export class Octokit {
  readonly #settings: Settings;
  readonly #headers: Record<string, string>;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#headers = defaultHeaders(settings.userAgent);
  }

  /** Begins and ends as many turns of the queue late as the real one, whose hooks take them: what overlaps there does here. */
  async request(route: string, { headers = {}, request = {}, ...rest }: Parameters = {}): Promise<Answer> {
    await null;
    return await this.#answered(route, rest, headers, "parseSuccessResponseBody" in Object(request));
  }

  async #answered(route: string, parameters: Parameters, added: unknown, isStream: boolean): Promise<Answer> {
    const { method, url, body } = askedFor(route, parameters);
    const headers = { ...this.#headers };
    for (const [name, value] of Object.entries(Object(added)))
      if (value !== undefined) headers[name.toLowerCase()] = String(value);
    if (body !== undefined) headers["content-type"] ??= "application/json; charset=utf-8";
    const text = body === undefined ? (BODY_ALWAYS.includes(method) ? "" : undefined) : JSON.stringify(body);
    const init = { method, body: text, redirect: undefined, headers, signal: undefined };
    let response: Response;
    try {
      response = await this.#settings.request.fetch(
        this.#settings.baseUrl + url,
        text ? { ...init, duplex: "half" } : init,
      );
    } catch (error) {
      throw failureOf(error);
    }
    const answer = withoutData(response);
    const { status } = answer;
    if (status === 204 || status === 205) return answer;
    if (isStream && status !== 304 && status < 400) return { ...answer, data: response.body };
    answer.data = await dataOf(response);
    if (status !== 304 && status < 400) return answer;
    throw new HttpError(status === 304 ? "Not modified" : complaint(answer.data), status, { response: answer });
  }
}

const BODY_ALWAYS = ["PATCH", "PUT"];
const known = new Map<string, Record<string, string>>();

/** The real one's own, asked for once. */
function defaultHeaders(userAgent: string): Record<string, string> {
  const headers = known.get(userAgent) ?? { ...new RealOctokit({ userAgent }).request.endpoint.DEFAULTS.headers };
  for (const [name, value] of Object.entries(headers)) if (typeof value !== "string") throw unplayed(`header ${name}`);
  known.set(userAgent, headers as Record<string, string>);
  return headers as Record<string, string>;
}

interface Route {
  method: string;
  /** Literals and names of variables, in turn. */
  parts: string[];
  variables: string[];
}

const routes = new Map<string, Route>();

function routeOf(text: string): Route {
  const before = routes.get(text);
  if (before) return before;
  const [method = "", path = "", more] = text.split(" ");
  const parts = path.split(/\{(\w+)\}/);
  if (
    more !== undefined ||
    method === "HEAD" ||
    !parts.every((part) => /^[\w/-]*$/.test(part)) ||
    !/^\/.*[^/]$/.test(path)
  )
    throw unplayed(`route ${text}`);
  const route = { method: method.toUpperCase(), parts, variables: parts.filter((_, at) => at % 2 === 1) };
  routes.set(text, route);
  return route;
}

/** Octokit reads these as settings of the call, or sends them in ways of their own. */
const SPECIAL = ["baseUrl", "data", "mediaType", "method", "q", "url"];

function askedFor(text: string, parameters: Parameters): { method: string; url: string; body: Parameters | undefined } {
  const { method, parts, variables } = routeOf(text);
  let url = "";
  for (const [at, part] of parts.entries()) url += at % 2 === 0 ? part : inPath(parameters[part]);
  const left: Parameters = {};
  let isAny = false;
  for (const [name, value] of Object.entries(parameters)) {
    if (SPECIAL.includes(name)) throw unplayed(`parameter ${name}`);
    if (value === undefined || variables.includes(name)) continue;
    left[name] = value;
    isAny = true;
  }
  if (method !== "GET") return { method, url, body: isAny ? left : undefined };
  const query = Object.entries(left).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return { method, url: isAny ? `${url}?${query.join("&")}` : url, body: undefined };
}

function inPath(value: unknown): string {
  if (typeof value === "number") return String(value);
  // Without it a path would be another one.
  if (typeof value !== "string" || value === "") throw unplayed(`${value} in a path`);
  return encodeURIComponent(value).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** What a call that got no answer ends in. */
function failureOf(error: unknown): unknown {
  if (error instanceof Error && error.name === "AbortError") return Object.assign(error, { status: 500 });
  return new HttpError(wordsOf(error), 500, { cause: error });
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return "Unknown Error";
  if (error.name !== "TypeError") return error.message;
  if (error.cause instanceof Error) return error.cause.message;
  return typeof error.cause === "string" ? error.cause : error.message;
}

function withoutData(response: Response): Answer {
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) headers[name] = value;
  return { url: response.url, status: response.status, headers, data: "" };
}

async function dataOf(response: Response): Promise<unknown> {
  const type = response.headers.get("content-type") ?? "";
  const isJson = /^application\/json\s*(?:;|$)/i.test(type);
  if (type !== "" && !isJson && !/^text\//i.test(type)) throw unplayed(`content of type ${type}`);
  if (!isJson) return response.text().catch(() => "");
  let text = "";
  try {
    text = await response.text();
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function complaint(data: unknown): string {
  if (typeof data === "string") return data;
  if (typeof data !== "object" || data === null || !("message" in data))
    return `Unknown error: ${JSON.stringify(data)}`;
  const suffix = "documentation_url" in data ? ` - ${data.documentation_url}` : "";
  const errors = "errors" in data && Array.isArray(data.errors) ? data.errors.map((one) => JSON.stringify(one)) : null;
  return `${data.message}${errors === null ? "" : `: ${errors.join(", ")}`}${suffix}`;
}

function unplayed(what: string): Error {
  return new Error(`the light Octokit does not play ${what}`);
}
