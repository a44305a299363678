/**
 * Strangers' text on its way into a comment, a log, a prompt or a message: secrets taken out, mentions defused, markup
 * escaped, length bounded. Pure.
 */

/** Token shapes of the systems we talk to and of what people paste; values we hold ourselves are added by the shell. */
const SECRETS: RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9_.-]{16,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g,
  /\bsk-[A-Za-z0-9_-]{20,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=\bbearer\s{1,3})[A-Za-z0-9._~+/-]{12,}=*/gi,
  /(?<=:\/\/[^\s/:@]{0,100}:)[^\s/@]{3,}(?=@)/g,
  /(?<=\b(?:password|passwd|secret|token|api[_-]?key)\b["']?\s{0,3}[:=]\s{0,3}["']?)[^\s"',;]{8,}/gi,
];

export const REDACTED = "[redacted]";

export function redact(text: string, held: string[] = []): string {
  let clean = text;
  for (const secret of held) if (secret.length >= 8) clean = clean.replaceAll(secret, REDACTED);
  for (const shape of SECRETS) clean = clean.replace(shape, REDACTED);
  return clean;
}

/** Characters that hide or reorder text: zero-width, bidirectional and control characters but tab and newline. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

export function visible(text: string): string {
  return text.replace(HIDDEN, "");
}

/** One line of strangers' text for a Markdown comment: nobody is mentioned, nothing is markup, no reference is made. */
export function inline(text: string, limit = 200): string {
  const line = visible(text).replace(/\s+/g, " ").trim();
  const short = line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
  const plain = short.replace(/[\\`*_[\]<>|~!&]/g, (mark) => `&#${mark.codePointAt(0)};`);
  // Mentions and references are found after entities are decoded, so these two are parted from what follows.
  return plain.replace(/(?<!&)[@#](?=\w)/g, (mark) => `${mark}\u200b`);
}

/** Lines of strangers' text as a fenced block; the fence is longer than any run of backticks inside. */
export function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${visible(text)}\n${fence}`;
}

/** The end of a text, at most `limit` characters, from a line's start. */
export function tail(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = text.slice(-limit);
  return end.slice(end.indexOf("\n") + 1);
}

/** The start of a text, at most `limit` characters, saying what was cut. */
export function head(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}\n[… ${text.length - limit} characters cut]`;
}
