/** Every module a source names: import, export … from, import(), import type, require. */
import { type Token, tokenize } from "./tokens.ts";

export interface Import {
  /** Null: not a plain string, so nobody can say what it imports. */
  specifier: string | null;
  line: number;
}

export function importsOf(source: string): Import[] {
  const tokens = tokenize(source);
  return tokens.flatMap((token, index) => {
    if (token.kind !== "word" || isMember(tokens, index)) return [];
    if (token.text === "import") return importAt(tokens, index);
    if (token.text === "export") return exportAt(tokens, index);
    if (token.text === "require" && tokens[index + 1]?.text === "(") return [callAt(tokens, index)];
    return [];
  });
}

/** `a.import`, `{ import: 1 }`: a name like any other. */
function isMember(tokens: Token[], index: number): boolean {
  const before = tokens[index - 1]?.text;
  return before === "." || before === "?." || tokens[index + 1]?.text === ":";
}

function importAt(tokens: Token[], index: number): Import[] {
  const next = tokens[index + 1];
  if (next?.text === ".") return [];
  if (next?.kind === "punctuation" && next.text === "(") return [callAt(tokens, index)];
  if (next?.kind === "string") return [{ specifier: next.text, line: next.line }];
  return fromAfter(tokens, index + 1);
}

function exportAt(tokens: Token[], index: number): Import[] {
  const start = tokens[index + 1]?.text === "type" ? index + 2 : index + 1;
  if (tokens[start]?.text === "*") return fromAfter(tokens, start);
  if (tokens[start]?.text !== "{") return [];
  const end = tokens.findIndex((token, at) => at > start && token.text === "}");
  return tokens[end + 1]?.text === "from" ? fromAfter(tokens, end) : [];
}

/** The string after the next `from` of the same statement; `import { from } from "x"` has two. */
function fromAfter(tokens: Token[], start: number): Import[] {
  for (let at = start; at < tokens.length; at++) {
    const [token, next] = [tokens[at], tokens[at + 1]];
    if (token?.text === ";" || (token?.kind === "word" && /^(import|export)$/.test(token.text))) return [];
    if (token?.text === "from" && next?.kind === "string") return [{ specifier: next.text, line: next.line }];
  }
  return [];
}

function callAt(tokens: Token[], index: number): Import {
  const [word, argument, after] = [tokens[index], tokens[index + 2], tokens[index + 3]];
  const isPlain = argument?.kind === "string" || (argument?.kind === "template" && !argument.open);
  const isWhole = after?.text === ")" || after?.text === ",";
  return { specifier: isPlain && isWhole ? argument.text : null, line: word?.line ?? 0 };
}
