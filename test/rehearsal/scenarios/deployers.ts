/** Runs of a repo whose deployer tells the forge: as a deployment, or as a check of the commit. */
import { FakeGitHub } from "../../fakes/github/fake-github.ts";
import type { DeploymentState } from "../../fakes/github/state.ts";
import { closed, handedOver } from "../endings.ts";
import { isNotLive, LIVE, landedGreen, saysDeploy } from "../live.ts";
import { expect, type Scenario } from "../scenario.ts";
import { DEV, REPO, type Stage } from "../stage.ts";

const ENVIRONMENT = "environment: production\n";
const CHECK = "deploy/production";

/** The deployer begins with this commit, and says how it goes on. */
function deploys(stage: Stage, sha: string): (state: DeploymentState, description?: string) => void {
  const { forge } = stage.forge;
  if (!(forge instanceof FakeGitHub)) throw new Error(`${stage.name} knows no deployments`);
  const { id } = forge.ci.createDeployment({ repo: REPO, sha, ref: "main", environment: "production", by: DEV });
  return (state, description = "") => forge.ci.setDeploymentStatus(REPO, id, state, { description });
}

/** The same as a status of the commit. */
async function tells(stage: Stage, sha: string, state: "pending" | "success" | "failure", description = "") {
  await stage.standIn.ci.setStatus({ repo: REPO, sha, context: CHECK, state, by: DEV, description });
}

export const deployers: Scenario[] = [
  {
    name: "deploy-environment",
    shows: "green is not live: closed when the forge's deployment to production succeeds",
    forges: ["github"],
    turns: 1,
    threads: 1,
    async play(stage) {
      await saysDeploy(stage, ENVIRONMENT);
      const issue = stage.readyIssue();
      const says = deploys(stage, await landedGreen(stage));
      says("in_progress");
      await isNotLive(stage, issue.number);
      says("success");
      await closed(stage, issue.number, LIVE);
    },
  },
  {
    name: "deploy-environment-fails",
    shows: "a deployment that fails is a red like any other: fixed forward, deployed, live",
    forges: ["github"],
    agent: "redeploys",
    turns: 2,
    threads: 1,
    async play(stage) {
      await saysDeploy(stage, ENVIRONMENT);
      const issue = stage.readyIssue();
      const says = deploys(stage, await landedGreen(stage));
      says("in_progress");
      says("failure", "migration 7 does not apply");
      await stage.until("a fix is asked for in the same thread", () => stage.turns().length === 2);
      const text = stage.turns()[1]?.text ?? "";
      expect(text.includes("migration 7 does not apply"), "the turn does not say how the deploy failed");
      deploys(stage, await landedGreen(stage, 2))("success");
      await closed(stage, issue.number, LIVE);
    },
  },
  {
    name: "deploy-check",
    shows: "a check tells of the deploy: while it is pending CI is green and nothing is live; fails, is fixed, is live",
    agent: "redeploys",
    turns: 2,
    threads: 1,
    async play(stage) {
      await saysDeploy(stage, `check: ${CHECK}\n`);
      const issue = stage.readyIssue();
      const first = await landedGreen(stage);
      await tells(stage, first, "pending");
      await isNotLive(stage, issue.number);
      await tells(stage, first, "failure", "the pod does not come up");
      await stage.until("a fix is asked for in the same thread", () => stage.turns().length === 2);
      await tells(stage, await landedGreen(stage, 2), "success");
      await closed(stage, issue.number, LIVE);
    },
  },
  {
    name: "deploy-fails",
    shows: "the deploy fails and no attempt is left: handed over, with what failed",
    settings: { AFK_FIX_FORWARD_MAX_ATTEMPTS: "0" },
    turns: 1,
    threads: 1,
    async play(stage) {
      await saysDeploy(stage, `check: ${CHECK}\n`);
      const issue = stage.readyIssue();
      await tells(stage, await landedGreen(stage), "failure");
      await handedOver(stage, issue.number, "CI is green, but the check deploy/production");
    },
  },
];
