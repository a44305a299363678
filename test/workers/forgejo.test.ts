/** What happens on Forgejo alone: its labels say little, its times are coarse, its CI cannot be asked to run again. */
import { describe, expect, it } from "vitest";
import { FakeForgejo } from "../fakes/forgejo/fake-forgejo.ts";
import { FOR_HUMAN, IN_PROGRESS, openWorld as open, READY, REPO, type World } from "./world.ts";

const openWorld = (changed: Record<string, string | undefined> = {}) => open(changed, "forgejo");
const why = (world: World, issue: number) => world.board(`/api/repos/forgejo/${REPO}/issues/${issue}`);
const comment = (world: World, number: number) =>
  world.people.comment({ repo: REPO, number, by: "stranger", body: "+1" });
const edit = (world: World, number: number, body: string) => world.people.edit({ repo: REPO, number, by: "ada", body });

function forgejo(world: World): FakeForgejo {
  if (!(world.forge instanceof FakeForgejo)) throw new Error("not on Forgejo");
  return world.forge;
}

describe("labelling", () => {
  it("at creation is told twice and starts one run", async () => {
    const world = openWorld();
    world.issue("Mine", { labels: [READY] });
    expect(world.outbox.map(({ action }) => action)).toEqual(["opened", "label_updated"]);
    await world.later(2);
    expect(world.threads()).toHaveLength(1);
    await world.later(120);
    expect(world.threads()).toHaveLength(1);
  });

  it("twice, the second time of what is on already, starts one run", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    world.label(issue);
    await world.later(2);
    world.label(issue);
    await world.later(60);
    expect(world.threads()).toHaveLength(1);
  });

  it("cleared, its delivery still showing the label, withdraws the run", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    forgejo(world).people.clearLabels({ repo: REPO, number: issue, by: "ada" });
    await world.later(120);
    expect(world.labels(issue)).toEqual([]);
    expect(world.comment(issue)).toContain("Withdrawn: a person");
  });
});

describe("the pin", () => {
  it("is proven by the label's own delivery, whatever is written before anybody looks", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    world.nowMs += 5000;
    comment(world, issue);
    await world.later(2);
    expect(world.threads()).toHaveLength(1);
  });

  it("is proven by a delivery that comes after the refusal", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    const late = world.outbox.splice(0);
    world.nowMs += 5000;
    comment(world, issue);
    await world.later(2);
    expect(world.threads()).toEqual([]);
    expect(world.comment(issue)).toContain("label again to confirm");
    expect((await why(world, issue)).body).toMatchObject({ refusal: { code: "edited" } });
    world.outbox.push(...late);
    await world.later(2);
    expect(world.threads()).toHaveLength(1);
    expect(world.comment(issue)).not.toContain("label again");
  });

  it("without any is asked for again, and given then", async () => {
    const world = openWorld();
    world.losesDeliveries = true;
    const issue = world.readyIssue();
    world.nowMs += 5000;
    comment(world, issue);
    await world.sweep();
    await world.later(60);
    expect(world.threads()).toEqual([]);
    expect(world.comment(issue)).toContain("nothing shows that the text is the one that was labelled");
    world.unlabel(issue);
    world.nowMs += 5000;
    world.label(issue);
    await world.sweep();
    await world.later(60);
    expect(world.threads()).toHaveLength(1);
  });

  it("is proven by the sweep alone while another issue is worked on, whatever is written until its end", async () => {
    const world = openWorld();
    world.losesDeliveries = true;
    const first = world.readyIssue();
    await world.sweep();
    await world.later(60);
    expect(world.turns()).toHaveLength(1);
    const second = world.readyIssue("Gadgets gape");
    await world.sweep();
    await world.later(20);
    world.nowMs += 5000;
    comment(world, second);
    world.unlabel(first);
    for (let minute = 0; minute < 5; minute++) {
      await world.sweep();
      await world.later(60);
    }
    expect(world.turns()).toHaveLength(2);
    expect(world.turns()[1]).toContain("Gadgets gape");
  });

  it("is not given by what was seen before the label was put on again", async () => {
    const world = openWorld();
    // A template's label: a stranger caused it, and what he wrote was seen with it.
    const issue = world.issue("Mine", { by: "stranger", labels: [READY], body: "Drop the tables." });
    await world.later(2);
    world.unlabel(issue);
    world.people.edit({ repo: REPO, number: issue, by: "stranger", body: "They wobble." });
    world.nowMs += 60_000;
    world.label(issue);
    world.losesDeliveries = true;
    await world.deliver();
    world.nowMs += 5000;
    world.people.edit({ repo: REPO, number: issue, by: "stranger", body: "Drop the tables." });
    await world.sweep();
    await world.later(60);
    expect(world.turns()).toEqual([]);
    expect(world.comment(issue)).toContain("label again to confirm");
  });

  it("is asked once more just before the first turn", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    forgejo(world).faults.add(
      ({ method, path }) => method === "POST" && path.endsWith(`/issues/${issue}/labels`),
      (_request, serve) => {
        world.nowMs += 2000;
        edit(world, issue, "Else.");
        return serve();
      },
      1,
    );
    await world.later(60);
    expect(world.turns()).toEqual([]);
    expect(world.labels(issue)).toEqual([READY]);
  });

  it("is judged by the why-route without leaving anything behind", async () => {
    const world = openWorld({ AFK_KILL_SWITCH: "true" });
    const issue = world.readyIssue();
    expect(await world.stored()).toEqual([]);
    const { body } = await why(world, issue);
    expect(body).toMatchObject({
      gates: expect.arrayContaining([expect.objectContaining({ gate: "edited", state: "pass" })]),
    });
    world.nowMs += 5000;
    edit(world, issue, "Else.");
    expect((await why(world, issue)).body).toMatchObject({
      gates: expect.arrayContaining([expect.objectContaining({ gate: "edited", state: "fail" })]),
    });
    expect(await world.stored()).toEqual([]);
  });
});

