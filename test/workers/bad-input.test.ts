/**
 * The worker's routes under nonsense, in workerd: always a clear answer, never a 500, and what is stored is as it was or
 * a whole record more. Whatever came before, a valid delivery still works.
 */
import { exports } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SETTING_NAMES } from "../../lib/core/config.ts";
import { parseEvent, parseIssue, parseRepo, parseRun, parseSightings } from "../../lib/loop/records.ts";
import { type Spoil, spoil, spoiltAnswer, spoiltBody, spoiltResponse } from "../bad-input/mutate.ts";
import { runs } from "../bad-input/runs.ts";
import { ARMED, BOARD_TOKEN, FORGES, IN_PROGRESS, openWorld, REPO, type World } from "./world.ts";

const SECRET = "webhook-secret";

/** What differs between the doors: the route, the names of the headers, and how a digest stands in its own. */
const DOORS = {
  github: {
    event: "x-github-event",
    delivery: "x-github-delivery",
    signature: "x-hub-signature-256",
    prefix: "sha256=",
    ci: ["issue_comment", "check_run", "workflow_run"],
  },
  forgejo: {
    event: "x-forgejo-event",
    delivery: "x-forgejo-delivery",
    signature: "x-forgejo-signature",
    prefix: "",
    ci: ["issue_comment", "action_run_success"],
  },
};
type ForgeName = keyof typeof DOORS;

/** Deliveries of every kind that the stand-in sends in a run's life, as texts. */
async function deliveries(world: World): Promise<{ event: string; text: string }[]> {
  const issue = world.readyIssue();
  world.people.comment({ repo: REPO, number: issue, by: "ada", body: "Soon?" });
  await world.ci(await world.push("Steady the widgets"), "success");
  return world.outbox.splice(0).map(({ event, body }) => ({ event, text: body }));
}

async function signed(forge: ForgeName, body: Uint8Array, headers: Record<string, string>): Promise<Request> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(SECRET), algorithm, false, ["sign"]);
  const digest = [...new Uint8Array(await crypto.subtle.sign("HMAC", key, body))];
  const hex = digest.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const { signature, prefix } = DOORS[forge];
  const all = { "content-type": "application/json", [signature]: `${prefix}${hex}`, ...headers };
  return new Request(`https://loop.test/webhooks/${forge}`, { method: "POST", headers: all, body });
}

async function answerOf(request: Request): Promise<{ status: number; told: { status: string; reason?: string } }> {
  const response = await exports.default.fetch(request);
  return { status: response.status, told: await response.json() };
}

/** Every record is whole. */
function assertWhole(stored: [string, unknown][]): void {
  for (const [key, value] of stored) {
    if (key === "repo") parseRepo(value);
    else if (key.startsWith("run:")) parseRun(value);
    else if (key.startsWith("issue:")) parseIssue(value);
    else if (key.startsWith("event:")) parseEvent(value);
    else if (key.startsWith("sightings:")) parseSightings(value);
    else
      expect(key).toMatch(/^(key|deliveries|fleet|executor|brake|installations|cache|cache:.+|order:\d{9}|sweep:.+)$/);
  }
}

const plain = (stored: [string, unknown][]) => JSON.stringify(stored);

async function assertAlive(world: World): Promise<void> {
  world.readyIssue("Still alive?");
  await world.deliver();
  expect(world.answers.at(-1)).toMatchObject({ status: 202, body: { status: "accepted" } });
}

