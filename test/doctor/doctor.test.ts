/** The doctor against a whole healthy setting, over real HTTP; and the same with one thing broken. */
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CODES, type Finding } from "../../lib/doctor/finding.ts";
import { linesOf, reportOf } from "../../lib/doctor/report.ts";
import { FORGEJO_TOKEN, GITHUB_TOKEN } from "./forge-worlds.ts";
import { DAY_SECONDS, REPO, TOKENS, World } from "./world.ts";

const FORGES = { github: () => World.github(), forgejo: () => World.forgejo() };

function bad(findings: Finding[]): string[] {
  return findings.filter(({ state }) => state !== "OK").map(({ code, state }) => `${state} ${code}`);
}

describe.each(["github", "forgejo"] as const)("on %s", (forge) => {
  test("a healthy setting gives no warning, no failure and nothing unknown", async () => {
    const world = await FORGES[forge]();
    const findings = await world.examine();
    expect(linesOf(reportOf(findings, [])).filter((line) => !line.startsWith("OK "))).toEqual([
      `doctor: ${findings.length} ok, 0 warn, 0 fail, 0 unknown`,
    ]);
    expect(CODES.filter((code) => !findings.some((finding) => finding.code === code))).toEqual([]);
  });

  test("it only reads", async () => {
    const world = await FORGES[forge]();
    const before = JSON.stringify(world.forge.fake);
    await world.examine();
    expect(world.forge.fake.log.filter(({ method }) => method !== "GET")).toEqual([]);
    expect(world.t3.log.filter(({ method }) => method !== "GET")).toEqual([]);
    expect(world.slack.messages).toEqual([]);
    expect(world.ntfy.messages).toEqual([]);
    const quota = /"rateLimit":\{[^}]*\}/;
    expect(JSON.stringify(world.forge.fake).replace(quota, "")).toBe(before.replace(quota, ""));
  });
});

type Github = Awaited<ReturnType<typeof World.github>>;
type Forgejo = Awaited<ReturnType<typeof World.forgejo>>;
type Any = Github | Forgejo;

/** One fault, and all that is then said of it. */
type Fault<W> = [what: string, said: string[], plant: (world: W) => unknown];

