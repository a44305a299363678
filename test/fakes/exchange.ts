/**
 * What every HTTP stand-in does around its own answers: it keeps a log of each exchange and lets a test break the
 * wire. A fault is looked for before the stand-in answers, first match wins:
 *
 *   {status, …} ........... that answer, without any effect
 *   hang .................. no effect, and no answer until the caller gives up
 *   reset ................. no effect, the connection breaks
 *   effect-then-hang ...... the stand-in does its work, the answer never comes
 *   effect-then-reset ..... the stand-in does its work, the connection breaks before the answer
 */
import { addressOf } from "./forge/address.ts";

/** What a stand-in throws in place of an answer; as a `fetch` it looks like a broken network. */
export class ConnectionReset extends TypeError {
  override name = "ConnectionReset";
}

/** One request, its body read. `body` is the parsed JSON, the form's fields, or the text. */
export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  text: string;
  body: unknown;
}

export type FaultResponse =
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | "hang"
  | "reset"
  | "effect-then-hang"
  | "effect-then-reset";

export interface Fault {
  match: (asked: Asked) => boolean;
  respond: FaultResponse;
  /** How many requests it meets before it is over; absent: all of them. */
  times?: number;
}

/** As plain data, without headers: a record may be kept and shown. */
export interface Exchange {
  at: number;
  method: string;
  path: string;
  body: unknown;
  status: number | "hang" | "reset";
  answer: unknown;
}

/** Reading every answer a second time costs more than serving it: who never looks at the log may leave it out. */
export type Keeps = "log" | "nothing";

type Serve = (asked: Asked) => Response | Promise<Response>;

export class Wire {
  readonly faults: Fault[] = [];
  readonly log: Exchange[] = [];
  onExchange: ((exchange: Exchange) => void) | null = null;
  readonly #now: () => number;
  readonly #keeps: Keeps;

  constructor(now: () => number, keeps: Keeps = "log") {
    this.#now = now;
    this.#keeps = keeps;
  }

  async exchange(request: Request, serve: Serve): Promise<Response> {
    const asked = await read(request);
    const fault = this.#takeFault(asked);
    if (fault === null) return this.#answered(asked, await serve(asked));
    if (typeof fault === "object") return this.#answered(asked, faultResponse(fault));
    if (fault === "effect-then-hang" || fault === "effect-then-reset") await serve(asked);
    if (fault === "reset" || fault === "effect-then-reset") {
      this.#record(asked, "reset", null);
      throw new ConnectionReset("the stand-in broke the connection");
    }
    this.#record(asked, "hang", null);
    return untilGivenUp(request.signal);
  }

  #takeFault(asked: Asked): FaultResponse | null {
    const fault = this.faults.find(({ match }) => match(asked));
    if (fault === undefined) return null;
    if (fault.times !== undefined) {
      fault.times -= 1;
      if (fault.times <= 0) this.faults.splice(this.faults.indexOf(fault), 1);
    }
    return fault.respond;
  }

  async #answered(asked: Asked, response: Response): Promise<Response> {
    if (this.#keeps === "log") this.#record(asked, response.status, parsed(await response.clone().text()));
    return response;
  }

  #record({ method, path, query, body }: Asked, status: Exchange["status"], answer: unknown): void {
    const search = query.size === 0 ? "" : `?${query}`;
    const exchange: Exchange = { at: this.#now(), method, path: path + search, body, status, answer };
    this.log.push(exchange);
    this.onExchange?.(exchange);
  }
}

const decoder = new TextDecoder();

async function read(request: Request): Promise<Asked> {
  const url = addressOf(request.url);
  // Not `text()`: workerd warns of a form read as text.
  const text = decoder.decode(await request.arrayBuffer());
  const isForm = (request.headers.get("content-type") ?? "").startsWith("application/x-www-form-urlencoded");
  const body = isForm ? Object.fromEntries(new URLSearchParams(text)) : parsed(text);
  return { method: request.method, path: url.pathname, query: url.searchParams, headers: request.headers, text, body };
}

/** JSON where it is JSON, else the text; null for nothing. */
function parsed(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function faultResponse({
  status,
  body,
  headers,
}: {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}) {
  if (body === undefined) return new Response(null, { status, headers });
  if (typeof body === "string") return new Response(body, { status, headers });
  return Response.json(body, { status, headers });
}

function untilGivenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = () => reject(new ConnectionReset("the caller gave up"));
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
  });
}
