/** Deployed means live: runs of repos that ask for it. */
import { describe, expect, it } from "vitest";
import { done, story } from "./live.ts";
import { FOR_HUMAN, FORGES, openWorld as open, REPO, type World } from "./world.ts";

const PAGE = { version_url: "https://app.test/version" };
const CHECK = { check: "deploy/production" };
const ORIGIN = { AFK_DEPLOY_ORIGINS: "https://app.test" };
const OTHER = "0badcafe".repeat(5);

/** From the labelled issue to a landed commit whose CI is green, in a repo with this rule. */
async function landedGreen(world: World, deploy: Record<string, string>): Promise<{ issue: number; sha: string }> {
  await asks(world, deploy);
  return landedAsAsked(world);
}

async function landedAsAsked(world: World): Promise<{ issue: number; sha: string }> {
  const issue = world.readyIssue();
  await world.later(2);
  return { issue, sha: await land(world) };
}

/** The agent's landing, and CI of it. */
async function land(world: World): Promise<string> {
  const sha = await world.land(world.agent.turn());
  world.agent.turn().complete();
  await world.ci(sha, "success");
  await world.later(2);
  return sha;
}

/** In the repo's own file; JSON is YAML. */
async function asks(world: World, deploy: Record<string, string>): Promise<void> {
  world.base = await world.rules(JSON.stringify({ deploy }));
}

const askedPages = (world: World) => world.app.asked.map(({ path, said }) => `${path} ${said?.slice(0, 8) ?? "-"}`);

function handedOver(world: World, issue: number, why: string): void {
  expect(world.on(issue).state).toBe("open");
  expect(world.labels(issue)).toEqual([FOR_HUMAN]);
  expect(world.comment(issue)).toContain(why);
  expect(world.comment(issue)).toContain("- [ ] deployed - missing");
}

