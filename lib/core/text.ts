/**
 * Strangers' text on its way into a comment, a log, a prompt or a message: secrets taken out, mentions defused, markup
 * escaped, length bounded. Pure.
 */

/** Token shapes of the systems we talk to and of what people paste; values we hold ourselves are added by the shell. */
const SECRETS: RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9_.-]{12,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{8,}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g,
  /\bsk-[A-Za-z0-9_-]{20,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=\bbearer\s{1,3})[A-Za-z0-9._~+/-]{12,}=*/gi,
  /(?<=:\/\/[^\s/:@]{0,100}:)[^\s/@]{3,}(?=@)/g,
  // No word boundary before it: CI logs say NPM_TOKEN=... and DB_PASSWORD=...
  /(?<=(?:password|passwd|secret|token|(?:api|access|secret)[_-]?key)["']?\s{0,3}[:=]\s{0,3}["']?)[^\s"',;]{8,}/gi,
];

/** Each shape holds one of these; most lines hold none, and are read once and not ten times. */
const SUSPICIOUS =
  /gh[pousr]_|github_pat_|xox[abeprs]-|sk-|AKIA|ASIA|eyJ|-----BEGIN|bearer|:\/\/[^\s/]*@|passw|secret|token|key/i;

export const REDACTED = "[redacted]";

/** Of strangers' text, what is shorter would be taken out of plain words. */
const HELD_CHARS_MIN = 8;

export function redact(text: string, held: string[] = []): string {
  const known = held.filter(({ length }) => length >= HELD_CHARS_MIN);
  const mayBeEscaped = /&#|\u200b/.test(text);
  let clean = without(text, mayBeEscaped ? known.flatMap((secret) => [secret, escaped(secret)]) : known);
  if (!SUSPICIOUS.test(clean)) return clean;
  for (const shape of SECRETS) clean = clean.replace(shape, REDACTED);
  return clean;
}

/** A text in which none of these stands, however short; an unset one is none. */
export function without(text: string, secrets: (string | null)[]): string {
  let clean = text;
  for (const secret of secrets) if (secret) clean = clean.replaceAll(secret, REDACTED);
  return clean;
}

/** Characters that hide or reorder text: control and format characters but tab and line ends. */
const HIDDEN = /(?![\t\n\r])[\p{Cc}\p{Cf}]/gu;

export function visible(text: string): string {
  return text.replace(HIDDEN, "");
}

export function oneLine(text: string): string {
  return visible(text).replace(/\s+/g, " ").trim();
}

/** One line of strangers' text for a Markdown comment: nobody is mentioned, nothing is markup, no reference is made. */
export function inline(text: string, limit = 200): string {
  // Redacted before it is cut and escaped: afterwards no shape would be known again.
  const line = redact(oneLine(text));
  const short = line.length <= limit ? line : `${whole(line.slice(0, limit - 1))}…`;
  return escaped(short);
}

function escaped(line: string): string {
  // Mentions and references are found after entities are decoded.
  return unlinked(line.replace(/[\\`*_[\]<>|~!&]/g, (mark) => `&#${mark.codePointAt(0)};`));
}

/** Text in which no forge finds a mention, a link, or a reference that a keyword before it would close. */
export function unlinked(text: string): string {
  return text.replace(/(?<!&)[@#!](?=\w)|\bGH-(?=\d)|:\/\/(?=\w)/gi, (mark) => `${mark}\u200b`);
}

/** Lines of strangers' text as a fenced block; the fence is longer than any run of backticks inside. */
export function fenced(text: string): string {
  // Counted in what is shown: taking a hidden character out joins the backticks on both sides of it.
  const shown = visible(text);
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${shown}\n${fence}`;
}

/** The end of a text, at most `limit` characters, from a line's start. */
export function tail(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = text.slice(-limit);
  return end.slice(end.indexOf("\n") + 1);
}

/** The start of a text, at most `limit` characters, saying what was cut. */
export function head(text: string, limit: number): string {
  return text.length <= limit ? text : `${whole(text.slice(0, limit))}\n[… ${text.length - limit} characters cut]`;
}

/** A cut may part a pair of surrogates: half of one is no text, and not every server takes it. */
function whole(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, "");
}

/** The last of these, oldest first, that fit into so many characters with one between each two. */
export function newestThatFit(texts: string[], characters: number): string[] {
  let left = characters + 1;
  const first = texts.findLastIndex(({ length }) => {
    left -= length + 1;
    return left < 0;
  });
  return texts.slice(first + 1);
}

const NAMED_MAX = 5;

/** "build, lint": the first of them, and how many more there are. Empty where there are none. */
export function firstFew(names: string[]): string {
  const more = names.length > NAMED_MAX ? `, and ${names.length - NAMED_MAX} more` : "";
  return `${names.slice(0, NAMED_MAX).join(", ")}${more}`;
}

/** Why a read failed, and what was asked, as the documentation of the system asked writes it. */
export function withRoute(why: string, route: string | undefined): string {
  return route === undefined ? why : `${why} (${route})`;
}

/** What many such reads may have in common. A branch in the route may bear parentheses of its own. */
export function withoutRoute(why: string): string {
  return why.replace(/ \([A-Z]+ \/.*\)$/, "");
}
