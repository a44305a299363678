/** `npm run setup` against the stand-ins: what it makes, what it leaves, and that it can be broken off anywhere. */
import { chmodSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseSettings } from "../../lib/core/config.ts";
import { armingOf } from "../../lib/doctor/setup/words.ts";
import { hooksOf } from "../fakes/github/hook-records.ts";
import type { ForgejoWorld, GithubWorld } from "./forge-worlds.ts";
import { SetupRun } from "./setup-kit.ts";
import { REPO, World } from "./world.ts";

const OPEN = { github: () => World.github(), forgejo: () => World.forgejo() };
const SETTING = { github: "GITHUB_WEBHOOK_SECRET", forgejo: "FORGEJO_WEBHOOK_SECRET" } as const;
const yes = () => true;
const no = () => false;

/** A repo nobody prepared: no label, no webhook, no secret. */
async function bare(forge: "github" | "forgejo") {
  const world = await OPEN[forge]();
  world.forge.repo.labels = [];
  world.forge.repo.hooks = [];
  world.env[SETTING[forge]] = "";
  return { world, setup: new SetupRun(world) };
}

const MORE = ["acme/gadgets", "acme/gizmos"];

/** Three of them, all enrolled. */
async function bareMany(forge: "github" | "forgejo") {
  const { world } = await bare(forge);
  for (const name of MORE) world.forge.fake.people.addRepo({ name, permissions: { "afk-loop": "admin" } });
  world.env.AFK_ALLOWLIST = [world.repoKey, ...MORE.map((name) => `${forge}:${name}`)].join(",");
  return { world, setup: new SetupRun(world) };
}

function hooks(forge: GithubWorld | ForgejoWorld) {
  return forge.name === "github" ? hooksOf(forge.repo) : forge.repo.hooks;
}

function settled(forge: GithubWorld | ForgejoWorld): string {
  return JSON.stringify({ labels: forge.repo.labels, hooks: hooks(forge) });
}

