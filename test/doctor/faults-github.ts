/** Faults of a setting on GitHub alone: with a token, and with an App. */
import { generateKeyPairSync } from "node:crypto";
import type { FakeApp } from "../fakes/github/app-auth.ts";
import type { AppHook } from "../fakes/github/routes-hooks.ts";
import { type Fault, type Github, noCi } from "./faults-kit.ts";
import { GITHUB_TOKEN } from "./forge-worlds.ts";
import { DAY_SECONDS, REPO } from "./world.ts";

const limited = () =>
  Response.json(
    { message: "API rate limit exceeded for user ID 1." },
    { status: 403, headers: { "retry-after": "60" } },
  );

export const GITHUB_FAULTS: Fault<Github>[] = [
  [
    "a last delivery answered 401",
    ["FAIL webhook-last-delivery", "FAIL webhook-secret"],
    ({ forge }) => forge.answered(401),
  ],
  ["a last delivery that found nobody", ["FAIL webhook-last-delivery"], ({ forge }) => forge.answered(0)],
  [
    "a last delivery that GitHub remembers and lists no more",
    ["FAIL webhook-last-delivery", "FAIL webhook-secret"],
    ({ forge }) => {
      forge.answered(401);
      forge.fake.faults.add(
        ({ path }) => path.endsWith("/deliveries"),
        () => Response.json([]),
      );
    },
  ],
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
    "a classic token without its scope, and a private repo",
    ["FAIL forge-permission"],
    ({ forge }) => {
      forge.fake.describeToken(GITHUB_TOKEN, { scopes: "read:user" });
      forge.fake.faults.add(({ path }) => path === `/repos/${REPO}`, 404);
    },
  ],
  [
    "a token that may not read issues",
    ["FAIL forge-permission", "UNKNOWN labels"],
    ({ forge }) => forge.fake.faults.add(({ path }) => path.endsWith("/labels"), 403),
  ],
  [
    "labels that are asked for too often",
    ["UNKNOWN labels"],
    ({ forge }) => forge.fake.faults.add(({ path }) => path.endsWith("/labels"), limited),
  ],
  [
    "a token that may not read contents",
    ["FAIL forge-permission", "UNKNOWN afk-yml"],
    ({ forge }) => forge.fake.faults.add(({ path }) => path.includes("/contents/"), 403),
  ],
  [
    "a token that may not read statuses",
    ["FAIL forge-permission", "UNKNOWN ci-on-trunk"],
    ({ forge }) => forge.fake.faults.add(({ path }) => path.endsWith("/status"), 403),
  ],
  [
    "a token that may not read pull requests, where runs land by them",
    ["FAIL forge-permission"],
    ({ env, forge }) => {
      env.AFK_LANDING = "pull-request";
      forge.fake.faults.add(({ path }) => path.endsWith("/pulls"), 403);
    },
  ],
  [
    "nothing: one that may not, where runs push",
    [],
    ({ forge }) => forge.fake.faults.add(({ path }) => path.endsWith("/pulls"), 403),
  ],
  [
    "a limit that is met at the repo: no right is missing",
    ["UNKNOWN forge-permission"],
    ({ forge }) => forge.fake.faults.add(({ path }) => path === `/repos/${REPO}`, limited),
  ],
  [
    "a limit that is met at once: the token is no installation's",
    ["UNKNOWN forge-token"],
    ({ forge }) => forge.fake.faults.add(() => true, limited),
  ],
  [
    "an address that is no API of GitHub's",
    ["FAIL forge-reachable", "UNKNOWN forge-token"],
    ({ forge }) => forge.fake.faults.add(({ path }) => path === "/user", 404),
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

/** An App instead of a token: its own hook, its own permissions, nothing that ends. */
export const APP_FAULTS: Fault<Github>[] = [
  ["nothing", [], () => {}],
  ["an App that is not installed", ["FAIL forge-permission"], ({ forge }) => delete forge.repo.permissions["afk[bot]"]],
  [
    "an App that may not write issues",
    ["FAIL forge-permission"],
    ({ forge }) => Object.assign(appOf(forge).permissions ?? {}, { issues: "read" }),
  ],
  [
    "an App that may not write pull requests, where runs land by them",
    ["FAIL forge-permission"],
    ({ env, forge }) => {
      env.AFK_LANDING = "pull-request";
      Object.assign(appOf(forge).permissions ?? {}, { pull_requests: "read" });
    },
  ],
  [
    "nothing: one that may not see them, where runs push",
    [],
    ({ forge }) => {
      delete appOf(forge).permissions?.pull_requests;
      forge.fake.faults.add(({ path }) => path.endsWith("/pulls"), 403);
    },
  ],
  [
    "an App that may not write contents, where the loop merges",
    ["FAIL forge-permission"],
    ({ env }) => Object.assign(env, { AFK_LANDING: "pull-request", AFK_MERGE: "when-green" }),
  ],
  ["nothing: one that may not, where people merge", [], ({ env }) => (env.AFK_LANDING = "pull-request")],
  ["nothing: one that may not, where runs push", [], ({ env }) => (env.AFK_MERGE = "when-green")],
  [
    "an App that may not read deployments, where one is waited for",
    ["FAIL forge-permission"],
    async ({ forge }) => forge.ciSays(forge.commit(".afk.yml", "deploy:\n  environment: production\n"), "success"),
  ],
  [
    "nothing: one that may",
    [],
    async ({ forge }) => {
      Object.assign(appOf(forge).permissions ?? {}, { deployments: "read" });
      await forge.ciSays(forge.commit(".afk.yml", "deploy:\n  environment: production\n"), "success");
    },
  ],
  ["an App told of nothing", ["FAIL webhook-events"], ({ forge }) => appOf(forge).events?.splice(0)],
  ["an App without a webhook", ["WARN webhook-present"], ({ forge }) => Object.assign(hookOf(forge), { url: "" })],
  ["an App's webhook without a secret", ["FAIL webhook-secret"], ({ forge }) => (hookOf(forge).secret = "")],
  [
    "an App's webhook with another secret",
    ["FAIL webhook-last-delivery", "FAIL webhook-secret"],
    ({ forge }) => Object.assign(hookOf(forge).deliveries[0] ?? {}, { statusCode: 401 }),
  ],
  ["another App's id", ["FAIL forge-token"], ({ env }) => (env.GITHUB_APP_ID = "4712")],
  [
    "a key as it was handed out",
    ["FAIL private-key-format", "UNKNOWN forge-reachable", "UNKNOWN forge-token"],
    ({ env }) => (env.GITHUB_APP_PRIVATE_KEY = key("pkcs1")),
  ],
];

function appOf({ app }: Github["forge"]): FakeApp {
  if (app === null) throw new Error("no App was made");
  return app;
}

function hookOf(forge: Github["forge"]): AppHook {
  const { hook } = appOf(forge);
  if (hook === undefined) throw new Error("the App has no hook");
  return hook;
}

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
