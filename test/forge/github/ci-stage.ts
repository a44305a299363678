/** What the tests of the CI watcher begin with. */
import type { Check } from "../../../lib/core/types.ts";
import { REPO, stage } from "./stage.ts";

const FINE_GRAINED = "github_pat_test";

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
export async function withRun(jobs?: string[], token?: string) {
  const there = stage(
    token === undefined ? {} : { credentials: { type: "token", token } },
    token === undefined ? {} : { token },
  );
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

/** The same in a private repo, where GitHub shows a fine-grained token no check run. */
export async function withRunUnseen(jobs?: string[]) {
  const there = await withRun(jobs, FINE_GRAINED);
  for (const repo of there.scene.github.state.repos) repo.private = true;
  return there;
}
