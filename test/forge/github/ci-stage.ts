/** What the tests of the CI watcher begin with. */
import type { Check } from "../../../lib/core/types.ts";
import { REPO, stage } from "./stage.ts";

export const check = (more: Partial<Check>): Check => ({
  app: "15368",
  workflow: "CI",
  name: "test",
  word: "failure",
  order: 0,
  url: null,
  jobId: null,
  runId: null,
  ...more,
});

/** A commit on the trunk with a workflow run that was begun. */
export async function withRun(jobs?: string[]) {
  const there = stage();
  const sha = await there.scene.push("Widgets stand still");
  const run = await there.ci.createWorkflowRun({
    repo: REPO,
    sha,
    branch: "main",
    by: "ada",
    ...(jobs ? { jobs } : {}),
  });
  there.heard();
  return { ...there, sha, run };
}
