/**
 * No code arms the loop: arming is two deliberate manual acts. Under functions/, lib/ and scripts/ (and in what starts them)
 * nothing gives AFK_KILL_SWITCH a false value or AFK_ALLOWLIST an entry; scripts may not set either from a variable. Whoever
 * needs an armed child (rehearsal, simulation, bench) asks test/rehearsal/arm-child.ts, which sees to it that all its URLs are
 * loopback.
 */
import type { Problem } from "./problem.ts";
import { type Token, tokenize } from "./tokens.ts";

const inCode = /^(functions|lib|scripts)\/.*\.(ts|tsx|js|mjs)$/;
const inConfiguration = /^(functions|lib|scripts|\.ci)\/|^(wrangler\.toml|package\.json|vitest\.config\.ts)$/;
const falseValues = new Set(["false", "0", "no", "off", "f", "n", "disabled"]);
const entry = /(^|,)\s*(github|forgejo):[^\s/,]+\/[^\s/,]+/i;
const setters = new Set([":", "=", "??=", "||=", "&&=", ","]);

export function arming(path: string, source: string): Problem[] {
  if (inCode.test(path)) return armingInCode(path, source);
  return inConfiguration.test(path) ? armingInText(path, source) : [];
}

function armingInCode(path: string, source: string): Problem[] {
  const tokens = tokenize(source);
  return tokens.flatMap((token, index) => {
    const isName = token.text === "AFK_KILL_SWITCH" || token.text === "AFK_ALLOWLIST";
    if (!isName || !/^(word|string|template)$/.test(token.kind)) return [];
    // `name: value`, `name = value`, `["name"] = value`, `("name", value)`.
    const at = tokens[index + 1]?.text === "]" ? index + 2 : index + 1;
    const setter = tokens[at]?.text ?? "";
    const value = tokens[at + 1];
    if (!setters.has(setter) || !value) return [];
    const isList = setter === ",";
    const arms = token.text === "AFK_KILL_SWITCH" ? isFalse(value) : isEntry(value);
    const hides = path.startsWith("scripts/") && !isList && isVariable(value);
    if (arms) return [{ path, line: token.line, text: `sets ${token.text}: arming is done by hand` }];
    if (hides) return [{ path, line: token.line, text: `sets ${token.text} from a variable: use armedEnv` }];
    return [];
  });
}

function isFalse(value: Token): boolean {
  return falseValues.has(value.text.trim().toLowerCase());
}

function isEntry(value: Token): boolean {
  return value.kind === "template"
    ? value.open === true || entry.test(value.text)
    : value.kind === "string" && entry.test(value.text);
}

function isVariable(value: Token): boolean {
  const isWord = value.kind === "word" && !/^(true|undefined|null|z|string|boolean)$/.test(value.text);
  return isWord || value.open === true;
}

function armingInText(path: string, source: string): Problem[] {
  return source.split("\n").flatMap((text, index) => {
    if (/^\s*#/.test(text)) return [];
    const killSwitch = /AFK_KILL_SWITCH["']?\s*[=:]\s*["']?([A-Za-z0-9]+)/.exec(text)?.[1];
    const allowlist = /AFK_ALLOWLIST["']?\s*[=:]\s*["']?[^\s"',}]/.test(text);
    const arms = allowlist || (killSwitch !== undefined && killSwitch !== "true");
    return arms ? [{ path, line: index + 1, text: "sets a gate: arming is done by hand" }] : [];
  });
}
