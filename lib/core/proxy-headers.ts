/** T3_HEADERS: what goes with every call to T3, for an access proxy in front of it. */
import { parseJsonObject } from "./json.ts";

type ProxyHeaders = { ok: true; value: Record<string, string> } | { ok: false; reason: string };

/** RFC 9110, 5.6.2: a header's name is a token. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110, 5.5, and no more than one byte a character. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export function proxyHeaders(text: string): ProxyHeaders {
  const value = parseJsonObject(text);
  if (!value || !isText(value)) return { ok: false, reason: "not a JSON object of strings" };
  if (!Object.keys(value).every((name) => NAME.test(name)))
    return { ok: false, reason: "holds a name that no HTTP header can have" };
  if (!Object.values(value).every((one) => VALUE.test(one.trim())))
    return { ok: false, reason: "holds a value that no HTTP header can have" };
  if (Object.keys(value).some((name) => name.toLowerCase() === "authorization"))
    return { ok: false, reason: "names Authorization, which carries T3's own token; give the proxy another header" };
  return { ok: true, value };
}

function isText(value: Record<string, unknown>): value is Record<string, string> {
  return Object.values(value).every((one) => typeof one === "string");
}
