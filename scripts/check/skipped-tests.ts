/** No test is skipped, left for later, or run alone: a green run must mean that everything ran. */
import type { Problem } from "./problem.ts";
import { type Token, tokenize } from "./tokens.ts";

const starters = new Set(["it", "test", "describe", "suite", "bench"]);
const shorthands = new Set(["xit", "xtest", "xdescribe", "fit", "fdescribe"]);
const modifiers = new Set(["skip", "only", "todo", "skipIf", "runIf"]);
const contexts = new Set(["ctx", "context", "task"]);

export function skippedTests(path: string, source: string): Problem[] {
  if (!path.startsWith("test/")) return [];
  const tokens = tokenize(source);
  return tokens.flatMap((token, index) => {
    const found = token.kind === "word" ? skipAt(tokens, index) : null;
    return found ? [{ path, line: token.line, text: `${found}: every test runs` }] : [];
  });
}

function skipAt(tokens: Token[], index: number): string | null {
  const word = tokens[index]?.text ?? "";
  const isMember = tokens[index - 1]?.text === ".";
  const next = tokens[index + 1]?.text;
  if (isMember) return null;
  if (shorthands.has(word) && (next === "(" || next === ".")) return word;
  if (modifiers.has(word) && next === ":" && tokens[index + 2]?.text === "true") return `${word}: true`;
  if (!starters.has(word) && !contexts.has(word)) return null;
  // The whole chain: it.concurrent.skip, describe.each([…]).only has a call in between.
  for (let at = index + 1; at < tokens.length; ) {
    const [token, name] = [tokens[at], tokens[at + 1]];
    if (token?.text === "(" && starters.has(word)) at = closing(tokens, at) + 1;
    else if (token?.text !== ".") return null;
    else if (name && modifiers.has(name.text)) return `${word}.${name.text}`;
    else at += 2;
  }
  return null;
}

function closing(tokens: Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]?.text === "(" && tokens[at]?.kind === "punctuation") depth++;
    if (tokens[at]?.text === ")" && tokens[at]?.kind === "punctuation" && --depth === 0) return at;
  }
  return tokens.length;
}
