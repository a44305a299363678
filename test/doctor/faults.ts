/** Faults that either forge can have, and those of everything else a setting names. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Any, type Fault, noCi } from "./faults-kit.ts";
import { FORGEJO_TOKEN, GITHUB_TOKEN } from "./forge-worlds.ts";
import { DAY_SECONDS, REPO, TOKENS, type World } from "./world.ts";

export const FAULTS: Fault<Any>[] = [
  [
    "a kill switch that says neither",
    ["FAIL settings", "FAIL kill-switch"],
    ({ env }) => (env.AFK_KILL_SWITCH = "yes"),
  ],
  [
    "a wildcard among the repos",
    ["FAIL settings", "FAIL allowlist"],
    ({ env }) => (env.AFK_ALLOWLIST += ",github:acme/*"),
  ],
  [
    "a repo that was renamed",
    ["FAIL allowlist"],
    ({ forge }) => forge.fake.people.renameRepo({ repo: REPO, to: "gears", by: "ada" }),
  ],
  ["a DATA_DIR that cannot be written", ["FAIL disk"], (world) => (world.input = room(5000, false))],
  ["a setting that cannot be parsed", ["FAIL settings"], ({ env }) => (env.AFK_MAX_RUNS = "three")],
  ["a misspelt setting", ["WARN settings"], (world) => (world.input = { warnings: [".dev.vars:3: T3_TOKN is none"] })],
  ["a settings file open to others", ["WARN settings"], (world) => (world.input = { exposedFile: "/x/.dev.vars" })],
  ["no repo enrolled", ["WARN allowlist"], ({ env }) => (env.AFK_ALLOWLIST = "")],
  ["a token that was revoked", ["FAIL forge-token"], ({ forge }) => revoke(forge)],
  ["a forge that is down", ["FAIL forge-reachable", "UNKNOWN forge-token"], ({ servers }) => servers.forge.kill()],
  [
    "a forge that never answers",
    ["FAIL forge-reachable", "UNKNOWN forge-token"],
    (world) =>
      hangs(
        world,
        world.forge.fake.faults.add(() => true, "hang"),
      ),
  ],
  [
    "a repo that is not there",
    ["FAIL forge-permission"],
    ({ env, forge }) => (env.AFK_ALLOWLIST = `${forge.name}:acme/gone`),
  ],
  ["a repo without issues", ["FAIL forge-permission"], ({ forge }) => (forge.repo.issuesEnabled = false)],
  ["an archived repo", ["FAIL forge-permission"], ({ forge }) => (forge.repo.archived = true)],
  ["no webhook", ["WARN webhook-present"], ({ forge }) => (forge.repo.hooks = [])],
  [
    "a webhook to another loop",
    ["WARN webhook-present"],
    ({ forge }) => (forge.hook.url = `https://old.example/webhooks/${forge.name}`),
  ],
  ["a webhook to another path of ours", ["WARN webhook-present"], ({ forge }) => (forge.hook.url += "/")],
  ["a webhook switched off", ["FAIL webhook-active"], ({ forge }) => (forge.hook.active = false)],
  ["a webhook told of pushes alone", ["FAIL webhook-events"], ({ forge }) => (forge.hook.events = ["push"])],
  ["a webhook that sends a form", ["FAIL webhook-format"], ({ forge }) => (forge.hook.contentType = "form")],
  ["a webhook secret that is not set", ["FAIL webhook-secret"], ({ env, forge }) => (env[secretOf(forge.name)] = "")],
  [
    "hooks that cannot be read",
    ["UNKNOWN webhook-present"],
    ({ forge }) => forge.fake.faults.add(({ path }) => path.endsWith("/hooks"), 500),
  ],
  ["no ready label", ["FAIL labels"], ({ forge }) => without(forge.repo.labels, "ready-for-agent")],
  ["no label of a hand-over", ["WARN labels"], ({ forge }) => without(forge.repo.labels, "ready-for-human")],
  [
    "labels that cannot be read",
    ["UNKNOWN labels"],
    ({ forge }) => forge.fake.faults.add(({ path }) => path.endsWith("/labels"), 502),
  ],
  [
    "a protected trunk under AFK_LANDING=push",
    ["FAIL branch-rules"],
    ({ env, forge }) => {
      env.AFK_LANDING = "push";
      forge.fake.pulls.setRules(REPO, "main", { pullRequest: true, approvals: 1 });
    },
  ],
  [
    "a default branch that cannot be read",
    ["UNKNOWN branch-rules", "UNKNOWN ci-on-trunk"],
    ({ forge }) => forge.fake.faults.add(isTrunk, "reset"),
  ],
  ["a red trunk", ["WARN ci-on-trunk"], async ({ forge }) => forge.ciSays(forge.commit("a", "b"), "failure")],
  ["a commit of the trunk that CI left out", ["WARN ci-on-trunk"], ({ forge }) => forge.commit("a", "b")],
  ["CI that never ran", ["FAIL ci-on-trunk", "WARN ci-on-branch"], ({ forge }) => noCi(forge)],
  [
    "a CI outside that reports on the trunk alone, and no pull request to look at",
    ["UNKNOWN ci-on-branch"],
    async ({ forge }) => outsideCi(forge, [forge.trunkSha]),
  ],
  [
    "a CI outside that leaves a pull request out",
    ["WARN ci-on-branch"],
    async ({ forge }) => {
      await outsideCi(forge, [forge.trunkSha]);
      await forge.fake.pulls.open({ repo: REPO, branch: "topic", base: "main", by: "ada", title: "Try" });
    },
  ],
  [
    "nothing: a CI outside that reports on both",
    [],
    async ({ forge }) => {
      await outsideCi(forge, [forge.trunkSha, (await forge.git.head(REPO, "topic")) ?? ""]);
      await forge.fake.pulls.open({ repo: REPO, branch: "topic", base: "main", by: "ada", title: "Try" });
    },
  ],
  [
    "nothing told yet: CI on the trunk, and no branch beside it",
    ["UNKNOWN ci-on-branch"],
    ({ forge }) => trunkAlone(forge),
  ],
  [
    "CI on the trunk alone",
    ["WARN ci-on-branch"],
    async ({ forge }) => {
      noCi(forge);
      await forge.ciSays(forge.trunkSha, "success");
      await forge.fake.pulls.open({ repo: REPO, branch: "topic", base: "main", by: "ada", title: "Try" });
    },
  ],
  [
    "rules of the repo that are not valid",
    ["FAIL afk-yml"],
    async ({ forge }) => forge.ciSays(forge.commit(".afk.yml", "no rule\n"), "success"),
  ],
  [
    "rules that are larger than the loop reads, valid though they were",
    ["UNKNOWN afk-yml"],
    async ({ forge }) => forge.ciSays(forge.commit(".afk.yml", `# ${"x".repeat(64 * 1024)}\n`), "success"),
  ],
  [
    "nothing: a repo that says it has no CI",
    [],
    ({ forge }) => {
      noCi(forge);
      forge.commit(".afk.yml", "ci: none\n");
    },
  ],
  [
    "a red check that the repo's rules ignore, and no other",
    ["UNKNOWN ci-on-branch", "WARN ci-on-trunk"],
    async ({ forge }) => {
      noCi(forge);
      const name = forge.name === "github" ? "test" : "CI / test (push)";
      const sha = forge.commit(".afk.yml", `checks:\n  ignored: ["${name}"]\n`);
      await forge.ciSays(sha, "failure");
    },
  ],
  [
    "nothing: a protected trunk, and rules that land by pull request in spite of AFK_LANDING=push",
    [],
    async ({ env, forge }) => {
      env.AFK_LANDING = "push";
      forge.fake.pulls.setRules(REPO, "main", { pullRequest: true, approvals: 1 });
      await forge.ciSays(forge.commit(".afk.yml", "landing: pull-request\n"), "success");
    },
  ],
  [
    "a protected trunk, and rules that land by push",
    ["FAIL branch-rules"],
    async ({ forge }) => {
      forge.fake.pulls.setRules(REPO, "main", { pullRequest: true, approvals: 1 });
      await forge.ciSays(forge.commit(".afk.yml", "landing: push\n"), "success");
    },
  ],
  ["T3 not set", ["FAIL t3-reachable"], ({ env }) => (env.T3_TOKEN = "")],
  ["T3 down", ["FAIL t3-reachable"], ({ servers }) => servers.t3.kill()],
  [
    "T3 that never answers",
    ["FAIL t3-reachable"],
    (world) => hangs(world, world.t3.faults.push({ match: () => true, respond: "hang" })),
  ],
  ["a T3 that is too old", ["FAIL t3-version"], ({ t3 }) => t3.setVersion("0.0.28")],
  ["a T3 token that has ended", ["FAIL t3-token-scope"], ({ t3 }) => t3.revokeToken(TOKENS.t3)],
  ["a T3 token that only reads", ["FAIL t3-token-scope"], ({ t3 }) => t3.addToken(TOKENS.t3, ["orchestration:read"])],
  ["a T3 token near its end", ["WARN t3-token-expiry"], ({ t3 }) => t3Token(t3, 10)],
  ["a T3 token at its end", ["FAIL t3-token-expiry"], ({ t3 }) => t3Token(t3, 2)],
  ["no model", ["FAIL t3-model"], ({ env }) => (env.AFK_MODEL = "")],
  [
    "nothing: a model of the project's own, under the name as the forge spells it",
    [],
    ({ env, forge, t3 }) => {
      env.AFK_MODEL = "";
      forge.fake.people.renameRepo({ repo: REPO, to: "Widgets", by: "ada" });
      const where = `${env.T3_WORKSPACE_BASE}/${forge.name}/acme/Widgets`;
      t3.addProject(where, { instanceId: "claudeAgent", model: "claude-sonnet-4-6" });
    },
  ],
  ["no workspace", ["FAIL t3-workspace"], ({ env }) => (env.T3_WORKSPACE_BASE = "")],
  ["a Slack token that was revoked", ["FAIL slack-token"], ({ env }) => (env.SLACK_BOT_TOKEN = "xoxb-another-token")],
  ["a Slack token that may not write", ["FAIL slack-token"], ({ slackScopes }) => slackScopes.shift()],
  ["a Slack channel without the app", ["FAIL slack-channel"], ({ channel }) => (channel.isMember = false)],
  ["a Slack channel that is not there", ["FAIL slack-channel"], ({ env }) => (env.SLACK_CHANNEL = "C0GONE")],
  ["an archived Slack channel", ["FAIL slack-channel"], ({ channel }) => (channel.isArchived = true)],
  ["ntfy down", ["FAIL ntfy"], ({ servers }) => servers.ntfy.kill()],
  ["a wrong ntfy token", ["FAIL ntfy"], ({ env }) => (env.NTFY_TOKEN = "tk_another")],
  ["an ntfy topic that wants a token", ["FAIL ntfy"], ({ env }) => (env.NTFY_TOKEN = "")],
  ["a public URL where no loop is", ["FAIL public-url"], (world) => (world.loop = null)],
  [
    "a loop with a wrong setting",
    ["WARN public-url"],
    (world) =>
      (world.loop = { ...Object(world.loop), settings: { errors: [{ setting: "T3_URL", reason: "not a URL" }] } }),
  ],
  ["a loop that began before it was armed here", ["WARN public-url"], ({ env }) => (env.AFK_KILL_SWITCH = "false")],
  [
    "a loop that goes on as it was armed before",
    ["WARN public-url"],
    (world) => (world.loop = { ...Object(world.loop), armed: true }),
  ],
  ["a clock an hour behind", ["FAIL clock-skew"], ({ forge }) => (forge.clockAheadMs = 3_600_000)],
  ["a state of newer code", ["FAIL state-version"], ({ dataDir }) => noted(dataDir, { v: 99, release: "9.0.0" })],
  ["a state whose version cannot be read", ["UNKNOWN state-version"], ({ dataDir }) => noted(dataDir, {})],
  ["a disk nearly full", ["WARN disk"], (world) => (world.input = room(500))],
  ["a full disk", ["FAIL disk"], (world) => (world.input = room(10))],
];

function hangs(world: Any, _planted: unknown): void {
  world.env.AFK_CALL_SECONDS = "0.3";
}

function revoke(forge: Any["forge"]): void {
  for (const token of [GITHUB_TOKEN, FORGEJO_TOKEN]) forge.fake.revokeToken(token);
}

function secretOf(forge: "github" | "forgejo"): string {
  return forge === "github" ? "GITHUB_WEBHOOK_SECRET" : "FORGEJO_WEBHOOK_SECRET";
}

function without(labels: { name: string }[], name: string): void {
  labels.splice(
    labels.findIndex((label) => label.name === name),
    1,
  );
}

function isTrunk({ path }: { path: string }): boolean {
  return /\/branches\/main$/.test(path);
}

function trunkAlone(forge: Any["forge"]): void {
  if (forge.name === "github")
    forge.repo.workflowRuns = forge.repo.workflowRuns.filter((run) => run.headBranch === "main");
  else forge.repo.runs = forge.repo.runs.filter((run) => run.ref === "main");
}

function t3Token(t3: World["t3"], days: number): void {
  t3.addToken(TOKENS.t3, ["orchestration:read", "orchestration:operate"], (days + 0.5) * DAY_SECONDS);
}

function room(mib: number, isWritable = true): World["input"] {
  const value = { freeBytes: mib * 1024 ** 2, isWritable };
  return { diskOf: async () => ({ known: true, value }) };
}

function noted(dataDir: string, marker: object): void {
  writeFileSync(join(dataDir, "state", "version.json"), JSON.stringify(marker));
}

async function outsideCi(forge: Any["forge"], shas: string[]): Promise<void> {
  noCi(forge);
  for (const sha of shas)
    await forge.fake.ci.setStatus({ repo: REPO, sha, context: "outside", state: "success", by: "ada" });
}
