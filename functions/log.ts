/** The log: one JSON object a line. */
import { type RepoName, repoKey } from "../lib/core/types.ts";
import type { LogLine } from "../lib/loop/loop.ts";

export function writeLog(repo: RepoName | null, line: LogLine): void {
  const { level, msg, issue, run, code } = line;
  const where = repo === null ? null : repoKey(repo);
  console.log(
    JSON.stringify({
      at: new Date().toISOString(),
      level,
      msg,
      forge: repo?.forge ?? null,
      repo: where,
      issue: issue ?? null,
      run: run ?? null,
      code,
    }),
  );
}

/** Of no one repo. */
export function say(level: LogLine["level"], code: string, msg: string): void {
  writeLog(null, { level, msg, code });
}
