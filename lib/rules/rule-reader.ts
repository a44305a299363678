/** The port to what a repo says of itself: how its rules are read, and which paths their globs mean. */
import type { ParsedRules } from "../core/repo-rules.ts";

export interface RuleReader {
  /** `deployOrigins`: where a version URL may lie; one that lies elsewhere makes the file invalid. */
  parse(text: string, deployOrigins: string[]): ParsedRules;
  /** Whether any of the globs fits the path, as a repo's own tools would say: `*` stops at a slash, dots are no exception. */
  fits(globs: string[], path: string): boolean;
}