describe.each(FORGES)("on %s", (forge) => {
  const openWorld = (changed: Record<string, string | undefined> = {}) => open({ ...ORIGIN, ...changed }, forge);

  describe("a version page", () => {
    it("closes the issue when it says the commit three times in a row, and not before", async () => {
      const world = openWorld();
      world.app.deploy(OTHER);
      const { issue, sha } = await landedGreen(world, PAGE);
      await world.later(90);
      expect(world.on(issue).state).toBe("open");
      expect(world.comment(issue)).toContain("**Landed, CI is green; not live yet.**");
      expect(world.comment(issue)).toContain("- [ ] deployed - pending");

      world.app.deploy(sha);
      const deployedAt = world.nowMs;
      await world.later(85);
      expect(world.on(issue).state).toBe("open");
      await world.later(40);
      done(world, issue, sha);
      const said = world.app.asked.filter((one) => one.said === sha).map((one) => one.at);
      expect(said).toHaveLength(3);
      expect((said[2] ?? 0) - (said[0] ?? 0)).toBeGreaterThanOrEqual(60_000);
      expect(said[0]).toBeGreaterThanOrEqual(deployedAt);
      expect(await story(world, issue)).toEqual([
        "not live yet: the page says 0badcafe0bad",
        `not live yet: the page says ${sha.slice(0, 12)}`,
        `live: the page says ${sha.slice(0, 12)}`,
      ]);
      expect(world.turns()).toHaveLength(1);
    });

    it("may say another's commit on top of ours", async () => {
      const world = openWorld();
      const { issue } = await landedGreen(world, PAGE);
      const theirs = await world.push("Something else");
      world.app.deploy(theirs);
      world.app.write = (sha) => sha.slice(0, 7).toUpperCase();
      await world.later(120);
      done(world, issue, theirs);
    });

    it("is not asked oftener for all the webhooks in the world", async () => {
      const world = openWorld();
      const { issue, sha } = await landedGreen(world, PAGE);
      world.app.deploy(sha);
      for (let second = 0; second < 50; second += 5) {
        world.people.comment({ repo: REPO, number: issue, by: "ada", body: "Is it live?" });
        await world.later(5);
      }
      expect(world.on(issue).state).toBe("open");
      expect(world.app.asked.filter((one) => one.said === sha).length).toBeLessThanOrEqual(2);
    });

    it("that goes back to an older commit is believed from the beginning", async () => {
      const world = openWorld();
      const { issue, sha } = await landedGreen(world, PAGE);
      world.app.deploy(sha);
      await world.later(62);
      world.app.deploy(OTHER);
      await world.later(31);
      world.app.deploy(sha);
      await world.later(62);
      expect(world.on(issue).state).toBe("open");
      await world.later(62);
      done(world, issue, sha);
    });

    it.each([
      ["of another commit", "commit", "the deploy did not come in time: the page says 0badcafe0bad."],
      ["that redirects", "redirect", "the deploy did not come in time: the page answers 302."],
      ["that is down", "down", "the deploy did not come in time: the page answers 503."],
      ["that says more than the commit", "garbage", "the page says something that names no commit."],
      ["without an end", "endless", "the page answers more than 64 KiB."],
    ] as const)("%s is waited for until the time is over", async (_name, mood, why) => {
      const world = openWorld({ AFK_DEPLOY_SECONDS: "200" });
      world.app.mood = mood;
      const { issue, sha } = await landedGreen(world, PAGE);
      world.app.deploy(mood === "commit" ? OTHER : sha);
      await world.later(170);
      expect(world.labels(issue)).not.toContain(FOR_HUMAN);
      await world.later(60);
      handedOver(world, issue, why);
      expect(new Set(world.app.asked.map((one) => one.path))).toEqual(new Set(["/version"]));
      expect(world.turns()).toHaveLength(1);
    });

    it("that answers too late is not live", async () => {
      const world = openWorld({ AFK_DEPLOY_SECONDS: "60", AFK_CALL_SECONDS: "0.3" });
      world.app.mood = "late";
      const { issue, sha } = await landedGreen(world, PAGE);
      world.app.deploy(sha);
      await world.later(100);
      handedOver(world, issue, "the page gives no answer in time.");
    });

    it("elsewhere than the origins that were set is never asked", async () => {
      const world = openWorld({ AFK_DEPLOY_SECONDS: "60" });
      await asks(world, PAGE);
      const issue = world.readyIssue();
      await world.later(2);
      // Set so once it is claimed: before, the file would be refused.
      world.set({ AFK_DEPLOY_ORIGINS: "https://other.test" });
      const sha = await land(world);
      world.app.deploy(sha);
      await world.later(100);
      handedOver(world, issue, "its origin is not in AFK&#95;DEPLOY&#95;ORIGINS");
      expect(askedPages(world)).toEqual([]);
    });

    it("may be an object that says it under a key", async () => {
      const world = openWorld();
      const { issue, sha } = await landedGreen(world, { version_url: "https://app.test/version.json", key: "commit" });
      world.app.deploy(sha);
      await world.later(120);
      done(world, issue, sha);
    });
  });

  describe("a check that tells of the deploy", () => {
    const tells = (world: World, sha: string, state: "pending" | "success" | "failure", description = "") =>
      world.forge.ci.setStatus({ repo: REPO, sha, context: "deploy/production", state, by: "ada", description });

    it("keeps no verdict waiting, and closes the issue when it says success", async () => {
      const world = openWorld();
      await asks(world, CHECK);
      const issue = world.readyIssue();
      await world.later(2);
      const sha = await world.land(world.agent.turn());
      world.agent.turn().complete();
      await tells(world, sha, "pending");
      await world.ci(sha, "success");
      await world.later(40);
      expect(world.comment(issue)).toContain("- [x] CI of the trunk green - verified");
      expect(world.comment(issue)).toContain("**Landed, CI is green; not live yet.**");
      await tells(world, sha, "success");
      await world.later(40);
      done(world, issue, sha);
      expect(await story(world, issue)).toEqual([
        `not live yet: the check deploy/production of ${sha.slice(0, 12)} is under way`,
        `live: the check deploy/production of ${sha.slice(0, 12)} succeeded`,
      ]);
    });

    it("of the commit before is no reason to wait for CI", async () => {
      const world = openWorld();
      await asks(world, CHECK);
      await tells(world, world.base, "success");
      const { issue } = await landedAsAsked(world);
      expect(world.comment(issue)).toContain("**Landed, CI is green; not live yet.**");
    });

    it("that fails is answered with a turn that names it, and what lands then is live", async () => {
      const world = openWorld();
      const { issue, sha } = await landedGreen(world, CHECK);
      await tells(world, sha, "failure");
      await world.later(40);
      expect(world.turns()).toHaveLength(2);
      const fix = world.agent.turn();
      expect(fix.text).toContain(`CI of your landed commit ${sha} on main is green, but its deploy failed.`);
      expect(fix.text).toContain("- the check deploy/production, of commit");
      expect(world.comment(issue)).toContain(
        "**Landed, CI is green; the deploy failed, and attempt 1 of 5 to fix it has begun.**",
      );
      const [first] = world.agent.turns;
      if (!first) throw new Error("no first turn");
      const mended = await world.landOnly(first, "Deploy them better");
      fix.complete();
      await tells(world, mended, "success");
      await world.ci(mended, "success");
      await world.later(40);
      done(world, issue, mended);
      expect(world.turns()).toHaveLength(2);
    });

    it("that fails and is mended by no one is handed over in its own words", async () => {
      const world = openWorld({ AFK_FIX_FORWARD_MAX_ATTEMPTS: "0" });
      const { issue, sha } = await landedGreen(world, CHECK);
      await tells(world, sha, "failure");
      await world.later(40);
      handedOver(world, issue, "CI is green, but the check deploy/production of");
      expect(world.comment(issue)).toContain("failed, and the attempts are used up.");
    });

    it("that never comes is handed over when its time is over", async () => {
      const world = openWorld({ AFK_DEPLOY_SECONDS: "60" });
      const { issue } = await landedGreen(world, CHECK);
      await world.later(120);
      handedOver(world, issue, "the deploy did not come in time: the check deploy/production has not begun.");
    });
  });

  describe("the freeze of a run whose change never went live", () => {
    /** `waiting`: an issue that was labelled before, and is no order to repair. */
    async function frozen(world: World, waiting?: string): Promise<{ sha: string; second: number }> {
      world.app.deploy(OTHER);
      // It is the file as it stands then that says what lifts the freeze.
      await world.ci(await world.rules(`deploy:\n  version_url: ${PAGE.version_url}\n`), "success");
      const { issue, sha } = await landedGreen(world, PAGE);
      const second = waiting === undefined ? 0 : world.readyIssue(waiting);
      await world.later(100);
      handedOver(world, issue, "the page says 0badcafe0bad.");
      const [handOver] = world.on(issue).comments.flatMap(({ body }) => (body.includes("@ada ") ? [body] : []));
      expect(handOver).toContain("nothing else starts in this repo until the trunk is live: ");
      expect(handOver).toContain(`\`${sha.slice(0, 12)}\` is on the trunk, not live; no fix was tried.`);
      return { sha, second };
    }

    it("costs nothing while nothing waits for it", async () => {
      const world = openWorld({ AFK_DEPLOY_SECONDS: "60" });
      await frozen(world);
      const asked = world.asked.length;
      await world.later(3600);
      expect(world.asked.slice(asked)).toEqual([]);
    });

    it("is not lifted by green alone, and by itself when the page says it three times in a row", async () => {
      const world = openWorld({ AFK_DEPLOY_SECONDS: "60" });
      const { sha, second } = await frozen(world, "Widgets squeak");
      await world.later(300);
      expect(world.threads()).toHaveLength(1);
      expect(world.comment(second)).toContain(`left ${sha.slice(0, 12)} not live; no fix was tried`);
      expect(world.log.some((line) => line.code === "unfrozen")).toBe(false);

      world.app.deploy(sha);
      const from = world.app.asked.length;
      await world.later(62);
      expect(world.log.some((line) => line.code === "unfrozen")).toBe(false);
      await world.later(62);
      expect(world.log.filter((line) => line.code === "unfrozen").map((line) => line.msg)).toEqual([
        `unfrozen: ${sha} is live`,
      ]);
      expect(world.app.asked.slice(from).filter((one) => one.said === sha)).toHaveLength(3);
      expect(world.threads()).toHaveLength(2);
    });
  });
});