const ofEither: Fault<Any>[] = [
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
  ["no webhook", ["FAIL webhook-present"], ({ forge }) => (forge.repo.hooks = [])],
  [
    "a webhook to another loop",
    ["FAIL webhook-present"],
    ({ forge }) => (forge.hook.url = `https://old.example/webhooks/${forge.name}`),
  ],
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
  ["CI on the trunk alone", ["WARN ci-on-branch"], ({ forge }) => trunkAlone(forge)],
  [
    "rules of the repo that are not valid",
    ["FAIL afk-yml"],
    async ({ forge }) => forge.ciSays(forge.commit(".afk.yml", "no rule\n"), "success"),
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
  ["a clock an hour behind", ["FAIL clock-skew"], ({ forge }) => (forge.clockAheadMs = 3_600_000)],
  [
    "a state of newer code",
    ["FAIL state-version"],
    ({ dataDir }) => writeFileSync(join(dataDir, "state-version"), "99\n"),
  ],
  ["a disk nearly full", ["WARN disk"], (world) => (world.input = room(500))],
  ["a full disk", ["FAIL disk"], (world) => (world.input = room(10))],
];

test.each(ofEither)("github: %s", async (_what, said, plant) => {
  const world = await World.github();
  await plant(world);
  await expectSaid(world, said);
});

test.each(ofEither)("forgejo: %s", async (_what, said, plant) => {
  const world = await World.forgejo();
  await plant(world);
  await expectSaid(world, said);
});

const ofGithub: Fault<Github>[] = [
  [
    "a last delivery answered 401",
    ["FAIL webhook-last-delivery", "FAIL webhook-secret"],
    ({ forge }) => forge.answered(401),
  ],
  ["a last delivery that found nobody", ["FAIL webhook-last-delivery"], ({ forge }) => forge.answered(0)],
  ["a loop without the secret", ["FAIL webhook-last-delivery"], ({ forge }) => forge.answered(503)],
  ["a webhook without a secret", ["FAIL webhook-secret"], ({ forge }) => (forge.hook.secret = "")],
  ["a webhook that misses checks", ["WARN webhook-events"], ({ forge }) => (forge.hook.events = ["issues", "push"])],
  [
    "deliveries that cannot be read",
    ["UNKNOWN webhook-last-delivery"],
    ({ forge }) => forge.fake.faults.add(({ path }) => path.endsWith("/deliveries"), 500),
  ],
  [
    "a classic token without its scope",
    ["FAIL forge-permission"],
    ({ forge }) => forge.fake.describeToken(GITHUB_TOKEN, { scopes: "read:user" }),
  ],
  [
    "a token near its end",
    ["WARN forge-token-expiry"],
    ({ forge }) => forge.fake.describeToken(GITHUB_TOKEN, { ends: inDays(9) }),
  ],
  [
    "a token at its end",
    ["FAIL forge-token-expiry"],
    ({ forge }) => forge.fake.describeToken(GITHUB_TOKEN, { ends: inDays(1) }),
  ],
  [
    "a token whose end GitHub tells as now",
    ["UNKNOWN forge-token-expiry"],
    ({ forge }) => forge.fake.describeToken(GITHUB_TOKEN, { ends: inDays(0) }),
  ],
  [
    "an installation's token",
    ["WARN forge-token"],
    ({ forge }) => forge.fake.faults.add(({ path }) => path === "/user", 403),
  ],
  ["neither token nor App", ["FAIL forge-token"], ({ env }) => (env.GITHUB_TOKEN = "")],
  [
    "an account that may only read",
    ["FAIL forge-permission", "UNKNOWN webhook-present", "UNKNOWN actions-policy"],
    ({ forge }) => forge.fake.people.setPermission(REPO, "afk-loop", "read"),
  ],
  [
    "Actions switched off",
    ["FAIL actions-policy", "FAIL ci-on-trunk", "WARN ci-on-branch"],
    ({ forge }) => {
      noCi(forge);
      forge.repo.actionsPolicy = { enabled: false, allowed: "all" };
    },
  ],
  [
    "an App's key as it was handed out",
    ["FAIL private-key-format"],
    ({ env }) => (env.GITHUB_APP_PRIVATE_KEY = key("pkcs1")),
  ],
  [
    "a key that is none",
    ["FAIL private-key-format"],
    ({ env }) => (env.GITHUB_APP_PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\\nabc"),
  ],
  ["an encrypted key", ["FAIL private-key-format"], ({ env }) => (env.GITHUB_APP_PRIVATE_KEY = key("encrypted"))],
];

test.each(ofGithub)("github: %s", async (_what, said, plant) => {
  const world = await World.github();
  await plant(world);
  // The two come together, or are an error of their own.
  if (world.env.GITHUB_APP_PRIVATE_KEY) world.env.GITHUB_APP_ID = "4711";
  await expectSaid(world, said);
});

const ofForgejo: Fault<Forgejo>[] = [
  ["two labels of one name", ["WARN labels"], ({ forge }) => double(forge, "agent-in-progress")],
  ["a label in another case", ["FAIL labels"], ({ forge }) => rename(forge, "ready-for-agent", "Ready-For-Agent")],
  ["a hook of Gitea's type", ["FAIL webhook-format"], ({ forge }) => (forge.hook.type = "gitea")],
  ["a hook of some branches", ["FAIL webhook-format"], ({ forge }) => (forge.hook.branchFilter = "release/*")],
  [
    "a user who is no administrator",
    ["FAIL forge-permission", "UNKNOWN webhook-present"],
    ({ forge }) => forge.fake.people.setPermission(REPO, "afk-loop", "write"),
  ],
  [
    "a token without read:user",
    ["FAIL forge-permission"],
    ({ forge }) => forge.fake.addToken(FORGEJO_TOKEN, "afk-loop", ["write:issue", "write:repository"]),
  ],
  [
    "a token without an issue scope",
    ["FAIL forge-permission", "UNKNOWN labels"],
    ({ forge }) => forge.fake.addToken(FORGEJO_TOKEN, "afk-loop", ["read:user", "write:repository"]),
  ],
  ["a server that is a Gitea", ["FAIL forge-reachable"], ({ forge }) => version(forge, "1.24.0")],
  ["a Forgejo that is too old", ["FAIL forge-reachable"], ({ forge }) => version(forge, "11.0.1+gitea-1.22.0")],
];

test.each(ofForgejo)("forgejo: %s", async (_what, said, plant) => {
  const world = await World.forgejo();
  await plant(world);
  await expectSaid(world, said);
});

async function expectSaid(world: Any, said: string[]): Promise<void> {
  const findings = await world.examine();
  expect([...new Set(bad(findings))].sort()).toEqual(said.toSorted());
  for (const { state, mend } of findings) expect(mend === null).toBe(state === "OK");
}

/** Nobody wants to wait for the deadline of a healthy call. */
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

function noCi(forge: Any["forge"]): void {
  if (forge.name === "github") Object.assign(forge.repo, { workflowRuns: [], checkRuns: [], suites: [], jobs: [] });
  else Object.assign(forge.repo, { runs: [], statuses: [] });
}

function trunkAlone(forge: Any["forge"]): void {
  if (forge.name === "github")
    forge.repo.workflowRuns = forge.repo.workflowRuns.filter((run) => run.headBranch === "main");
  else forge.repo.runs = forge.repo.runs.filter((run) => run.ref === "main");
}

function t3Token(t3: World["t3"], days: number): void {
  t3.addToken(TOKENS.t3, ["orchestration:read", "orchestration:operate"], (days + 0.5) * DAY_SECONDS);
}

function room(mib: number): World["input"] {
  const value = { freeBytes: mib * 1024 ** 2, totalBytes: 100 * 1024 ** 3 };
  return { diskOf: async () => ({ known: true, value }) };
}

/** As GitHub writes it. */
function inDays(days: number): string {
  const iso = new Date(Date.now() + (days * DAY_SECONDS + (days > 0 ? 60 : 0)) * 1000).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

function key(format: "pkcs1" | "encrypted"): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const secret = { cipher: "aes-256-cbc", passphrase: "open sesame" };
  return String(
    format === "pkcs1"
      ? privateKey.export({ type: "pkcs1", format: "pem" })
      : privateKey.export({ type: "pkcs8", format: "pem", ...secret }),
  );
}

function double(forge: Forgejo["forge"], name: string): void {
  forge.fake.people.defineLabel(REPO, { name });
  const [first] = forge.repo.labels;
  if (first !== undefined) forge.repo.labels.push({ ...first, id: 99, name });
}

function rename(forge: Forgejo["forge"], from: string, to: string): void {
  for (const label of forge.repo.labels) if (label.name === from) label.name = to;
}

function version(forge: Forgejo["forge"], told: string): void {
  forge.fake.faults.add(
    ({ path }) => path === "/version",
    () => Response.json({ version: told }),
  );
}