describe.each(FORGES)("POST /webhooks/%s", (forge) => {
  const door = DOORS[forge];

  it("refuses or ignores a spoilt body, or takes it whole", async () => {
    const world = openWorld({}, forge);
    const valid = await deliveries(world);
    const kinds = new Set(valid.map(({ event }) => event));
    expect([...kinds]).toEqual(expect.arrayContaining(["issues", "push", ...door.ci]));
    let number = 0;
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...valid), spoil, async ({ event, text }, how) => {
        const before = plain(await world.stored());
        const headers = { [door.event]: event, [door.delivery]: `spoilt-${++number}` };
        const { status, told } = await answerOf(await signed(forge, spoiltBody(text, how), headers));
        seen.add(`${status} ${told.status}`);
        expect([`202 accepted`, "202 ignored", "400 refused", "401 refused"]).toContain(`${status} ${told.status}`);
        if (told.status !== "accepted") expect(told.reason).toMatch(/\S/);
        const after = await world.stored();
        if (told.status === "accepted") assertWhole(after);
        else expect(plain(after)).toBe(before);
      }),
      runs(150),
    );
    expect([...seen].sort()).toEqual(["202 accepted", "202 ignored", "400 refused", "401 refused"]);
    expect("polluted" in {}).toBe(false);
    await assertAlive(world);
  });

  it("refuses spoilt headers, and nothing is written", async () => {
    const world = openWorld({}, forge);
    const [first] = await deliveries(world);
    const text = new TextEncoder().encode(first?.text ?? "");
    const word = fc.oneof(
      fc.constantFrom("", " ", "constructor", "__proto__", "toString", "a".repeat(129), "issues,push", "ISSUES"),
      fc.string({ unit: fc.constantFrom(..."aZ09-_:/ .,;="), maxLength: 140 }),
    );
    const names = [door.event, door.delivery, door.signature, "content-type", "content-encoding"];
    const headers = fc.record({ name: fc.constantFrom(...names), value: word });
    await fc.assert(
      fc.asyncProperty(headers, async ({ name, value }) => {
        const before = plain(await world.stored());
        const sound = { [door.event]: "issues", [door.delivery]: "d-1" };
        const request = await signed(forge, text, { ...sound, [name]: value });
        const { status, told } = await answerOf(request);
        expect([202, 400, 401, 415]).toContain(status);
        if (told.status === "accepted" || told.status === "duplicate") assertWhole(await world.stored());
        else expect(plain(await world.stored())).toBe(before);
      }),
      runs(60),
    );
    await assertAlive(world);
  });

  it("unsigned, wrongly signed or for a repo nobody enrolled, writes nothing", async () => {
    const world = openWorld({ AFK_ALLOWLIST: `${forge}:octo/gadgets` }, forge);
    const valid = await deliveries(world);
    const how: fc.Arbitrary<Spoil | null> = fc.option(spoil);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...valid), how, fc.boolean(), async ({ event, text }, damage, isSigned) => {
        const body = damage === null ? new TextEncoder().encode(text) : spoiltBody(text, damage);
        const headers = { [door.event]: event, [door.delivery]: "d" };
        const lie: Record<string, string> = isSigned ? {} : { [door.signature]: `${door.prefix}${"0".repeat(64)}` };
        const { status, told } = await answerOf(await signed(forge, body, { ...headers, ...lie }));
        expect([status, told.status]).not.toEqual([202, "accepted"]);
        expect(isSigned ? [202, 400, 401] : [401]).toContain(status);
        expect(await world.stored()).toEqual([]);
      }),
      runs(60),
    );
    expect(world.asked).toEqual([]);
  });
});

const segment = fc.oneof(
  fc.constantFrom("api", "runs", "repos", "issues", "github", "octo", "widgets", "1", "healthz", "webhooks", "sweep"),
  fc.constantFrom("..", ".", "", "%2e%2e", "%00", "%ff", "%E0%A4%A", "%", "__proto__", "constructor", "*", "{owner}"),
  fc.constantFrom("0", "-1", "1.5", "1e3", "999999999999999999999", "a".repeat(5000), "😀", "github%3Aocto%2Fwidgets"),
);
const known = fc.constantFrom(
  ["healthz"],
  ["api", "runs"],
  ["api", "repos", "github", "octo", "widgets", "issues", "1"],
  ["api", "repos", "forgejo", "octo", "widgets", "issues", "1"],
);
const path = fc.oneof(
  fc.array(segment, { maxLength: 8 }),
  known,
  fc
    .tuple(known, fc.nat(6), segment)
    .map(([parts, at, odd]) => parts.map((part, index) => (index === at ? odd : part))),
);
const query = fc.array(
  fc.tuple(
    fc.constantFrom("repo", "state", "limit", "cursor", "__proto__", "constructor", "x", "", "limit[]"),
    segment,
  ),
  { maxLength: 3 },
);
const method = fc.constantFrom("GET", "GET", "GET", "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH");
const token = fc.constantFrom(`Bearer ${BOARD_TOKEN}`, `Bearer ${BOARD_TOKEN}`, "Bearer", "", `bearer ${BOARD_TOKEN}`);