describe.each(["github", "forgejo"] as const)("on %s", (forge) => {
  test("a settings file that cannot be written ends one offer, and makes no webhook", async () => {
    const { world, setup } = await bare(forge);
    setup.write = () => {
      throw new Error("EACCES: permission denied");
    };
    expect(await setup.run(yes)).toBe(false);
    expect(setup.said).toContain("  not done: EACCES: permission denied");
    expect(setup.asked).toHaveLength(4);
    expect(world.forge.repo.labels).toHaveLength(3);
    expect(hooks(world.forge)).toEqual([]);
  });

  test("what is missing is made, and the second run offers nothing", async () => {
    const { world, setup } = await bare(forge);
    expect(await setup.run(yes)).toBe(true);
    expect(setup.asked).toHaveLength(4);
    expect(world.forge.repo.labels).toMatchObject([
      { name: "ready-for-agent", color: "0e8a16", description: "The AFK loop may start an agent on this" },
      { name: "agent-in-progress", color: "5319e7" },
      { name: "ready-for-human", color: "d93f0b" },
    ]);
    expect(hooks(world.forge)).toMatchObject([
      { url: world.hookUrl, active: true, contentType: "json", secret: "generated-secret-number-1" },
    ]);
    expect(setup.file).toContain(`${SETTING[forge]}=generated-secret-number-1\n`);
    expect(setup.mode).toBe("600");
    expect(setup.said.join("\n")).not.toContain("generated-secret");
    expect(setup.said).toContain(`  npx wrangler secret put ${SETTING[forge]}`);

    expect(await setup.run(() => Promise.reject(new Error("asked")))).toBe(true);
    expect(setup.said[0]).toBe("Nothing is missing that setup could make.");
    expect(hooks(world.forge)).toHaveLength(1);
  });

  test("of what cannot be looked at it does not say that nothing is missing", async () => {
    const { world, setup } = await bare(forge);
    world.forge.fake.faults.add(({ method }) => method === "GET", 503);
    await setup.run(yes);
    expect(setup.said[0]).toBe("Nothing is missing that setup could make, as far as it could be looked at.");
    expect(setup.said.join("\n")).toContain("UNKNOWN");
  });

  test("a no to every question leaves everything untouched", async () => {
    const { world, setup } = await bare(forge);
    const before = [settled(world.forge), setup.file];
    expect(await setup.run(no)).toBe(true);
    expect(setup.asked).toHaveLength(4);
    expect([settled(world.forge), setup.file]).toEqual(before);
    expect(world.forge.fake.log.filter(({ method }) => method !== "GET")).toEqual([]);
  });

  test("a dry run says what it would do, asks nothing and does nothing", async () => {
    const { world, setup } = await bare(forge);
    const before = [settled(world.forge), setup.file];
    expect(await setup.run(() => Promise.reject(new Error("asked")), "dry run")).toBe(true);
    expect(setup.said.filter((line) => line.startsWith("would "))).toEqual([
      `would make the label ready-for-agent in ${forge}:${REPO}`,
      `would make the label agent-in-progress in ${forge}:${REPO}`,
      `would make the label ready-for-human in ${forge}:${REPO}`,
      `would make a webhook of ${forge}:${REPO}, to ${world.hookUrl} (with the secret in ${SETTING[forge]}, generated where it is empty)`,
    ]);
    expect([settled(world.forge), setup.file]).toEqual(before);
  });

  test.each(["reset", "reset-after-effect"] as const)(
    "a webhook broken off (%s) is whole after the next run",
    async (how) => {
      const { world, setup } = await bare(forge);
      world.forge.fake.faults.add(({ method, path }) => method === "POST" && path.endsWith("/hooks"), how, 1);
      expect(await setup.run(yes)).toBe(false);
      expect(setup.said.join("\n")).toContain("  not done: ");
      expect(await setup.run(yes)).toBe(true);
      expect(hooks(world.forge)).toMatchObject([{ url: world.hookUrl, secret: "generated-secret-number-1" }]);
      expect(setup.asked).toHaveLength(how === "reset" ? 1 : 0);
    },
  );

  test("broken off at any question, the next run does the rest", async () => {
    const { world, setup } = await bare(forge);
    for (const done of [0, 1, 2, 3]) {
      const broken = setup.run((question) => (setup.asked.length > 1 ? Promise.reject(new Error(question)) : true));
      if (done < 3) await expect(broken).rejects.toThrow("Shall I");
      else expect(await broken).toBe(true);
    }
    expect(world.forge.repo.labels).toHaveLength(3);
    expect(hooks(world.forge)).toHaveLength(1);
    expect(readdirSync(setup.dir)).toEqual([".dev.vars"]);
  });

  test("a webhook that is there and wrong is mended, with the secret that is set", async () => {
    const world = await OPEN[forge]();
    world.forge.hook.active = false;
    world.forge.hook.contentType = "form";
    world.forge.hook.events = ["push"];
    const setup = new SetupRun(world);
    expect(await setup.run(yes)).toBe(true);
    expect(setup.asked).toHaveLength(1);
    expect(hooks(world.forge)).toHaveLength(1);
    const [hook] = hooks(world.forge);
    expect(hook).toMatchObject({ url: world.hookUrl, active: true, contentType: "json", secret: world.secret });
    expect(hook?.events).toEqual(expect.arrayContaining(["issues", "push", "issue_comment"]));
    await setup.run(() => Promise.reject(new Error("asked")));
  });

  test("of two webhooks to one address the newest stays", async () => {
    const world = await OPEN[forge]();
    world.forge.addHook({ url: world.hookUrl, secret: world.secret, events: ["issues"] });
    for (const [at, hook] of hooks(world.forge).entries()) hook.id = at + 1;
    const setup = new SetupRun(world);
    const [older, newest] = hooks(world.forge);
    Object.assign(newest ?? {}, { active: false });
    await setup.run((question) => question.includes("mend"));
    expect(hooks(world.forge)).toContain(older);
    expect(hooks(world.forge)).toHaveLength(2);

    await setup.run((question) => question.includes("delete"));
    expect(hooks(world.forge)).toHaveLength(1);
    expect(hooks(world.forge)).not.toContain(older);
  });

  test("many repos cost three looks: the first, one after the secret was made, and one at the end", async () => {
    const { world, setup } = await bareMany(forge);
    expect(await setup.run(yes)).toBe(true);
    expect(setup.asked).toHaveLength(12);
    expect(setup.looks).toBe(3);
    expect(setup.file.match(/generated-secret/g)).toHaveLength(1);
    expect(setup.said.join("\n")).not.toContain("is missing");
    await setup.run(() => Promise.reject(new Error("asked")));
    expect(setup.looks).toBe(1);
    expect(hooks(world.forge)).toHaveLength(1);
  });

  test.each([
    ["anything", () => true],
    ["its webhooks", (path: string) => path.endsWith("/hooks")],
  ])("%s that a later look cannot tell of is named, and is no success", async (_what, isLost) => {
    const { world, setup } = await bareMany(forge);
    const answer = (question: string) => {
      if (question.includes("webhook"))
        world.forge.fake.faults.add(({ method, path }) => method === "GET" && isLost(path), 503);
      return true;
    };
    expect(await setup.run(answer)).toBe(false);
    const said = setup.said.join("\n");
    expect(said).not.toContain("not done");
    expect(said).toContain(
      "Not offered, for it could not be looked at any more; run setup again later:\n  make a webhook",
    );
    for (const name of MORE) expect(said).toContain(`  make a webhook of ${forge}:${name}, to ${world.hookUrl} `);
    world.forge.fake.faults.clear();
    expect(await setup.run(yes)).toBe(true);
    expect(setup.asked).toHaveLength(2);
  });

  test("made, and not to be looked at any more, is a success", async () => {
    const { world, setup } = await bare(forge);
    const answer = (question: string) => {
      if (question.includes("webhook")) world.forge.fake.faults.add(({ method }) => method === "GET", 503);
      return true;
    };
    expect(await setup.run(answer)).toBe(true);
    expect(setup.said.join("\n")).toContain("UNKNOWN");
  });

  test("it never arms, and ends with what would", async () => {
    const { setup } = await bare(forge);
    await setup.run(yes);
    expect(setup.file).not.toContain("AFK_KILL_SWITCH");
    expect(setup.said.slice(-2)).toEqual([...UNARMED, "  1. clear the kill switch, AFK_KILL_SWITCH"]);
  });
});

