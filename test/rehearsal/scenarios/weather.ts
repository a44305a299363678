/** Things that break around a run. */
import type { SeenRequest } from "../../fakes/forge/faults.ts";
import { closed } from "../endings.ts";
import { expect, type Scenario } from "../scenario.ts";

export const weather: Scenario[] = [
  {
    name: "lost-webhooks",
    shows: "no webhook arrives: the sweep alone lands it",
    webhooks: "lost",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await closed(stage, issue.number);
      expect(stage.forge.sent.length === 0, "a webhook was sent");
    },
  },
  {
    name: "crash",
    shows: "workerd killed with SIGKILL in mid-run: it goes on",
    agent: "slow",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("the agent is at work", () => stage.t3.t3.dispatched.atWork().length === 1);
      await stage.loop.killWorkerd();
      await closed(stage, issue.number);
    },
  },
  {
    name: "stale-branch-read",
    shows: "the forge shows an old trunk after the push: nothing is concluded from one look",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("a thread is at work", () => stage.turns().length === 1);
      const stale = stage.standIn.faults.add(
        (request) => request.method === "GET" && asksWhatIsNew(request) && atRest(),
        async (_request, serve) => {
          const served = await serve();
          // Not modified is a stale answer already.
          if (served.status === 304) return served;
          const fresh: unknown = await served.json();
          const nothing = { total_commits: 0, ahead_by: 0, status: "identical", commits: [] };
          return Response.json(Array.isArray(fresh) ? [] : { ...Object(fresh), ...nothing });
        },
        1,
      );
      const atRest = () => stage.turns().length === 1 && stage.t3.t3.dispatched.atWork().length === 0;
      await closed(stage, issue.number);
      expect(stale.hits === 1, "no stale trunk was shown");
    },
  },
  {
    name: "comment-refused",
    shows: "the forge answers 500 to every comment: the issue lands, the human hears by Slack",
    settings: { AFK_RETRY_BASE_SECONDS: "0.005" },
    turns: 1,
    threads: 1,
    async play(stage) {
      stage.standIn.faults.add(({ method, path }) => method !== "GET" && /comments/.test(path), 500);
      const issue = stage.readyIssue();
      await stage.until("it is closed", () => stage.issue(issue.number).state === "closed");
      await stage.until("no label is left", () => stage.labels(issue.number).length === 0);
      await stage.until("Slack tells that the forge fails", () =>
        stage.bells(0).some((bell) => bell.includes("forge needs a human")),
      );
      expect(stage.comments(issue.number).length === 0, "a comment was written");
    },
  },
  {
    name: "token-expired",
    shows: "T3 answers 401: the bell rings, nothing is lost, it goes on when the token is good again",
    agent: "red-then-fixed",
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("a thread is at work", () => stage.turns().length === 1);
      stage.t3.t3.faults.push({
        match: () => true,
        respond: { status: 401, body: { code: "auth_invalid", reason: "invalid_credential" } },
      });
      await stage.until("the bell rings", () => stage.bells(0).some((bell) => bell.includes("executor needs a human")));
      stage.t3.t3.faults.length = 0;
      await closed(stage, issue.number);
    },
  },
];

/** What the trunk holds since the claim: a comparison, or a list of commits without those of the base. */
function asksWhatIsNew({ path, query }: SeenRequest): boolean {
  const listed = path.endsWith("/commits") && query.get("sha") === "main" && query.has("not");
  return listed || /\/compare\/[0-9a-f]+\.\.\.main$/.test(path);
}
