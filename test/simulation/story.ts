/** How a seed is told: one line for whatever happens, with the time since the seed's beginning. */
export interface LogLine {
  level: string;
  msg: string;
  repo: string | null;
  issue: number | null;
  run: string | null;
  code: string | null;
}

export function clockOf(ms: number): string {
  const s = Math.floor(ms / 1000);
  return [s / 3600, (s / 60) % 60, s % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
}

/** A line the loop wrote to its log; the repo as its forge calls it. */
export function lineTold({ level, msg, issue, code }: LogLine, repo: string): string {
  // Where in the code a crash of the weather's met it is no part of the story.
  const said = msg.replace(/(Error: crashed)\n.*$/s, "$1");
  return `      loop ${repo}${issue === null ? "" : `#${issue}`} ${code ?? level}: ${said}`;
}