const UNARMED = [
  "Nothing is armed by these settings. What would arm a loop is left to you, by hand (README.md#arm-it):",
];
const ENROL = "name the exact repos in AFK_ALLOWLIST";
const CLEAR = "clear the kill switch, AFK_KILL_SWITCH";
const ENROLLED = { AFK_ALLOWLIST: "github:acme/widgets" };
const CLEARED = { AFK_KILL_SWITCH: "false" };

test.each<[string, Record<string, string>, string[]]>([
  ["nothing is set", {}, [ENROL, CLEAR]],
  ["a repo is enrolled", ENROLLED, [CLEAR]],
  ["the kill switch is clear", CLEARED, [ENROL]],
  ["both are done", { ...ENROLLED, ...CLEARED }, []],
  [
    "both are done, and a setting is wrong",
    { ...ENROLLED, ...CLEARED, AFK_MAX_RUNS: "many" },
    ["correct AFK_MAX_RUNS: not a whole number from 0 to 999999"],
  ],
  [
    "the kill switch is neither",
    { ...ENROLLED, AFK_KILL_SWITCH: "no" },
    ["correct AFK_KILL_SWITCH: neither true nor false"],
  ],
])("what is left of arming when %s", (_what, env, steps) => {
  const told = steps.map((step, at) => `  ${at + 1}. ${step}`);
  const words = steps.length === 0 ? ["These settings arm the loop already."] : [...UNARMED, ...told];
  expect(armingOf(parseSettings(env))).toEqual(words);
});

test("a webhook on Forgejo whose secret came with its mend is not asked about again", async () => {
  const world = await World.forgejo();
  world.forge.hook.active = false;
  world.env.FORGEJO_WEBHOOK_SECRET = "";
  const setup = new SetupRun(world);
  expect(await setup.run(yes)).toBe(true);
  expect(setup.asked).toHaveLength(1);
  expect(world.forge.repo.hooks).toMatchObject([{ active: true, secret: "generated-secret-number-1" }]);
});

test("a webhook on GitHub that signs with another secret is given ours", async () => {
  const world = await World.github();
  world.forge.answered(401);
  world.forge.hook.secret = "somebody's";
  const setup = new SetupRun(world);
  expect(await setup.run(yes)).toBe(true);
  expect(setup.asked[0]).toContain("give our secret to the webhook of github:acme/widgets");
  expect(world.forge.hook).toMatchObject({ secret: world.secret, active: true, contentType: "json" });
});

test("a settings file that others may read is closed", async () => {
  const world = await World.github();
  const setup = new SetupRun(world);
  chmodSync(setup.path, 0o644);
  expect(await setup.run(yes)).toBe(true);
  expect(setup.mode).toBe("600");
});

test.each([
  ["github", "GITHUB_TOKEN"],
  ["forgejo", "FORGEJO_TOKEN"],
] as const)(
  "a webhook that %s does not let our token make says whose token would do, and stays on the list",
  async (forge, token) => {
    const { world, setup } = await bare(forge);
    const isHook = ({ method, path }: { method: string; path: string }) => method === "POST" && path.endsWith("/hooks");
    world.forge.fake.faults.add(isHook, 403);
    expect(await setup.run(yes)).toBe(false);
    const said = setup.said.join("\n");
    expect(said).toContain(
      `  lend setup a token of an administrator of the repo, for this run alone: ${token}=… npm run setup`,
    );
    expect(said).toContain(`  WARN webhook-present ${forge}:${REPO}: no webhook`);
    expect(said).toContain(`Written to ${setup.path}. A loop that runs does not know it yet: start it again.`);
  },
);

test("what was declined is told at the end; after a dry run it stands among the offers alone", async () => {
  const { setup } = await bare("forgejo");
  const left = "  FAIL labels forgejo:acme/widgets: ready-for-agent is missing";
  await setup.run(no);
  expect(setup.said.join("\n")).toContain(left);
  await setup.run(no, "dry run");
  expect(setup.said.join("\n")).not.toContain(left);
});

test("what setup cannot make is left to the person, with its mend", async () => {
  const world = await World.forgejo();
  world.env.T3_TOKEN = "";
  const setup = new SetupRun(world);
  await setup.run(yes);
  expect(setup.said).toContain("  FAIL t3-reachable t3: T3_TOKEN is not set (T3_URL is) -> set it (docs/t3.md)");
});
