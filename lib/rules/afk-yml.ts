/** Reads `.afk.yml`; see docs/afk-yml.md. */
import { DEFAULT_RULES } from "../core/repo-rules.ts";
import type { RuleReader } from "./rule-reader.ts";

export const ruleReader: RuleReader = {
  parse: () => ({ type: "rules", rules: DEFAULT_RULES }),
  fits: (globs, path) => globs.includes(path),
};
