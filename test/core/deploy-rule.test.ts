import { describe, expect, test } from "vitest";
import { asksDeploy, checkReport, deploySubject, withoutDeploy } from "../../lib/core/deploy-rule.ts";
import { DEFAULT_RULES } from "../../lib/core/repo-rules.ts";
import { aCheck, SHA } from "./kit.ts";

const RULE = { type: "check", name: "deploy" } as const;

describe("the check that tells of the deploy", () => {
  test("says nothing of CI", () => {
    const checks = [aCheck("test", "success"), aCheck("deploy", "pending"), aCheck("deploy-docs", "success")];
    expect(withoutDeploy(checks, RULE).map((check) => check.name)).toEqual(["test", "deploy-docs"]);
    expect(withoutDeploy(checks, { type: "environment", name: "deploy" })).toEqual(checks);
    expect(withoutDeploy(checks, undefined)).toEqual(checks);
  });

  test.each([
    [[], "none"],
    [["success"], "live"],
    [["failure"], "failed"],
    [["error"], "failed"],
    [["pending"], "pending"],
    [["in_progress"], "pending"],
    [["cancelled"], "pending"],
    [["action_required"], "pending"],
    [["skipped"], "pending"],
    [["neutral"], "pending"],
    [["something new"], "pending"],
    [["success", "failure"], "failed"],
    [["success", "pending"], "pending"],
    [["success", "skipped"], "live"],
  ])("whose words are %j is %s", (words, state) => {
    const checks = words.map((word, index) => aCheck("deploy", word, { app: `app ${index}` }));
    expect(checkReport([aCheck("test", "failure"), ...checks], "deploy", SHA)).toMatchObject({ state, commit: SHA });
  });

  test("counts by its newest attempt", () => {
    const checks = [aCheck("deploy", "failure", { order: 1 }), aCheck("deploy", "success", { order: 2 })];
    expect(checkReport(checks, "deploy", SHA).state).toBe("live");
  });

  test("that failed is shown with its page and its word", () => {
    const check = aCheck("deploy", "failure", { url: "https://ci.test/9" });
    expect(checkReport([check], "deploy", SHA)).toEqual({
      state: "failed",
      commit: SHA,
      url: "https://ci.test/9",
      about: "deploy: failure",
    });
  });
});

test("a repo that says nothing asks for no deploy", () => {
  expect([asksDeploy(undefined), asksDeploy(DEFAULT_RULES), asksDeploy({ ...DEFAULT_RULES, deploy: RULE })]).toEqual([
    false,
    false,
    true,
  ]);
});

test("what is waited for, in words", () => {
  expect([deploySubject(RULE), deploySubject({ type: "environment", name: "production" })]).toEqual([
    "the check deploy",
    "the deployment to production",
  ]);
});
