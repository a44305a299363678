/** The values among the settings that must never be written anywhere. */
import { type Environment, SETTING_NAMES } from "./config.ts";
import { parseJson } from "./json.ts";

const SECRETS = /TOKEN|SECRET|KEY|HEADERS/;

export function secretsIn(env: Environment): string[] {
  const values = SETTING_NAMES.filter((name) => SECRETS.test(name)).flatMap((name) => env[name] || []);
  const all = values.flatMap((value) => [value, ...jsonStrings(value)]);
  // A header is sent without the line end that a mounted file has at its end.
  return [...new Set(all.flatMap((value) => [value, value.trim()]))].filter((value) => value.trim() !== "");
}

/** T3_HEADERS holds its secrets one level down. */
function jsonStrings(text: string): string[] {
  if (!/^\s*[[{]/.test(text)) return [];
  const value = parseJson(text);
  return typeof value === "object" && value !== null
    ? Object.values(value).filter((one) => typeof one === "string")
    : [];
}