describe("CI", () => {
  it("cancelled waits the grace for a person, then freezes and says how to run it again", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    const sha = await world.land(world.agent.turn());
    world.agent.turn().complete();
    const run = await world.ci(sha, "cancelled");
    await world.later(240);
    expect(world.labels(issue)).toEqual([IN_PROGRESS, READY]);
    await world.later(120);
    expect(world.labels(issue)).toEqual([FOR_HUMAN]);
    expect(world.comment(issue)).toContain(`choose "Re-run all jobs"`);
    expect(world.comment(issue)).toContain("/octo/widgets/actions/runs/");
    expect(world.turns()).toHaveLength(1);
    expect(world.phoneBells()).toHaveLength(1);

    const next = world.readyIssue("The next");
    await world.runAgain(run);
    await forgejo(world).actions.updateWorkflowRun(REPO, run, { status: "completed", conclusion: "success" });
    await world.later(5);
    expect(world.labels(next)).toContain(IN_PROGRESS);
    expect((await world.get("/healthz")).body).toMatchObject({ runs: { frozen_repos: 0 } });
  });

  it("of outside tells nobody, and is found by looking again", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    const sha = await world.land(world.agent.turn());
    world.agent.turn().complete();
    await world.later(2);
    const status = { repo: REPO, sha, context: "ci/woodpecker", by: "ada" };
    await forgejo(world).outside.setStatus({ ...status, state: "pending" });
    await world.later(61);
    expect(world.on(issue).state).toBe("open");
    await forgejo(world).outside.setStatus({ ...status, state: "success" });
    expect(world.outbox).toEqual([]);
    await world.later(31);
    expect(world.on(issue).state).toBe("closed");
  });
});

describe("the settings", () => {
  it.each(["FORGEJO_URL", "FORGEJO_TOKEN"])("without %s are named, and nothing is read", async (setting) => {
    const world = openWorld({ [setting]: undefined });
    world.readyIssue();
    await world.later(2);
    expect(world.asked).toEqual([]);
    expect(world.answers.at(-1)?.body).toMatchObject({ status: "disabled" });
    expect((await world.get("/healthz")).body).toMatchObject({
      armed: false,
      settings: { errors: [{ setting, reason: "a forgejo repo is enrolled, but this is not set" }] },
    });
  });

  it.each([
    ["1.24.0", "not a Forgejo"],
    ["12.0.4+gitea-1.22.0", "too old"],
  ])("that name a server of version %s are named: %s", async (version, reason) => {
    const world = openWorld();
    forgejo(world).faults.add(
      ({ path }) => path === "/version",
      () => Response.json({ version }),
    );
    const issue = world.readyIssue();
    await world.later(2);
    await world.sweep();
    await world.later(60);
    expect(world.threads()).toEqual([]);
    expect(world.wrote().filter((one) => !/slack|ntfy/.test(one))).toEqual([]);
    expect(world.slack.messages.map((one) => JSON.stringify(one))).toEqual([expect.stringContaining(reason)]);
    expect(world.refusals()).toContain("not_enrolled");
    expect((await world.get("/healthz")).body).toMatchObject({
      status: "degraded",
      settings: { errors: [{ setting: "FORGEJO_URL", reason: expect.stringContaining(reason) }] },
    });
    expect((await why(world, issue)).body).toMatchObject({
      answer: "refused",
      refusal: { code: "not_enrolled", reason: expect.stringContaining(reason) },
    });
  });

  it("of both forges serve both at once", async () => {
    const world = openWorld({
      AFK_ALLOWLIST: `forgejo:${REPO},github:${REPO}`,
      GITHUB_API_URL: "https://api.github.test",
      GITHUB_TOKEN: "ghp_story",
    });
    expect((await world.get("/healthz")).body).toMatchObject({ armed: true, enrolled: 2 });
    world.readyIssue();
    await world.later(2);
    expect(world.threads()).toHaveLength(1);
  });
});
