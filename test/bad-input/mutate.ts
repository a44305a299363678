/** Arbitrary damage to a valid body or a valid HTTP answer, on top of what `mutate-json` does to its value. */
import fc from "fast-check";
import { mutatedJson, type Step, steps } from "./mutate-json.ts";

/** How a body is spoilt; `json` alone leaves it JSON. */
export type Spoil =
  | { type: "json"; steps: Step[] }
  | { type: "truncated"; share: number }
  | { type: "encoded"; as: (typeof ENCODINGS)[number] }
  | { type: "inserted"; share: number; bytes: Uint8Array }
  | { type: "instead"; text: string };

const ENCODINGS = ["utf-16le", "utf-16be with a mark", "with a byte order mark", "latin-1", "gzip-like"] as const;
const DEEP = 100_000;
const HUGE = 2 ** 20;

const INSTEAD = [
  "",
  " ",
  "null",
  "0",
  '""',
  "[]",
  "{}",
  "{}{}",
  "undefined",
  "NaN",
  "1e400",
  "OK",
  "<!doctype html><html><title>502 Bad Gateway</title></html>",
  '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
  '{"message":"Not Found"}',
  '{"__proto__":{"polluted":true}}',
  "\0",
  `{"a":${"[".repeat(DEEP)}${"]".repeat(DEEP)}}`,
  "[".repeat(DEEP),
  `{"a":"${"x".repeat(HUGE)}"}`,
  "9".repeat(HUGE),
];

/** Mostly what is nearly right: that is where a parser is believed. */
export const spoil: fc.Arbitrary<Spoil> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ type: fc.constant("json" as const), steps }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("truncated" as const),
      share: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("encoded" as const), as: fc.constantFrom(...ENCODINGS) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("inserted" as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      bytes: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 4 }),
        fc.constantFrom(new Uint8Array([0]), new Uint8Array([0xed, 0xa0, 0x80]), new Uint8Array([0xff, 0xfe])),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("instead" as const), text: fc.constantFrom(...INSTEAD) }) },
);

export function spoiltBody(valid: string, how: Spoil): Uint8Array {
  const bytes = new TextEncoder().encode(valid);
  switch (how.type) {
    case "json":
      return new TextEncoder().encode(isJsonText(valid) ? mutatedJson(JSON.parse(valid), how.steps) : `${valid}\u0000`);
    case "truncated":
      return bytes.slice(0, Math.floor(bytes.length * how.share));
    case "encoded":
      return encoded(valid, how.as);
    case "inserted": {
      const at = Math.floor(bytes.length * how.share);
      return joined(bytes.slice(0, at), how.bytes, bytes.slice(at));
    }
    case "instead":
      return new TextEncoder().encode(how.text);
    default:
      return how satisfies never;
  }
}

/** How an answer is spoilt: its body, and perhaps what stands around it. */
export interface SpoiltAnswer {
  body: Spoil | null;
  status: number | null;
  contentType: string | null | "kept";
  headers: Record<string, string>;
}

const HEADERS: Record<string, string>[] = [
  {},
  {},
  {},
  { link: '<https://elsewhere.test/?page=2>; rel="next"' },
  { location: "https://elsewhere.test/" },
  { location: "//" },
  { location: "/" },
  { "retry-after": "9".repeat(400) },
  { "retry-after": "-5" },
  { "retry-after": "Wed, 21 Oct 2099 07:28:00 GMT" },
  { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999" },
  { "x-ratelimit-remaining": "-1", "x-ratelimit-reset": "soon" },
  { date: "yesterday", etag: '"x"' },
  { "content-length": "3" },
  { "content-encoding": "identity" },
];

export const spoiltAnswer: fc.Arbitrary<SpoiltAnswer> = fc.record({
  body: fc.option(spoil, { freq: 8 }),
  status: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(200, 201, 204, 205, 206, 299, 301, 302, 304, 307, 400, 401, 403, 404) },
    { weight: 1, arbitrary: fc.constantFrom(408, 409, 410, 413, 418, 422, 429, 451, 500, 502, 503, 504, 599) },
  ),
  contentType: fc.oneof(
    { weight: 4, arbitrary: fc.constant("kept") },
    {
      weight: 1,
      arbitrary: fc.constantFrom(null, "", "text/html", "text/plain", "application/json", "application/gzip", "x"),
    },
  ),
  headers: fc.constantFrom(...HEADERS),
});

const BODILESS = [204, 205, 304];

export async function spoiltResponse(valid: Response, how: SpoiltAnswer): Promise<Response> {
  const text = await valid.text();
  const status = how.status ?? valid.status;
  const headers = new Headers(valid.headers);
  if (how.contentType === null) headers.delete("content-type");
  else if (how.contentType !== "kept") headers.set("content-type", how.contentType);
  for (const [name, value] of Object.entries(how.headers)) headers.set(name, value);
  const body = how.body === null ? new TextEncoder().encode(text) : spoiltBody(text, how.body);
  return new Response(BODILESS.includes(status) ? null : body, { status, headers });
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function encoded(text: string, as: (typeof ENCODINGS)[number]): Uint8Array {
  switch (as) {
    case "utf-16le":
      return utf16(text, true);
    case "utf-16be with a mark":
      return utf16(`\uFEFF${text}`, false);
    case "with a byte order mark":
      return new TextEncoder().encode(`\uFEFF${text}`);
    case "latin-1":
      return Uint8Array.from(`${text}\u00e9`, (character) => character.charCodeAt(0) & 0xff);
    case "gzip-like":
      return joined(new Uint8Array([0x1f, 0x8b, 8, 0]), new TextEncoder().encode(text));
    default:
      return as satisfies never;
  }
}

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let index = 0; index < text.length; index++) view.setUint16(index * 2, text.charCodeAt(index), littleEndian);
  return new Uint8Array(view.buffer);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
