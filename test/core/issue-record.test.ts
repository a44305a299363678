import { describe, expect, test } from "vitest";
import { after, latestLabelling, removedAfter } from "../../lib/core/issue-record.ts";

type Event = Parameters<typeof after>[0][number];

const ADA = { id: "1", login: "ada", kind: "person" as const };
const READY = "ready-for-agent";

/** `+label` and `-label` of a label, or another kind of entry; ids count from 1. */
function record(...entries: string[]): Event[] {
  return entries.map((entry, index) => {
    const type = entry.startsWith("+") ? "labeled" : entry.startsWith("-") ? "unlabeled" : (entry as Event["type"]);
    const label = /^[+-]/.test(entry) ? entry.slice(1) : null;
    return { id: `${index + 1}`, type, label, actor: ADA, atIso: `2026-11-01T09:00:0${index}Z`, commit: null };
  });
}

describe("the latest labelling", () => {
  test.each<[string, string[], string | null]>([
    ["is the label's only event", [`+${READY}`], "1"],
    ["is the newest of several", [`+${READY}`, `-${READY}`, `+${READY}`], "3"],
    ["is the newest even without a removal between", [`+${READY}`, `+${READY}`], "2"],
    ["is none after a removal", [`+${READY}`, `-${READY}`], null],
    ["is none where nothing happened", [], null],
    ["is none of another label", ["+bug", "+ready"], null],
    ["is not ended by another label's removal", [`+${READY}`, "+bug", "-bug"], "1"],
    ["is not ended by a closing or a new title", [`+${READY}`, "closed", "reopened", "renamed"], "1"],
    ["is found however the label is written", ["+Ready-For-Agent"], "1"],
    ["is ended however the label is written", [`+${READY}`, "-READY-FOR-AGENT"], null],
  ])("%s", (_name, entries, id) => {
    expect(latestLabelling(record(...entries), READY)?.id ?? null).toBe(id);
  });

  test("tells who and when, in the forge's own words", () => {
    expect(latestLabelling(record(`+${READY}`), READY)).toEqual({ id: "1", actor: ADA, atIso: "2026-11-01T09:00:00Z" });
  });

  test("of an account that is gone is one all the same, by somebody whom nobody trusts", () => {
    const anonymous = record(`+${READY}`).map((event) => ({ ...event, actor: null }));
    expect(latestLabelling(anonymous, READY)).toMatchObject({ id: "1", actor: { login: "ghost", kind: "unknown" } });
  });
});

describe("a label counts as removed after an event", () => {
  test.each<[string, string[], string, boolean]>([
    ["when it was", [`+${READY}`, `-${READY}`], "1", true],
    ["when it was, and put back since", [`+${READY}`, `-${READY}`, `+${READY}`], "1", true],
    ["not when it was before", [`+${READY}`, `-${READY}`, `+${READY}`], "3", false],
    ["not when it was another label", [`+${READY}`, "-bug"], "1", false],
    ["not by the event itself", [`-${READY}`], "1", false],
    ["not when the event is not in the record", [`-${READY}`], "9", false],
  ])("%s", (_name, entries, id, removed) => {
    expect(removedAfter(record(...entries), READY, id)).toBe(removed);
  });
});

test("after an event come the entries behind it, and none when it is not in the record", () => {
  const events = record("+a", "closed", "reopened");
  expect(after(events, "1").map((event) => event.id)).toEqual(["2", "3"]);
  expect(after(events, "3")).toEqual([]);
  expect(after(events, "9")).toEqual([]);
});
