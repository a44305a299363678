/** Disabled by either of two gates, nothing is read, written or sent: not by a delivery, not by a sweep. */
import { describe, expect, it } from "vitest";
import { openWorld, READY } from "./world.ts";

describe("inert", () => {
  it.each<[string, Record<string, string | undefined>, string]>([
    ["the kill switch on", { AFK_KILL_SWITCH: "true" }, "disabled"],
    ["the kill switch unset", { AFK_KILL_SWITCH: undefined }, "disabled"],
    ["no repo enrolled", { AFK_ALLOWLIST: undefined }, "disabled"],
    ["another repo enrolled", { AFK_ALLOWLIST: "github:octo/gadgets" }, "ignored"],
    ["an invalid setting", { AFK_MAX_RUNS: "many" }, "disabled"],
  ])("with %s", async (_how, settings, status) => {
    const world = openWorld(settings);
    const issue = world.readyIssue();
    world.github.people.comment({ repo: "octo/widgets", number: issue, by: "ada", body: "Please." });
    await world.push("Something");
    expect(world.outbox.length).toBeGreaterThan(3);
    await world.deliver();
    expect(world.answers.every((answer) => answer.status === 202 && answer.body.status === status)).toBe(true);
    if (status !== "ignored") await world.sweep();
    await world.later(120);
    if (status !== "ignored") await world.sweep();
    expect(world.asked).toEqual([]);
    expect(await world.stored()).toEqual([]);
    expect(world.labels(issue)).toEqual([READY]);
  });

  it("a repo that is not enrolled is not asked for by the sweep either", async () => {
    const world = openWorld({ AFK_ALLOWLIST: "github:octo/gadgets" });
    world.github.people.addRepo({ name: "octo/gadgets", permissions: { "afk-loop": "write" } });
    world.readyIssue();
    await world.deliver();
    await world.sweep();
    expect(world.asked.filter((one) => one.includes("widgets"))).toEqual([]);
    expect(
      (await world.stored()).map(([key]) => key).filter((key) => key !== "fleet" && !key.startsWith("sweep:")),
    ).toEqual([]);
  });
});
