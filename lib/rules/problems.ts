/** What the schema says against a file, in words for who wrote it. */
import { visible } from "../core/text.ts";
import type * as z from "../zod.ts";
import { pathOf, type Step } from "./places.ts";
import { KNOWN_KEYS } from "./rules-schema.ts";

export interface Problem {
  path: Step[];
  /** The key that is to be mended, where it is not what it holds. */
  key?: string;
  text: string;
}

const SHOWN_CHARACTERS_MAX = 60;

export function problemsOf(error: z.core.$ZodError, value: unknown): Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, [], value));
}

function problemsOfIssue(issue: z.core.$ZodIssue, above: Step[], root: unknown): Problem[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))];
  const held = heldAt(root, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path, key, text: unknownKey(path, key) }));
    case "invalid_union":
      return problemsOfUnion(issue, path, root);
    case "invalid_type":
      return [{ path, text: `must be ${TYPES[issue.expected] ?? issue.expected}, and is ${kindOf(held)}` }];
    case "invalid_value":
      return [{ path, text: `must be ${oneOf(issue.values.map(String))}, and is ${kindOf(held)}` }];
    case "too_big":
      return [{ path, text: `must ${measured(issue.origin, "at most", issue.maximum)}` }];
    case "too_small":
      return [{ path, text: tooSmall(issue) }];
    case "invalid_key":
      return [{ path: path.slice(0, -1), key: String(path.at(-1)), text: "is no name of a label" }];
    default:
      return [{ path, text: issue.message }];
  }
}

/** Each of ours is a word, or a mapping: which one was meant, the value tells. */
function problemsOfUnion(issue: z.core.$ZodIssueInvalidUnion, path: Step[], root: unknown): Problem[] {
  const held = heldAt(root, path);
  const meant = kindOf(held) === "a mapping" ? issue.errors.at(-1) : issue.errors[0];
  const told = (meant ?? []).flatMap((one) => problemsOfIssue(one, path, root));
  if (kindOf(held) === "a mapping" || told.length === 0) return told;
  return told.map((problem) => ({ ...problem, text: problem.text.replace(/, and is /, " or a mapping, and is ") }));
}

function tooSmall(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin === "string" || issue.origin === "array") return "must not be empty";
  return issue.inclusive === false ? `must be more than ${issue.minimum}` : `must be ${issue.minimum} or more`;
}

function measured(origin: string, bound: string, limit: number | bigint): string {
  if (origin === "string") return `be ${bound} ${limit} characters long`;
  if (origin === "array") return `hold ${bound} ${limit} entries`;
  return `be ${bound} ${limit}`;
}

const TYPES: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? `"${shown(value)}"` : `${value}`;
}

function unknownKey(path: Step[], key: string): string {
  const where = path.length === 0 ? "" : path.map(String).join(".");
  const known = KNOWN_KEYS[where] ?? [];
  const [nearest] = [...known].sort((one, other) => distance(key, one) - distance(key, other));
  const hint = nearest === undefined ? "" : `; the nearest known key is "${nearest}"`;
  return `is not known${where === "" ? "" : ` in ${pathOf(path)}`}${hint}`;
}

function oneOf(words: string[]): string {
  return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function shown(text: string): string {
  const line = visible(text).replace(/\s+/g, " ");
  return line.length <= SHOWN_CHARACTERS_MAX ? line : `${line.slice(0, SHOWN_CHARACTERS_MAX - 1)}…`;
}

function heldAt(root: unknown, path: Step[]): unknown {
  let held = root;
  for (const step of path) {
    if (typeof held !== "object" || held === null || !Object.hasOwn(held, step)) return undefined;
    held = Object.entries(held).find(([key]) => key === String(step))?.[1];
  }
  return held;
}

/** How many letters part two words (Levenshtein), of the first of them. */
function distance(one: string, other: string): number {
  const word = one.toLowerCase().slice(0, SHOWN_CHARACTERS_MAX);
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 0; at < word.length; at++) {
    const next = [at + 1];
    for (let column = 0; column < other.length; column++) {
      const same = word[at] === other[column] ? 0 : 1;
      const [left = 0, above = 0, diagonal = 0] = [next[column], row[column + 1], row[column]];
      next.push(Math.min(left + 1, above + 1, diagonal + same));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
