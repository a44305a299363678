/** Which reads a deploy rule costs, and what each answer comes to; the forge's deployments are a double of the port. */
import { describe, expect, it } from "vitest";
import { type LiveMemory, memoryOf } from "../../lib/core/live.ts";
import type { DeployRule } from "../../lib/core/repo-rules.ts";
import { DEFAULT_RULES } from "../../lib/core/repo-rules.ts";
import { type Deployment, known, type Reading, type Unread, unread } from "../../lib/core/types.ts";
import { deployText } from "../../lib/loop/deploy-text.ts";
import { readDeploy } from "../../lib/loop/look-deploy.ts";
import { aRun } from "../core/kit.ts";
import { Kit, REPO } from "./kit.ts";

const ENVIRONMENT: DeployRule = { type: "environment", name: "production" };
const PAGE: DeployRule = { type: "version_url", url: "https://app.test/version", key: null };
const OURS = "c0ffee00".repeat(5);
const LATER = ["1", "2", "3", "4", "5", "6"].map((digit) => digit.repeat(40));

const says = (state: Deployment["state"]): Reading<Deployment> =>
  known({ state, url: "https://ci.test/9", about: "exit code 1" });

/** A kit whose forge has these deployments to production. */
function deploying(deployments: Record<string, Reading<Deployment>>) {
  const kit = new Kit({ AFK_DEPLOY_ORIGINS: "https://app.test" });
  const asked: string[] = [];
  kit.loop.ci = {
    ...kit.loop.ci,
    deployment: async (sha, environment) => {
      asked.push(`${sha.slice(0, 8)} ${environment}`);
      return deployments[sha] ?? known({ state: "none", url: null, about: null });
    },
  };
  const failures: Unread[] = [];
  const look = (rule: DeployRule, later: string[] = [], held?: LiveMemory) =>
    readDeploy(kit.loop, { rule, trunk: "main", ours: OURS, later, held }, (failure) => failures.push(failure));
  return { kit, asked, failures, look };
}

describe("an environment", () => {
  it("is asked about our commit, and no more when that is live", async () => {
    const { look, asked } = deploying({ [OURS]: says("live") });
    expect(await look(ENVIRONMENT, LATER)).toMatchObject({ deploy: "live", live: { live: { commit: OURS } } });
    expect(asked).toEqual(["c0ffee00 production"]);
  });

  it("is asked about the newest five after ours, since they hold it too", async () => {
    const newest = LATER.at(-1) ?? "";
    const { look, asked } = deploying({ [OURS]: says("failed"), [newest]: says("live") });
    expect(await look(ENVIRONMENT, LATER)).toMatchObject({ deploy: "live", live: { live: { commit: newest } } });
    expect(asked.map((one) => one[0])).toEqual(["c", "2", "3", "4", "5", "6"]);
  });

  it.each([
    ["none", "pending", "the deployment to production has not begun"],
    ["pending", "pending", "the deployment to production of c0ffee00c0ff is under way"],
    ["failed", "failed", "the deployment to production of c0ffee00c0ff failed"],
  ] as const)("that says %s is %s", async (state, deploy, seen) => {
    expect(await deploying({ [OURS]: says(state) }).look(ENVIRONMENT)).toMatchObject({ deploy, live: { seen } });
  });

  it("that cannot be read is unknown, and what was known stays", async () => {
    const { look, failures } = deploying({ [OURS]: unread("HTTP 502") });
    expect(await look(ENVIRONMENT)).toEqual({ deploy: "unknown", live: null });
    expect(failures).toMatchObject([{ why: "HTTP 502" }]);
  });

  it("is not asked again once something was live", async () => {
    const { look, asked } = deploying({ [OURS]: says("failed") });
    const held = { ...memoryOf(undefined, OURS), live: { commit: OURS, at: 1 } };
    expect(await look(ENVIRONMENT, [], held)).toEqual({ deploy: "live", live: held });
    expect(asked).toEqual([]);
  });
});

describe("a version page", () => {
  it("is asked of no setting's leave but today's", async () => {
    const { kit, look } = deploying({});
    const asked: string[] = [];
    kit.loop.probe = {
      version: async (url) => {
        asked.push(url);
        return known(OURS);
      },
    };
    expect(await look(PAGE)).toMatchObject({ deploy: "pending", live: { hits: 1 } });
    kit.loop.settings.config.deployOrigins = [];
    expect(await look(PAGE)).toMatchObject({
      deploy: "pending",
      live: { hits: 0, seen: "the page is not asked: its origin is not in AFK_DEPLOY_ORIGINS" },
    });
    expect(asked).toEqual(["https://app.test/version"]);
  });

  it("is asked a poll after an answer that counted, and not before", async () => {
    const { kit, look } = deploying({});
    let asked = 0;
    kit.loop.probe = {
      version: async () => {
        asked++;
        return known(OURS);
      },
    };
    const first = (await look(PAGE)).live ?? undefined;
    kit.scene.later(29);
    expect(await look(PAGE, [], first)).toEqual({ deploy: "pending", live: first });
    kit.scene.later(1);
    expect(await look(PAGE, [], first)).toMatchObject({ live: { hits: 2 } });
    expect(asked).toBe(2);
  });
});

it("a page may name any commit after ours, however many there are", async () => {
  const { kit, look } = deploying({});
  kit.loop.probe = { ...kit.loop.probe, version: async () => known(LATER[0] ?? "") };
  expect(await look(PAGE, LATER)).toMatchObject({ live: { hits: 1 } });
});

describe("what is said of a failed deploy", () => {
  async function text(deployment: Reading<Deployment>) {
    const { kit } = deploying({});
    const sha = kit.scene.git.add(REPO, "main", { message: "Land", files: ["src/widget.ts"] });
    kit.loop.ci = { ...kit.loop.ci, deployment: async () => deployment };
    const run = aRun({ rules: { ...DEFAULT_RULES, deploy: ENVIRONMENT }, commits: [sha], attempts: 1 });
    return { sha, said: await deployText(kit.loop, run, { seen: run, ours: sha, later: [] }, 5) };
  }

  it("names the deployment, its page and its words", async () => {
    const { sha, said } = await text(says("failed"));
    expect(said.type).toBe("text");
    const told = "text" in said ? said.text : "";
    expect(told).toContain(`- the deployment to production, of commit ${sha}: failed\nhttps://ci.test/9\n`);
    expect(told).toContain("exit code 1");
  });

  it.each(["live", "pending", "none"] as const)("is nothing once it is %s", async (state) => {
    expect((await text(says(state))).said).toEqual({ type: "moot", why: "the deploy is no longer failed" });
  });

  it("waits where it cannot be read", async () => {
    expect((await text(unread("HTTP 502"))).said).toMatchObject({
      type: "later",
      why: "HTTP 502",
      unread: { system: "forge" },
    });
  });
});
