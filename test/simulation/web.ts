/**
 * Headers, requests and answers of the simulated network: what the platform's own do as far as anything here asks, without
 * their streams, their checks and their cost, which is most of a seed's time. Whatever they do not play throws.
 */
import { LightHeaders, type Pairs } from "./web-headers.ts";

/** A request's body, of one piece and for one reader: a real stream costs as much as all else a delivery does. */
class LightStream {
  #left: string | Uint8Array | null;

  constructor(content: string | Uint8Array) {
    this.#left = content;
  }

  getReader() {
    return { read: () => this.#read(), cancel: () => this.cancel(), releaseLock: () => {} };
  }

  async #read(): Promise<{ done: boolean; value: Uint8Array | undefined }> {
    const left = this.#left;
    this.#left = null;
    if (left === null) return { done: true, value: undefined };
    return { done: false, value: isBytes(left) ? left : encoder.encode(left) };
  }

  async cancel(): Promise<void> {
    this.#left = null;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Content = string | Uint8Array | URLSearchParams | null | undefined;

abstract class LightMessage {
  readonly headers: LightHeaders;
  bodyUsed = false;
  protected readonly content: string | Uint8Array | null;

  constructor(content: Content, headers?: Pairs | LightHeaders | null) {
    this.headers = new LightHeaders(headers);
    this.content = content === undefined || content === null ? null : isBytes(content) ? content : String(content);
    if (content instanceof URLSearchParams && !this.headers.has("content-type"))
      this.headers.set("content-type", "application/x-www-form-urlencoded;charset=UTF-8");
  }

  async text(): Promise<string> {
    const content = this.#taken();
    return isBytes(content) ? decoder.decode(content) : (content ?? "");
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async arrayBuffer(): Promise<ArrayBufferLike> {
    const content = this.#taken();
    return (isBytes(content) ? content : encoder.encode(content ?? "")).buffer;
  }

  #taken(): string | Uint8Array | null {
    if (this.bodyUsed) throw new TypeError("this body was read before");
    this.bodyUsed = this.content !== null;
    return this.content;
  }
}

interface RequestSettings {
  method?: string;
  headers?: Pairs | LightHeaders;
  body?: Content;
  redirect?: string;
}

export class LightRequest extends LightMessage {
  readonly url: string;
  readonly method: string;
  readonly redirect: string;
  /** Nobody gives up in here: a call that hangs is ended by the simulated network. */
  readonly signal = { aborted: false, addEventListener: () => {} };

  constructor(input: string | URL | LightRequest, init: RequestSettings = {}) {
    const from = input instanceof LightRequest ? input : null;
    super(init.body === undefined ? from?.content : init.body, init.headers ?? from?.headers);
    this.url = from ? from.url : hrefOf(String(input));
    this.redirect = init.redirect ?? from?.redirect ?? "follow";
    this.method = (init.method ?? from?.method ?? "GET").toUpperCase();
    if (this.content !== null && (this.method === "GET" || this.method === "HEAD"))
      throw new TypeError("a GET has no body");
  }

  get body(): LightStream | null {
    return this.content === null ? null : new LightStream(this.content);
  }

  clone(): LightRequest {
    return new LightRequest(this);
  }
}

const HREFS_KEPT = 5000;
const hrefs = new Map<string, string>();

/** An address of this kind says itself how it is written: nothing in it is encoded, taken out or made lower case. */
const AS_WRITTEN = /^http:\/\/127\.0\.0\.1:[1-9]\d{3}\/(?:[\w~!$&()*+,;=:@%?/-]|(?<!\/)\.)*$/;

/** The others are few, and asked for over and over. */
function hrefOf(text: string): string {
  if (AS_WRITTEN.test(text) && !/%2e/i.test(text)) return text;
  const known = hrefs.get(text);
  if (known !== undefined) return known;
  const { href } = new URL(text);
  if (hrefs.size >= HREFS_KEPT) hrefs.clear();
  hrefs.set(text, href);
  return href;
}

const NULL_BODY = [101, 204, 205, 304];

export class LightResponse extends LightMessage {
  readonly status: number;
  readonly url = "";
  readonly redirected = false;

  constructor(content?: Content, init: { status?: number; headers?: Pairs | LightHeaders } = {}) {
    super(content, init.headers);
    this.status = init.status ?? 200;
    if (this.content !== null && NULL_BODY.includes(this.status)) throw new TypeError(`${this.status} has no body`);
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get statusText(): string {
    return "";
  }

  /** A real stream of one piece: whoever reads a log asks whether it is one. */
  get body(): ReadableStream<Uint8Array> | null {
    if (this.content === null) return null;
    const bytes = isBytes(this.content) ? this.content : encoder.encode(this.content);
    return new ReadableStream({
      start: (controller) => {
        controller.enqueue(bytes);
        controller.close();
      },
    });
  }

  clone(): LightResponse {
    return new LightResponse(this.content, { status: this.status, headers: this.headers });
  }

  static json(value: unknown, init: { status?: number; headers?: Pairs | LightHeaders } = {}): LightResponse {
    const response = new LightResponse(JSON.stringify(value), init);
    if (!response.headers.has("content-type")) response.headers.set("content-type", "application/json");
    return response;
  }
}

function isBytes(content: unknown): content is Uint8Array {
  return content instanceof Uint8Array;
}

/** In the place of the platform's, for everything that asks for them from now on. */
export function installWeb(): void {
  Object.assign(globalThis, { Headers: LightHeaders, Request: LightRequest, Response: LightResponse });
}
