/**
 * (node) What the first turn's text says in lines of their own, each exactly once. Later turns do not say it again, so
 * it is kept beside the workspace, by thread.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as z from "zod";
import type { Turn } from "./talk.ts";

const Brief = z.object({
  run: z.string(),
  branch: z.string(),
  trunk: z.string(),
  issue: z.number(),
  clone: z.string(),
  lands: z.enum(["push", "pull-request"]),
});

export type Brief = z.infer<typeof Brief>;

export function briefOf(turn: Turn): Brief {
  const path = join(dirname(turn.workspaceRoot), `.${basename(turn.workspaceRoot)}.agent-${turn.threadId}.json`);
  if (!turn.first) return Brief.parse(JSON.parse(readFileSync(path, "utf8")));
  const brief = parseBrief(turn.text);
  writeFileSync(path, JSON.stringify(brief));
  return brief;
}

export function parseBrief(text: string): Brief {
  const run = only(text, "AFK-Run", /\S+/);
  const issue = only(text, "Issue", /(?:github|forgejo):[^/\s]+\/[^#\s]+#\d+/);
  const number = Number(issue.split("#")[1]);
  const branch = only(text, "Branch", /\S+/);
  if (branch !== `afk/${number}-${run}`) throw new Error(`the branch ${branch} is not afk/${number}-${run}`);
  const trunk = only(text, "Default-Branch", /\S+/);
  const lands = text.includes("open ONE pull request") ? "pull-request" : "push";
  return { run, branch, trunk, issue: number, clone: only(text, "Clone", /\S+/), lands };
}

function only(text: string, key: string, value: RegExp): string {
  const found = [...text.matchAll(new RegExp(`^${key}: (${value.source})$`, "gm"))];
  if (found.length !== 1) throw new Error(`the text has ${found.length} lines "${key}: …", not one`);
  return found[0]?.[1] ?? "";
}
