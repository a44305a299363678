import { describe, expect, test } from "vitest";
import type { Deployment } from "../../../lib/core/types.ts";
import type { DeploymentState } from "../../fakes/github/state.ts";
import { REPO, stage } from "./stage.ts";

async function landed() {
  const there = stage();
  const sha = await there.scene.push("Widgets stand still");
  const deploy = (state: DeploymentState | null, more: object = {}) =>
    there.ci.deploy({ repo: REPO, sha, environment: "production", by: "ada", state, ...more });
  return { ...there, sha, deploy };
}

describe("a deployment", () => {
  test.each<[state: DeploymentState | null, told: Deployment["state"], description: string]>([
    ["success", "live", "the only word for it"],
    ["failure", "failed", "said by the deployer"],
    ["error", "failed", "said by what runs it"],
    ["queued", "pending", ""],
    ["pending", "pending", ""],
    ["in_progress", "pending", ""],
    ["waiting", "pending", "for a person"],
    ["inactive", "pending", "no newer word"],
    [null, "pending", "begun"],
  ])("whose newest word is %s is %s", async (state, told) => {
    const { watcher, sha, deploy } = await landed();
    deploy(state);
    expect(await watcher.deployment(sha, "production")).toMatchObject({ known: true, value: { state: told } });
  });

  test.each<[newest: (DeploymentState | null)[], told: Deployment["state"]]>([
    // oldest to newest
    [["failure", "success"], "live"],
    [["success", "failure"], "failed"],
    [["success", null], "pending"],
    [["success", "inactive"], "live"],
    [["success", "inactive", "inactive"], "live"],
    [["success", "failure", "inactive"], "live"],
    [["failure", "inactive"], "pending"],
    [["in_progress", "inactive"], "pending"],
    [["inactive", "inactive"], "pending"],
    [["inactive", "failure"], "failed"],
    [["success", "inactive", "inactive", "inactive", "inactive", "inactive"], "pending"],
  ])("done again, %j, is %s", async (states, told) => {
    const { watcher, sha, deploy } = await landed();
    for (const state of states) deploy(state);
    expect(await watcher.deployment(sha, "production")).toMatchObject({ known: true, value: { state: told } });
  });

  test("moves with its newest status, at two requests", async () => {
    const { watcher, sha, deploy, ci, heard } = await landed();
    const { id } = deploy("queued");
    for (const [state, told] of [
      ["in_progress", "pending"],
      ["success", "live"],
      ["inactive", "pending"],
    ] as const) {
      ci.setDeploymentStatus(REPO, id, state);
      expect(await watcher.deployment(sha, "production")).toMatchObject({ known: true, value: { state: told } });
      expect(heard()).toEqual(["GET 200 /deployments", `GET 200 /deployments/${id}/statuses`]);
    }
  });

  test("is none where nobody began one of this very commit in this environment", async () => {
    const { watcher, sha, deploy, scene, ci, heard } = await landed();
    const none = { known: true, value: { state: "none", url: null, about: null } };
    expect(await watcher.deployment(sha, "production")).toEqual(none);
    expect(heard()).toHaveLength(1);
    deploy("success", { environment: "preview" });
    ci.deploy({ repo: REPO, sha: scene.base, environment: "production", by: "ada", state: "success" });
    expect(await watcher.deployment(sha, "production")).toEqual(none);
    expect(await watcher.deployment(sha, "preview")).toMatchObject({ value: { state: "live" } });
  });

  test("of another commit or environment is not taken, though the forge lists it; a name is of no case", async () => {
    const { watcher, sha, deploy, faults } = await landed();
    const { id } = deploy("success");
    for (const [listed, state] of [
      [{ id, sha: "f".repeat(40), environment: "production" }, "none"],
      [{ id, sha, environment: "preview" }, "none"],
      [{ id, sha, environment: "Production" }, "live"],
    ] as const) {
      faults.add(
        ({ path }) => path.endsWith("/deployments"),
        () => Response.json([listed]),
        1,
      );
      expect(await watcher.deployment(sha, "production")).toMatchObject({ value: { state } });
    }
  });

  test.each([
    [
      "its log before its address",
      { logUrl: "https://ci.test/log", environmentUrl: "https://w.test" },
      "https://ci.test/log",
    ],
    ["its address", { environmentUrl: "https://w.test" }, "https://w.test"],
    ["nothing that is no page", { logUrl: "javascript:alert(1)", environmentUrl: "" }, null],
  ])("links to %s", async (_, more, url) => {
    const { watcher, sha, deploy } = await landed();
    deploy("failure", more);
    expect(await watcher.deployment(sha, "production")).toMatchObject({ known: true, value: { url } });
  });

  test("is told in the deployer's words, of which there may be none or too many", async () => {
    const { watcher, sha, deploy, faults } = await landed();
    deploy("failure", { description: " The migration broke. " });
    expect(await watcher.deployment(sha, "production")).toMatchObject({ value: { about: "The migration broke." } });
    deploy("failure");
    expect(await watcher.deployment(sha, "production")).toMatchObject({ value: { about: null } });
    const wordy = [{ state: "failure", description: "x".repeat(1000) }];
    faults.add(
      ({ path }) => path.endsWith("/statuses"),
      () => Response.json(wordy),
    );
    expect(await watcher.deployment(sha, "production")).toMatchObject({ value: { about: "x".repeat(300) } });
  });

  test.each([
    ["/deployments", 403, true],
    ["/deployments", 404, false],
    ["/deployments", 401, true],
    ["/deployments", 500, false],
    ["/statuses", 403, true],
    ["/statuses", 404, false],
    ["/statuses", "reset", false],
  ] as const)("is unread, and never none, where %s ends in %s", async (path, fault, auth) => {
    const { watcher, sha, deploy, faults } = await landed();
    deploy("success");
    faults.add((request) => request.path.endsWith(path), fault);
    expect(await watcher.deployment(sha, "production")).toMatchObject({ known: false, auth });
  });
});
