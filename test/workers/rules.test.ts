/** What a repo says of itself, from the file on its trunk to the run. */
import { describe, expect, it } from "vitest";
import { IN_PROGRESS, openWorld, READY, REPO, type World } from "./world.ts";

const INVALID = "evidence: required\nlandng: push\n";
const REASON = '.afk.yml 2:1 landng is not known; the nearest known key is "landing"';

async function rule(world: World, text: string | null): Promise<void> {
  await world.people.writeFiles({ repo: REPO, by: "ada", files: { ".afk.yml": text } });
}

describe.each(["github", "forgejo"] as const)("on %s, a repo whose rules", (forge) => {
  it("cannot be understood starts nothing, says where, and starts by itself when they are mended", async () => {
    const world = openWorld({}, forge);
    await rule(world, INVALID);
    const [first, second] = [world.readyIssue("One"), world.readyIssue("Two")];
    await world.later(2);
    expect(world.threads()).toEqual([]);
    for (const issue of [first, second]) {
      expect(world.comment(issue)).toContain("Not started: .afk.yml 2:1 landng is not known");
      expect(world.labels(issue)).toEqual([READY]);
    }
    expect(world.refusals()).toContain("repo_config");
    await rule(world, "evidence: required\n");
    await world.later(2);
    expect(world.threads()).toHaveLength(1);
    expect(world.labels(first)).toContain(IN_PROGRESS);
    for (const issue of [first, second]) expect(world.comment(issue)).not.toContain("Not started");
    expect(world.turns()[0]).toContain("red, before you push the green one");
  });

  it("cannot be understood says nothing to a stranger", async () => {
    const world = openWorld({}, forge);
    await rule(world, INVALID);
    const stranger = world.issue("Mine", { by: "stranger", labels: [READY] });
    const ours = world.readyIssue("Ours");
    await world.later(2);
    expect(world.comments(stranger)).toEqual([]);
    expect(world.comment(ours)).toContain("landng");
  });

  it("are tighter than the deployment's holds its runs to them, and looser ones are not heeded", async () => {
    const world = openWorld({ AFK_RUN_MAX_SECONDS: "5000", AFK_FIX_FORWARD_MAX_ATTEMPTS: "2" }, forge);
    await rule(world, "limits: { run_seconds: 900, fix_attempts: 9 }\nsetup: make ready\n");
    const issue = world.readyIssue();
    await world.later(2);
    expect(world.turns()[0]).toContain("Make it ready with this command: make ready");
    const { body } = await world.board(`/api/repos/${forge}/${REPO}/issues/${issue}`);
    const facts = JSON.stringify(body);
    expect(facts).toContain("tighter run_seconds; not heeded, since the deployment is stricter: fix_attempts");
    // Changed after the claim: the run keeps what it began with.
    await rule(world, "limits: { run_seconds: 4000 }\n");
    await world.later(1000);
    expect(world.comment(issue)).toContain("the run's whole time is over");
  });

  it("want pull requests gets them, where the deployment leaves it to the forge", async () => {
    const world = openWorld({ AFK_LANDING: "auto" }, forge);
    await rule(world, "landing: pull-request\n");
    world.readyIssue();
    await world.later(2);
    expect(world.turns()[0]).toContain("Then open ONE pull request");
  });

  it("ignores a check by name is not stopped by its red", async () => {
    const world = openWorld({}, forge);
    await rule(world, "checks: { ignored: [noise] }\n");
    const sha = (await world.git.head(REPO, "main")) ?? "";
    await world.forge.ci.setStatus({ repo: REPO, sha, context: "noise", state: "failure", by: "ada" });
    world.readyIssue();
    await world.later(2);
    expect(world.threads()).toHaveLength(1);
  });
});

it("names the place on the why-page", async () => {
  const world = openWorld();
  await rule(world, INVALID);
  const issue = world.readyIssue();
  const { body } = await world.board(`/api/repos/github/${REPO}/issues/${issue}`);
  expect(body).toMatchObject({ answer: "refused", refusal: { code: "repo_config", reason: REASON } });
});
