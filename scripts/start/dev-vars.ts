/**
 * Reads `.dev.vars`: a setting a line, as dotenv writes them.
 *
 *   # a comment             NAME=value             NAME = value # a comment
 *   NAME='as it is'         NAME="with \n in it"   quoted values may span lines
 *
 * A line it does not understand is an error that names file and line, never a guess: a setting misread could arm the loop.
 */
export class DevVarsError extends Error {}

export interface DevVar {
  name: string;
  value: string;
  line: number;
}

export function parseDevVars(text: string, file: string): DevVar[] {
  const vars: DevVar[] = [];
  let rest = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const lineNow = () => text.replaceAll("\r\n", "\n").split("\n").length - rest.split("\n").length + 1;
  while (rest !== "") {
    const line = lineNow();
    const fail = (why: string) => new DevVarsError(`${file}:${line}: ${why}`);
    const blank = /^[ \t]*(#.*)?(\n|$)/.exec(rest);
    if (blank) {
      rest = rest.slice(blank[0].length);
      continue;
    }
    const head = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/.exec(rest);
    if (!head?.[1]) throw fail("expected NAME=value");
    const name = head[1];
    const before = vars.find((known) => known.name === name);
    if (before) throw fail(`${name} is set already in line ${before.line}`);
    rest = rest.slice(head[0].length);
    const taken = takeValue(rest);
    if (!taken) throw fail(`the value of ${name} has a quote that is not closed, or text after its closing quote`);
    rest = rest.slice(taken.length);
    vars.push({ name, value: taken.value, line });
  }
  return vars;
}

/** The value at the start of the text, and how much of the text it takes, its line's end included. */
function takeValue(text: string): { value: string; length: number } | null {
  const quoted = /^(?:"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|`([^`]*)`)[ \t]*(?:#.*)?(?:\n|$)/.exec(text);
  if (quoted) {
    const value = quoted[1] === undefined ? (quoted[2] ?? quoted[3] ?? "") : unescaped(quoted[1]);
    return { value, length: quoted[0].length };
  }
  if (/^["'`]/.test(text)) return null;
  const plain = /^([^\n]*?)(?:[ \t]+#[^\n]*)?[ \t]*(?:\n|$)/.exec(text);
  return plain && { value: plain[1] ?? "", length: plain[0].length };
}

function unescaped(text: string): string {
  const known: Record<string, string> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };
  return text.replace(/\\([\s\S])/g, (whole, letter: string) => known[letter] ?? whole);
}
