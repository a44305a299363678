/**
 * The webhook door, fed in arbitrary pieces: what is complete in time is taken whole, what is not is 408 and records
 * nothing, what is too large is 413. The deadline is the test's own: nobody waits.
 */
import { sign } from "@octokit/webhooks-methods";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Door, handleWebhook } from "../../functions/webhooks.ts";
import type { Signal } from "../../lib/core/types.ts";
import { parseForgejoDelivery } from "../../lib/forge/forgejo/webhook.ts";
import { parseGithubDelivery } from "../../lib/forge/github/webhook.ts";
import labelled from "../fixtures/forgejo/03-issue_label-label_updated.json" with { type: "json" };
import ran from "../fixtures/forgejo/action_run_failure.json" with { type: "json" };
import labeled from "../fixtures/github/issues-labeled.json" with { type: "json" };
import { githubDoor } from "../functions/github-door.ts";
import { type Json, mutatedJson, steps } from "./mutate-json.ts";
import { runs } from "./runs.ts";
import { textSeen } from "./shapes.ts";

const SECRET = "s3cret";
const TEXT = JSON.stringify(labeled);
const SIGNATURE = await sign(SECRET, TEXT);

interface Sender {
  pieces: Uint8Array[];
  /** How many pieces go out before the sender stalls, breaks off or ends. */
  sent: number;
  ending: "ends" | "stalls" | "breaks off";
}

async function answer({ pieces, sent, ending }: Sender, bytesMax: number) {
  const recorded: Signal[] = [];
  let fire = () => {};
  const left = pieces.slice(0, sent);
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = left.shift();
      if (piece) return controller.enqueue(piece);
      if (ending === "ends") return controller.close();
      if (ending === "breaks off") return controller.error(new Error("connection reset"));
      fire();
      return new Promise(() => {});
    },
  });
  const door: Door = {
    ...githubDoor(SECRET, recorded),
    bodyBytesMax: bytesMax,
    startTimer: (_ms, late) => {
      fire = late;
      return () => {};
    },
  };
  const headers = {
    "content-type": "application/json",
    "x-github-event": "issues",
    "x-github-delivery": "d-1",
    "x-hub-signature-256": SIGNATURE,
  };
  const init = { method: "POST", headers, body, duplex: "half" };
  const response = await handleWebhook(new Request("https://loop.test/webhooks/github", init), door);
  return { status: response.status, told: await response.json(), recorded: recorded.length };
}

const sender = fc.array(fc.nat(TEXT.length), { maxLength: 12 }).chain((cuts) => {
  const bytes = new TextEncoder().encode(TEXT);
  const places = [0, ...cuts.sort((one, other) => one - other), bytes.length];
  const pieces = places.slice(1).map((place, index) => bytes.slice(places[index], place));
  // A stream takes no empty piece.
  const whole = pieces.filter((piece) => piece.length > 0);
  return fc.record({
    pieces: fc.constant(whole),
    sent: fc.integer({ min: 0, max: whole.length }),
    ending: fc.constantFrom<Sender["ending"]>("ends", "stalls", "breaks off"),
  });
});

test("a body in pieces is taken whole or not at all", async () => {
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(sender, fc.constantFrom(1 << 20, 200), async (one, bytesMax) => {
      const bytes = one.pieces.slice(0, one.sent).reduce((sum, piece) => sum + piece.length, 0);
      const { status, told, recorded } = await answer(one, bytesMax);
      seen.add(status);
      const whole = one.sent === one.pieces.length;
      const expected = bytes > bytesMax ? 413 : one.ending !== "ends" ? 408 : whole ? 202 : 401;
      expect([status, recorded]).toEqual([expected, expected === 202 ? 1 : 0]);
      expect(told).toMatchObject({ status: expected === 202 ? "accepted" : "refused" });
    }),
    runs(200),
  );
  expect([...seen].sort()).toEqual([202, 401, 408, 413]);
});

const NAMES = {
  github: [
    ...["issues", "issue_comment", "issue_dependencies", "check_run", "check_suite", "workflow_run", "status", "push"],
    ...["deployment_status", "pull_request", "repository", "ping", "constructor", "__proto__", "toString", ""],
  ],
  forgejo: [
    ...["issues", "issue_comment", "push", "pull_request", "action_run_success", "action_run_failure"],
    ...["action_run_recover", "pull_request_comment", "constructor", "__proto__", "toString", ""],
  ],
};
/** Null: the payload's own. */
const ACTIONS = [null, null, "opened", "created", "label_updated", "failure"];
/** One payload in which every kind of event finds what it reads. */
const ALL: Record<keyof typeof NAMES, { [key: string]: Json }> = {
  github: {
    ...{ ...JSON.parse(TEXT), ref: "refs/heads/master", state: "success", blocked_issue: { number: 4 } },
    branches: [{ name: "topic" }, { name: "master" }],
    check_run: { check_suite: { head_branch: "master" } },
    ...{ check_suite: { head_branch: "master" }, workflow_run: { head_branch: "master" } },
  },
  forgejo: {
    ...labelled.body,
    ref: "refs/heads/main",
    after: "1".repeat(40),
    run: { ...ran.body.run, prettyref: "main" },
    pull_request: { head: { ref: "afk/1-1" } },
  },
};

test.each([
  { forge: "github" as const, parse: parseGithubDelivery },
  { forge: "forgejo" as const, parse: parseForgejoDelivery },
])("a $forge payload damaged in any way is a signal of whole fields or ignored with a reason", ({ forge, parse }) => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.constantFrom(...NAMES[forge]), fc.constantFrom(...ACTIONS), steps, (event, done, damage) => {
      const text = mutatedJson({ ...ALL[forge], ...(done === null ? {} : { action: done }) }, damage);
      const understood = parse(event, text === "" ? undefined : JSON.parse(text));
      seen.add(understood.type);
      if (understood.type === "ignored") {
        expect(understood.reason).toMatch(/\S/);
        return;
      }
      const { repo, issue, action, seen: sight } = understood;
      expect(repo.forge).toBe(forge);
      for (const part of [repo.owner, repo.name]) expect(part).toMatch(/^[A-Za-z0-9_.-]{1,100}$/);
      expect(repo.id).toMatch(/^\d+$/);
      expect(action).toMatch(/./s);
      if (issue !== null) expect(Number.isSafeInteger(issue) && issue > 0).toBe(true);
      if (sight !== undefined) {
        seen.add("sight");
        expect(textSeen.safeParse(sight).error?.message).toBeUndefined();
      }
    }),
    runs(500),
  );
  const told =
    forge === "forgejo"
      ? ["ci", "comment", "issue", "pull_request", "push", "sight"]
      : ["issue", "ci", "comment", "pull_request"];
  expect([...seen]).toEqual(expect.arrayContaining(["ignored", ...told]));
});
