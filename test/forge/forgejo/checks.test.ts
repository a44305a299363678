import { describe, expect, test } from "vitest";
import { judgeCommit } from "../../../lib/core/ci-verdict.ts";
import { toChecks } from "../../../lib/forge/forgejo/checks.ts";
import type { ActionRun, CommitStatus } from "../../../lib/forge/forgejo/payloads.ts";

const ORIGIN = "https://forge.test";
const PAGE = `${ORIGIN}/octo/widgets/actions/runs/1`;

const status = (id: number, word: string, job: number): CommitStatus => ({
  id,
  status: word,
  context: "CI / test (push)",
  description: "",
  target_url: `${PAGE}/jobs/${job}`,
  creator: { id: "-2" },
});

const run = (word: string): ActionRun => ({
  id: "1",
  workflow_id: "ci.yml",
  prettyref: "main",
  commit_sha: "ab",
  event: "push",
  status: word,
  html_url: PAGE,
  need_approval: false,
  proposes: null,
});

describe("two jobs of one name in one run, whose statuses share a context", () => {
  test.each([
    ["the newer is green, and the run failed", [status(1, "failure", 0), status(2, "success", 1)], "failure", "red"],
    ["the newer is red", [status(1, "success", 0), status(2, "failure", 1)], "failure", "red"],
    [
      "the newer is green, and the run goes on",
      [status(1, "pending", 0), status(2, "success", 1)],
      "running",
      "pending",
    ],
    ["both are green", [status(1, "success", 0), status(2, "success", 1)], "success", "green"],
    ["a failed one was run again", [status(1, "failure", 0), status(2, "success", 0)], "success", "green"],
  ])("%s", (_what, statuses, word, verdict) => {
    const checks = toChecks(statuses, [run(word)], "main", ORIGIN);
    expect(judgeCommit(checks, { required: [], awaited: [] }, "over").word).toBe(verdict);
  });
});
