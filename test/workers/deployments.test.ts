/** Deployed means live, by GitHub's own deployments to an environment that the repo names in its rules. */
import { describe, expect, it } from "vitest";
import type { DeploymentState } from "../fakes/github/state.ts";
import { done, story } from "./live.ts";
import { FOR_HUMAN, openWorld, READY, REPO, type World } from "./world.ts";

const ENVIRONMENT = "staging";

/** From a repo that says so in its file to a landed commit whose CI is green. */
async function landedGreen(world: World): Promise<{ issue: number; sha: string }> {
  await world.ci(await world.rules(`deploy:\n  environment: ${ENVIRONMENT}\n`), "success");
  const issue = world.readyIssue();
  await world.later(2);
  const sha = await world.land(world.agent.turn());
  world.agent.turn().complete();
  await world.ci(sha, "success");
  await world.later(2);
  expect(world.comment(issue)).toContain("**Landed, CI is green; not live yet.**");
  return { issue, sha };
}

/** Somebody's deployer begins with a commit, and says how it stands. */
function deploy(world: World, sha: string, state: DeploymentState | null, more: { description?: string } = {}): number {
  return world.github.ci.deploy({ repo: REPO, sha, environment: ENVIRONMENT, by: "ada", state, ...more }).id;
}

const says = (world: World, id: number, state: DeploymentState) => world.github.ci.setDeploymentStatus(REPO, id, state);

describe("a deployment to the environment a repo names", () => {
  it("is waited for while it is under way, and closes the issue when it succeeds", async () => {
    const world = openWorld();
    const { issue, sha } = await landedGreen(world);
    const id = deploy(world, sha, null);
    await world.later(40);
    says(world, id, "in_progress");
    await world.later(600);
    expect(world.on(issue).state).toBe("open");
    expect(world.comment(issue)).toContain("- [ ] deployed - pending");
    expect(world.labels(issue)).toContain(READY);
    says(world, id, "success");
    // The webhook wakes it: no poll is waited for.
    await world.later(2);
    done(world, issue, sha);
    expect(await story(world, issue)).toEqual([
      "not live yet: the deployment to staging has not begun",
      `not live yet: the deployment to staging of ${sha.slice(0, 12)} is under way`,
      `live: the deployment to staging of ${sha.slice(0, 12)} succeeded`,
    ]);
    expect(world.turns()).toHaveLength(1);
  });

  it("to another environment says nothing", async () => {
    const world = openWorld({ AFK_DEPLOY_SECONDS: "60" });
    const { issue, sha } = await landedGreen(world);
    world.github.ci.deploy({ repo: REPO, sha, environment: "preview", by: "ada", state: "success" });
    await world.later(120);
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    expect(world.comment(issue)).toContain("the deploy did not come in time: the deployment to staging has not begun.");
  });

  it("of a commit on top, which took its place before anybody looked, makes ours live too", async () => {
    const world = openWorld();
    const { issue, sha } = await landedGreen(world);
    deploy(world, sha, "success");
    const theirs = await world.push("Something else");
    deploy(world, theirs, "success");
    await world.later(40);
    done(world, issue, theirs);
  });

  it("that is inactive, with none in its place that holds the change, is not live", async () => {
    const world = openWorld({ AFK_DEPLOY_SECONDS: "120" });
    const { issue, sha } = await landedGreen(world);
    deploy(world, sha, "success");
    // The commit before is deployed again.
    deploy(world, world.base, "success");
    await world.later(60);
    expect(world.on(issue).state).toBe("open");
    await world.later(100);
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    expect(world.comment(issue)).toContain(`the deployment to staging of ${sha.slice(0, 12)} is under way`);
  });

  it("that fails is fixed forward in the deployer's words, and what lands then is live", async () => {
    const world = openWorld();
    const { issue, sha } = await landedGreen(world);
    deploy(world, sha, "failure", { description: "migration 7 does not apply" });
    await world.later(40);
    expect(world.turns()).toHaveLength(2);
    const fix = world.agent.turn();
    expect(fix.text).toContain(`CI of your landed commit ${sha} on main is green, but its deploy failed.`);
    expect(fix.text).toContain("migration 7 does not apply");
    const [first] = world.agent.turns;
    if (!first) throw new Error("no first turn");
    const mended = await world.landOnly(first, "Mend the migration");
    fix.complete();
    await world.ci(mended, "success");
    await world.later(2);
    expect(world.on(issue).state).toBe("open");
    deploy(world, mended, "success");
    await world.later(2);
    done(world, issue, mended);
    expect(world.comment(issue)).toContain("Fix-forward attempt 1 of 5.");
  });
});
