/**
 * The words of a TypeScript source: enough of a lexer to tell code from comments, strings and regular expressions, so that a
 * rule never trips over a word in prose and never misses one that a line break splits. (TypeScript 7 has no API to ask.)
 */
export interface Token {
  kind: "word" | "number" | "string" | "template" | "regex" | "punctuation";
  /** As written; of a string or a template without substitutions, what it says. */
  text: string;
  /** A template with `${…}`: its text cannot be known. */
  open?: true;
  line: number;
}

/** A `/` after one of these begins a regular expression, as it does after any punctuation but a closing bracket. */
const beforeRegex = new Set("await case delete do else in instanceof new of return throw typeof void yield".split(" "));
const punctuation = /=>|===|!==|==|!=|\?\?=|\|\|=|&&=|\?\?|\?\.|\.\.\.|\*\*|[^\s\w]/y;

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const templateDepths: number[] = [];
  let depth = 0;
  let at = source.startsWith("#!") ? source.indexOf("\n") : 0;
  let line = 1;

  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  const skip = (length: number) => {
    line += source.slice(at, at + length).split("\n").length - 1;
    at += length;
  };
  const add = (kind: Token["kind"], text: string, length: number) => {
    tokens.push({ kind, text, line });
    skip(length);
  };
  /** From a backtick or the brace that ends a substitution to the next substitution or the closing backtick. */
  const addTemplate = (isContinued: boolean) => {
    const piece = match(/[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{|$)/y) ?? "`";
    const opens = piece.endsWith("${");
    if (isContinued) skip(piece.length);
    else {
      add("template", piece.slice(1, opens ? -2 : -1), piece.length);
      const added = tokens.at(-1);
      if (opens && added) added.open = true;
    }
    if (opens) templateDepths.push(depth);
  };

  while (at < source.length) {
    const gap = match(/\s+|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y);
    if (gap) {
      skip(gap.length);
      continue;
    }
    const letter = source[at] as string;
    const word = match(/[#@]?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy);
    const number = match(/\d[\w.]*/y);
    const text = match(/"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?/y);
    const regex =
      letter === "/" && mayBeRegex(tokens.at(-1)) && match(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y);
    if (word) add("word", word, word.length);
    else if (number) add("number", number, number.length);
    else if (text) add("string", text.replace(/^["']|["']$/g, "").replace(/\\(.)/g, "$1"), text.length);
    else if (regex) add("regex", regex, regex.length);
    else if (letter === "`") addTemplate(false);
    else if (letter === "}" && templateDepths.at(-1) === depth) {
      templateDepths.pop();
      addTemplate(true);
    } else {
      if (letter === "{") depth++;
      if (letter === "}") depth--;
      const mark = match(punctuation) ?? letter;
      add("punctuation", mark, mark.length);
    }
  }
  return tokens;
}

function mayBeRegex(before: Token | undefined): boolean {
  if (!before) return true;
  if (before.kind === "word") return beforeRegex.has(before.text);
  return before.kind === "punctuation" && !/^[)\]}]$/.test(before.text);
}
