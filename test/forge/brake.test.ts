/** A forge that limits us is left alone for as long as it asks. */
import { describe, expect, test } from "vitest";
import { type Brake, heed, heldBack } from "../../lib/forge/brake.ts";
import { askGraphql } from "../../lib/forge/github/graphql.ts";
import { failureOf, type HttpOutcome } from "../../lib/forge/results.ts";
import { stage as forgejoStage } from "./forgejo/stage.ts";
import { stage as githubStage, OURS } from "./github/stage.ts";

const NOW = Date.parse("2026-11-01T09:00:00Z");
const SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

function answer(status: number, headers: Record<string, string>, message = "no"): HttpOutcome {
  return { type: "answer", status, headers, data: { message } };
}

const spent = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW / 1000 + 600) };
const date = { date: new Date(NOW).toUTCString() };

describe("what an answer asks for", () => {
  test.each<[string, HttpOutcome, number]>([
    ["a Retry-After", answer(429, { "retry-after": "20" }), 20],
    ["a secondary limit with a time", answer(403, { "retry-after": "90" }, SECONDARY), 90],
    ["one without", answer(403, {}, SECONDARY), 60],
    ["429 without a time", answer(429, {}), 60],
    ["a spent quota", answer(403, { ...spent, ...date }), 600],
    ["a spent quota of GraphQL's own", answer(403, { ...spent, ...date, "x-ratelimit-resource": "graphql" }), 0],
    ["a secondary limit of GraphQL", answer(403, { "x-ratelimit-resource": "graphql" }, SECONDARY), 60],
    ["a garbled time", answer(429, { "retry-after": "9999999" }), 7200],
    ["any other refusal", answer(403, {}), 0],
    ["a fault", answer(503, { "retry-after": "20" }), 0],
    ["a success", answer(200, {}), 0],
    ["no answer", { type: "no_answer", why: "gone", auth: false }, 0],
  ])("%s", (_what, outcome, seconds) => {
    const brake: Brake = { until: 0 };
    const told: number[] = [];
    const settings = { now: () => NOW, brake };
    heed({ ...settings, onLimited: (until) => told.push(until) }, outcome);
    expect(brake.until).toBe(seconds === 0 ? 0 : NOW + seconds * 1000);
    expect(told).toEqual(seconds === 0 ? [] : [brake.until]);
  });

  test("never shortens what was asked before", () => {
    const brake: Brake = { until: NOW + 90_000 };
    heed({ now: () => NOW, brake }, answer(429, { "retry-after": "5" }));
    expect(brake.until).toBe(NOW + 90_000);
  });

  test("without a brake nothing is held back", () => {
    const settings = { now: () => NOW };
    heed(settings, answer(429, { "retry-after": "20" }));
    expect(heldBack(settings, "GET /x")).toBeNull();
  });
});

describe.each([
  ["github", githubStage],
  ["forgejo", forgejoStage],
] as const)("on %s", (_forge, stage) => {
  test("nothing leaves until the time is over, and acts are told to wait as long", async () => {
    const brake: Brake = { until: 0 };
    const { tracker, faults, heard, scene } = stage({ brake });
    const limited = () => Response.json({ message: SECONDARY }, { status: 429, headers: { "retry-after": "30" } });
    faults.add(() => true, limited, 1);
    expect(await tracker.repo()).toMatchObject({ known: false, auth: false });
    expect(heard()).toHaveLength(1);
    scene.nowMs += 10_500;
    const why = /^429 not asked: the forge wants to be left alone until 20\S+Z \(GET /;
    expect(await tracker.repo()).toMatchObject({ known: false, auth: false, why: expect.stringMatching(why) });
    expect(await tracker.createComment(1, "hello")).toMatchObject({ type: "retry", auth: false, afterMs: 20_000 });
    expect(heard()).toEqual([]);
    scene.nowMs += 20_000;
    expect(await tracker.repo()).toMatchObject({ known: true });
  });
});

describe("GraphQL, which tells of a limit in a 200", () => {
  const asked = { headers: { "retry-after": "30", "x-ratelimit-resource": "graphql" } };
  const limited = (body: unknown) => () => Response.json(body, asked);

  test.each<[string, unknown]>([
    ["by its type", { data: null, errors: [{ type: "RATE_LIMITED", message: "slow down" }] }],
    ["by its type alone", { errors: [{ type: "RATE_LIMIT" }] }],
    ["by its words", { data: null, errors: [{ message: SECONDARY }] }],
    [
      "behind another error",
      {
        errors: [
          { type: "NOT_FOUND", message: "no" },
          { type: "RATE_LIMITED", message: "no" },
        ],
      },
    ],
    ["in REST's words", { message: SECONDARY, documentation_url: "https://docs.github.com/graphql" }],
  ])("%s, is left alone as long", async (_how, body) => {
    const brake: Brake = { until: 0 };
    const { proposals, tracker, scene, faults, heard } = githubStage({ brake });
    faults.add(({ path }) => path === "/graphql", limited(body), 1);
    const why = expect.stringMatching(/^429 .* \(POST \/graphql\)$/);
    expect(await proposals.find("afk/1-a", "main")).toEqual({ known: false, auth: false, limited: true, why });
    expect([brake.until, heard()]).toEqual([scene.nowMs + 30_000, ["POST 200 /graphql"]]);
    expect(await proposals.find("afk/1-a", "main")).toMatchObject({ known: false, auth: false });
    expect(await tracker.addLabel(1, "x")).toMatchObject({ type: "retry", afterMs: 30_000 });
    expect(heard()).toEqual([]);
  });

  test("an empty purse of its own holds back nothing else", async () => {
    const brake: Brake = { until: 0 };
    const { client, scene, tracker } = githubStage({ brake });
    scene.github.quota.leave(0, scene.nowMs + 600_000);
    const outcome = await askGraphql(client, OURS, "{ viewer { login } }", {});
    expect(failureOf(outcome)).toMatchObject({ type: "limited", afterMs: 600_000 });
    scene.github.quota.refill();
    expect(await tracker.repo()).toMatchObject({ known: true });
  });

  test("what it says of something else is no limit", async () => {
    const brake: Brake = { until: 0 };
    const { proposals, faults } = githubStage({ brake });
    const message = 'Repository rule violations found: required status check "Rate limit tests" is expected.';
    faults.add(({ path }) => path === "/graphql", limited({ errors: [{ type: "UNPROCESSABLE", message }] }), 1);
    expect(await proposals.find("afk/1-a", "main")).toMatchObject({ known: false, auth: false, why: message });
    expect(brake.until).toBe(0);
  });
});
