/** Runs of a repo that says how its commits go live: on a page that answers with the commit. */
import { closed, handedOver } from "../endings.ts";
import { isNotLive, LIVE, landedGreen, saysDeploy } from "../live.ts";
import { expect, type Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

const HITS = 3;
/** The stage's AFK_POLL_SECONDS. */
const POLL_MS = 500;
const OVERDUE = { AFK_DEPLOY_SECONDS: "6" };

async function asksForDeploys(stage: Stage, path = "/version", key = ""): Promise<string> {
  const before = await saysDeploy(stage, `version_url: ${stage.app.url}${path}\n${key}`);
  stage.app.app.deploy(before);
  return before;
}

/** Since the page said this commit for the first time. */
function saidThrice(stage: Stage, sha: string): void {
  const times = stage.app.app.asked.filter((one) => one.said === sha).map((one) => one.at);
  expect(times.length >= HITS, `the page said it ${times.length} times`);
  const spanMs = (times[HITS - 1] ?? 0) - (times[0] ?? 0);
  // What is stamped on two sides of a connection may differ by a little.
  expect(spanMs >= (HITS - 1) * POLL_MS - 50, `three times within ${spanMs} ms`);
}

export const deploys: Scenario[] = [
  {
    name: "deploy-live",
    shows: "green is not live: closed when the page says the commit three times in a row",
    turns: 1,
    threads: 1,
    async play(stage) {
      await asksForDeploys(stage);
      const issue = stage.readyIssue();
      const sha = await landedGreen(stage);
      const asked = stage.app.app.asked.length;
      await stage.until("the page is asked in vain", () => stage.app.app.asked.length >= asked + HITS);
      await isNotLive(stage, issue.number);
      stage.app.app.deploy(sha);
      await closed(stage, issue.number, LIVE);
      saidThrice(stage, sha);
    },
  },
  {
    name: "deploy-live-under-key",
    shows: "the page is an object that says the commit under a key",
    turns: 1,
    threads: 1,
    async play(stage) {
      await asksForDeploys(stage, "/version.json", "  key: commit\n");
      const issue = stage.readyIssue();
      stage.app.app.deploy(await landedGreen(stage));
      await closed(stage, issue.number, LIVE);
    },
  },
  {
    name: "deploy-never-comes",
    shows: "green, and down ever since: handed over; what waits starts when the change is live after all",
    settings: OVERDUE,
    turns: 2,
    threads: 2,
    async play(stage) {
      const { app } = stage.app;
      await asksForDeploys(stage);
      app.mood = "down";
      const first = stage.readyIssue("Breaks the deploy");
      await stage.until("a thread is at work", () => stage.turns().length === 1);
      const second = stage.readyIssue("Waits");
      const sha = await landedGreen(stage);
      await handedOver(stage, first.number, "the deploy did not come in time: the page answers 503");
      await stage.until("the waiting issue says why it waits", () =>
        stage.comments(second.number).some((body) => body.includes("frozen since")),
      );
      const asked = app.asked.length;
      await stage.until("the page is still asked", () => app.asked.length >= asked + HITS);
      expect(stage.turns().length === 1, "it started though nothing was live");
      app.mood = "commit";
      app.deploy(sha);
      await stage.until("the next issue starts", () => stage.turns().length === 2);
      saidThrice(stage, sha);
      app.deploy(await landedGreen(stage, 2));
      await closed(stage, second.number, LIVE);
    },
  },
  {
    name: "deploy-of-another-commit",
    shows: "the page says another commit for ever: handed over, with what it says",
    settings: OVERDUE,
    turns: 1,
    threads: 1,
    async play(stage) {
      const before = await asksForDeploys(stage);
      const issue = stage.readyIssue();
      await landedGreen(stage);
      await handedOver(stage, issue.number, `the page says ${before.slice(0, 12)}`);
    },
  },
  {
    name: "version-url-redirects",
    shows: "the page leads elsewhere: nobody follows, though the commit is said there",
    settings: OVERDUE,
    turns: 1,
    threads: 1,
    async play(stage) {
      const { app } = stage.app;
      await asksForDeploys(stage);
      app.mood = "redirect";
      const issue = stage.readyIssue();
      app.deploy(await landedGreen(stage));
      await handedOver(stage, issue.number, "the page answers 302");
      expect(
        app.asked.every((one) => one.path === "/version"),
        "the redirect was followed",
      );
    },
  },
  {
    name: "version-url-late",
    shows: "the page answers later than anyone waits: handed over",
    settings: OVERDUE,
    turns: 1,
    threads: 1,
    async play(stage) {
      const { app } = stage.app;
      await asksForDeploys(stage);
      app.mood = "late";
      const issue = stage.readyIssue();
      app.deploy(await landedGreen(stage));
      await handedOver(stage, issue.number, "the page gives no answer in time");
    },
  },
];
