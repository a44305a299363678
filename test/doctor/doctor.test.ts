/** The doctor against a whole healthy setting, over real HTTP; and the same with one thing broken. */
import { describe, expect, test } from "vitest";
import { CODES, type Finding } from "../../lib/doctor/finding.ts";
import { linesOf, reportOf } from "../../lib/doctor/report.ts";
import { FAULTS } from "./faults.ts";
import { FORGEJO_FAULTS } from "./faults-forgejo.ts";
import { APP_FAULTS, GITHUB_FAULTS } from "./faults-github.ts";
import type { Any } from "./faults-kit.ts";
import { World } from "./world.ts";

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

  test("each of many repos is told of, and what is wrong with one is told of that one", async () => {
    const world = await FORGES[forge]();
    const names = Array.from({ length: 7 }, (_, at) => `acme/gone${at}`);
    world.env.AFK_ALLOWLIST = [world.repoKey, ...names.map((name) => `${forge}:${name}`)].join(",");
    const findings = await world.examine();
    expect(findings.filter(({ state }) => state !== "OK")).toMatchObject(
      names.map((name) => ({ code: "forge-permission", state: "FAIL", subject: `${forge}:${name}` })),
    );
    expect(findings.some(({ code, subject }) => code === "labels" && subject === world.repoKey)).toBe(true);
  });

  test("labels behind the first page of them are there too", async () => {
    const world = await FORGES[forge]();
    const { labels } = world.forge.repo;
    const [like] = labels;
    if (like === undefined) throw new Error("no label is there");
    labels.unshift(
      ...Array.from({ length: 120 }, (_, at) => ({
        exclusive: false,
        ...like,
        description: "",
        id: 1000 + at,
        name: `area-${at}`,
      })),
    );
    expect(bad(await world.examine())).toEqual([]);
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

test.each(FAULTS)("github: %s", async (_what, said, plant) => {
  const world = await World.github();
  await plant(world);
  await expectSaid(world, said);
});

test.each(FAULTS)("forgejo: %s", async (_what, said, plant) => {
  const world = await World.forgejo();
  await plant(world);
  await expectSaid(world, said);
});

test.each(GITHUB_FAULTS)("github: %s", async (_what, said, plant) => {
  const world = await World.github();
  await plant(world);
  // The two come together, or are an error of their own.
  if (world.env.GITHUB_APP_PRIVATE_KEY) world.env.GITHUB_APP_ID = "4711";
  await expectSaid(world, said);
});

test.each(APP_FAULTS)("an App on github: %s", async (_what, said, plant) => {
  const world = await World.githubApp();
  await plant(world);
  await expectSaid(world, said);
});

test.each(FORGEJO_FAULTS)("forgejo: %s", async (_what, said, plant) => {
  const world = await World.forgejo();
  await plant(world);
  await expectSaid(world, said);
});

test("every code is found by a fault", () => {
  const found = [FAULTS, GITHUB_FAULTS, APP_FAULTS, FORGEJO_FAULTS].flatMap((faults) =>
    faults.flatMap(([, said]) => said.map((one) => one.split(" ")[1])),
  );
  expect(CODES.filter((code) => !found.includes(code))).toEqual([]);
});

/** All that is not fine, and nothing else. */
async function expectSaid(world: Any, said: string[]): Promise<void> {
  const findings = await world.examine();
  expect([...new Set(bad(findings))].sort()).toEqual(said.toSorted());
  for (const { state, mend } of findings) expect(mend === null).toBe(state === "OK");
}
