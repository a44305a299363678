/** No value of a secret leaves the doctor, whatever the systems put into their words. */
import { expect, test } from "vitest";
import { secretsIn } from "../../lib/core/held-secrets.ts";
import { linesOf, reportOf } from "../../lib/doctor/report.ts";
import { World } from "./world.ts";

/** What is asked once the credential is accepted and the repo is there. */
const INSIDE = /\/(labels|hooks|runs|permissions|\.afk\.yml|main|branches)$/;

test.each(["github", "githubApp", "forgejo"] as const)(
  "%s: not where all is well, not where all is echoed",
  async (kind) => {
    const world = await World[kind]();
    const held = secretsIn(world.env);
    const quiet = reportOf(await world.examine(), held);
    const words = held.join(" ");
    world.forge.fake.faults.add(
      ({ path }) => INSIDE.test(path),
      () => Response.json({ message: words }, { status: 500 }),
    );
    world.t3.faults.push({ match: () => true, respond: { status: 500, body: { code: words, reason: words } } });
    world.slack.faults.push({ match: () => true, respond: { status: 200, body: { ok: false, error: words } } });
    world.ntfy.faults.push({ match: () => true, respond: { status: 500, body: { error: words } } });
    world.loop = { ...Object(world.loop), settings: { errors: [{ setting: "T3_TOKEN", reason: words }] } };
    const loud = reportOf(await world.examine(), held);
    expect(held.length).toBeGreaterThan(3);
    for (const report of [quiet, loud]) {
      const told = `${linesOf(report).join("\n")}\n${JSON.stringify(report)}`;
      expect(held.filter((secret) => told.includes(secret))).toEqual([]);
      expect(told).not.toContain("PRIVATE KEY-----");
    }
    expect(loud.unknown + loud.fail).toBeGreaterThan(5);
  },
);

test("a line is one line", async () => {
  const world = await World.github();
  world.forge.fake.faults.add(
    () => true,
    () => Response.json({ message: "one\ntwo\n\nthree" }, { status: 500 }),
  );
  const lines = linesOf(reportOf(await world.examine(), []));
  expect(lines.join("\n").split("\n")).toEqual(lines);
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/^(OK|WARN|FAIL|UNKNOWN) [a-z0-9-]+ \S+: .+/);
});