describe("every other route", () => {
  it("answers any path, query, method and token clearly, and writes nothing", async () => {
    const world = openWorld();
    world.readyIssue();
    await world.sweep();
    await world.later(2);
    const seen = new Set<number>();
    const before = plain(await world.stored());
    await fc.assert(
      fc.asyncProperty(path, query, method, token, async (parts, asked, verb, authorization) => {
        const search = asked.map(([name, value]) => `${name}=${value}`).join("&");
        const url = `https://loop.test/${parts.join("/")}${search === "" ? "" : `?${search}`}`;
        const response = await exports.default.fetch(new Request(url, { method: verb, headers: { authorization } }));
        seen.add(response.status);
        expect([200, 400, 401, 404, 405, 415], url).toContain(response.status);
        const text = await response.text();
        if (verb !== "HEAD") expect(JSON.parse(text)).toBeTypeOf("object");
        if (response.status >= 400 && verb !== "HEAD") expect(JSON.parse(text)).toMatchObject({ status: "refused" });
      }),
      runs(150),
    );
    expect([...seen].sort()).toEqual(expect.arrayContaining([200, 400, 401, 404]));
    expect(plain(await world.stored())).toBe(before);
    await assertAlive(world);
  });
});

describe.each(FORGES)("a reconcile and a sweep among servers that answer nonsense, on %s", (forge) => {
  it("never fall over, keep whole records, and settle once the servers are sane", async () => {
    // Seldom enough that the calm at the end is not all polls.
    const world = openWorld({ AFK_POLL_SECONDS: "300" }, forge);
    // Followed to our own stand-in, a redirect to its root would be a request the forge does not know.
    const answers = fc.sample(spoiltAnswer, runs(80)).filter(({ headers }) => headers.location !== "/");
    const serve = world.fetch.bind(world);
    let asked = 0;
    world.fetch = async (request) => {
      const answer = await serve(request);
      const how = ++asked % 3 === 0 ? answers.pop() : undefined;
      return how === undefined ? answer : spoiltResponse(answer, how);
    };
    const issue = world.readyIssue();
    for (let look = 0; answers.length > 0; look++) {
      expect(look, "the loop asks nobody any more").toBeLessThan(1000);
      await world.sweep();
      await world.later(300);
      if (world.agent.turns.some((turn) => !turn.ended)) world.agent.turns.find((turn) => !turn.ended)?.touch();
      else if (look % 10 === 9) world.readyIssue(`Another ${look}`);
      assertWhole(await world.stored());
      expect((await world.get("/healthz")).status).toBe(200);
    }
    for (let look = 0; look < 8; look++) {
      await world.sweep();
      await world.later(4000);
    }
    expect(world.labels(issue)).not.toContain(IN_PROGRESS);
    const { body } = await world.get("/healthz");
    expect(body).toMatchObject({ runs: { in_flight: 0 } });
  });
});

describe("settings that become nonsense while a run is in flight", () => {
  it("disable and are named, and the run is watched on", async () => {
    const world = openWorld();
    const issue = world.readyIssue();
    await world.later(2);
    for (const setting of SETTING_NAMES) {
      // No boolean, no number, no repo, no JSON, no URL.
      world.set({ [setting]: "http://[" });
      expect((await world.get("/healthz")).status).toBe(200);
      expect((await world.board(`/api/repos/github/${REPO}/issues/${issue}`)).status).not.toBe(500);
      await world.sweep();
      world.agent.turn().touch();
      await world.later(35);
      world.set({ [setting]: ARMED[setting] });
    }
    await world.ci(await world.land(world.agent.turn()), "success");
    world.agent.turn().complete();
    await world.sweep();
    await world.later(120);
    expect(world.on(issue).state).toBe("closed");
  });
});
