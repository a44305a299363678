/** The port alone: a forge without a CI of its own can be written against it in a few lines. */
import { expect, test } from "vitest";
import type { CiWatcher } from "../../lib/forge/ci-watcher.ts";

test("a forge that has no CI keeps the port's promises", async () => {
  const none: CiWatcher = {
    canRerun: false,
    checks: async () => ({ known: true, value: [] }),
    queueChecks: async () => ({ known: true, value: [] }),
    required: async () => ({ known: true, value: [] }),
    rerun: async () => ({ type: "refused", why: "this forge cannot run a CI run again" }),
    failure: async () => ({ known: true, value: { step: null, logTail: null } }),
    deployment: async () => ({ known: true, value: { state: "none", url: null, about: null } }),
  };
  expect(await none.checks("sha", "main")).toEqual({ known: true, value: [] });
  expect(await none.required("main")).toEqual({ known: true, value: [] });
  expect(await none.rerun(["1"])).toMatchObject({ type: "refused" });
});
