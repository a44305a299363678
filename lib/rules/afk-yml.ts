/**
 * Reads `.afk.yml`; docs/afk-yml.md is its description for people. The first of these problems is told, by its place:
 *
 *   more than 64 KiB .......................... the file is not looked at
 *   not one document of YAML 1.2's core schema  as the YAML library says; tags beyond it, and the same key twice, too
 *   a key that is no text, an alias of nothing
 *   what the schema does not allow ............ of an unknown key, the nearest that is known
 *   a version URL off the allowed origins
 */
import { type Document, LineCounter, parseDocument } from "yaml";
import { DEFAULT_RULES, type ParsedRules } from "../core/repo-rules.ts";
import { visible } from "../core/text.ts";
import { fits } from "./globs.ts";
import { type Place, placeOf, strangeNode } from "./places.ts";
import { type Problem, problemsOf } from "./problems.ts";
import type { RuleReader } from "./rule-reader.ts";
import { rulesOf, wholeProblems } from "./rules-of.ts";
import { rulesFile } from "./rules-schema.ts";

const BYTES_MAX = 64 * 1024;
/** An alias may stand for much: what they all stand for is bounded. */
const ALIASES_MAX = 50;
const PROBLEM_CHARACTERS_MAX = 300;

export const ruleReader: RuleReader = { parse, fits };

function parse(file: string, deployOrigins: string[]): ParsedRules {
  if (new TextEncoder().encode(file).length > BYTES_MAX) return invalid([1, 1], ".", "is larger than 64 KiB");
  const lines = new LineCounter();
  const text = file.replace(/^\ufeff/, "");
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: "1.2",
    schema: "core",
    resolveKnownTags: false,
    uniqueKeys: true,
  });
  const told = [...document.errors, ...document.warnings].sort((one, other) => one.pos[0] - other.pos[0])[0];
  if (told) return invalid(positionAt(lines, told.pos[0]), ".", yamlWords(told.message));
  const strange = strangeNode(document);
  if (strange) return invalid(positionAt(lines, strange.offset), strange.path, strange.problem);
  return checked(document, lines, deployOrigins);
}

function checked(document: Document, lines: LineCounter, deployOrigins: string[]): ParsedRules {
  const value = plain(document);
  if (value.type === "unreadable") return invalid([1, 1], ".", "holds too many aliases");
  // An empty file says nothing.
  if (value.value === null) return { type: "rules", rules: DEFAULT_RULES };
  const parsed = rulesFile.safeParse(value.value);
  const problems = parsed.success ? wholeProblems(parsed.data, deployOrigins) : problemsOf(parsed.error, value.value);
  const [first] = problems
    .map((problem) => ({ problem, place: placeOf(document, problem) }))
    .sort((one, other) => one.place.offset - other.place.offset);
  if (first) return toldAt(lines, first);
  return parsed.success ? { type: "rules", rules: rulesOf(parsed.data) } : invalid([1, 1], ".", "is not understood");
}

function toldAt(lines: LineCounter, { problem, place }: { problem: Problem; place: Place }): ParsedRules {
  return invalid(positionAt(lines, place.offset), place.path, problem.text);
}

function plain(document: Document): { type: "value"; value: unknown } | { type: "unreadable" } {
  try {
    return { type: "value", value: document.toJS({ maxAliasCount: ALIASES_MAX }) };
  } catch {
    return { type: "unreadable" };
  }
}

/** Both from 1. */
function positionAt(lines: LineCounter, offset: number): [number, number] {
  const { line, col } = lines.linePos(offset);
  return [Math.max(1, line), Math.max(1, col)];
}

/** What it says of several documents is for who calls it. */
function yamlWords(message: string): string {
  return message.startsWith("Source contains multiple documents") ? "must be one document" : message;
}

function invalid([line, column]: [number, number], path: string, problem: string): ParsedRules {
  const text = visible(`${path} ${problem}`.replace(/\s+/g, " ")).trim();
  return { type: "invalid", problem: `${line}:${column} ${text.slice(0, PROBLEM_CHARACTERS_MAX)}` };
}
