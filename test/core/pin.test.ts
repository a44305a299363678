/** What proves that a text is the one that was labelled, row by row. */
import { describe, expect, test } from "vitest";
import type { Pin, Sighting } from "../../lib/core/gates.ts";
import { pinProblem, renamedSince } from "../../lib/core/pin.ts";
import type { IssueEvent } from "../../lib/core/types.ts";
import { aLabelEvent, anEvent } from "./kit.ts";

const READY = "ready-for-agent";
const at = (second: number) => `2027-01-15T08:00:${String(second).padStart(2, "0")}Z`;
const label = aLabelEvent({ id: "9", atIso: at(10) });
const labelled = anEvent({ id: "9", type: "labeled", label: READY, atIso: at(10) });
const removed = (second: number) => anEvent({ id: "5", type: "unlabeled", label: READY, atIso: at(second) });

const saw = (text: string, second: number): Sighting => ({ text, updatedIso: at(second) });
const problem = (seen: Sighting[], events: IssueEvent[] = [labelled]) =>
  pinProblem({ type: "sightings", now: "text", seen } satisfies Pin, label, events, READY);

const UNSEEN = "nothing shows that the text is the one that was labelled";
const EDITED = "the text was edited after the label";

describe("a forge that tells only when an issue last changed", () => {
  test.each<[string, Sighting[], IssueEvent[], string | null]>([
    ["seen in the label's second", [saw("text", 10)], [labelled], null],
    ["seen before, where the forge was behind", [saw("text", 8)], [labelled], null],
    ["never seen", [], [labelled], UNSEEN],
    ["seen only after something happened", [saw("text", 11)], [labelled], UNSEEN],
    ["seen as another text", [saw("other", 10)], [labelled], EDITED],
    ["seen as two texts in the label's own second", [saw("text", 10), saw("other", 10)], [labelled], EDITED],
    ["seen as another text later", [saw("text", 10), saw("other", 12)], [labelled], null],
    ["seen under an earlier labelling alone", [saw("text", 4)], [removed(6), labelled], UNSEEN],
    ["seen in the second of the removal", [saw("text", 6)], [removed(6), labelled], UNSEEN],
    ["seen since the removal", [saw("other", 4), saw("text", 10)], [removed(6), labelled], null],
    ["taken off and put on in one second", [saw("text", 10)], [removed(10), labelled], null],
    ["taken off later", [saw("text", 10)], [labelled, removed(20)], null],
  ])("%s", (_what, seen, events, expected) => {
    expect(problem(seen, events)).toBe(expected);
  });

  test("the label's name is one in any case, another label's removal is nothing", () => {
    expect(problem([saw("text", 4)], [{ ...removed(6), label: "READY-for-agent" }, labelled])).toBe(UNSEEN);
    expect(problem([saw("text", 4)], [{ ...removed(6), label: "bug" }, labelled])).toBeNull();
  });
});

describe("a label that we put on as a comment ordered counts from the comment", () => {
  const ordered = aLabelEvent({ id: "9", atIso: at(10), ordered: { comment: "3", atIso: at(6), text: "text" } });
  const EDITED_SINCE = "the text was edited after the order";

  test.each<[string, Pin, string | null]>([
    ["never edited", { type: "last_edit", editedIso: null }, null],
    ["edited before it", { type: "last_edit", editedIso: at(5) }, null],
    ["edited in its second", { type: "last_edit", editedIso: at(6) }, EDITED_SINCE],
    ["edited between it and the label", { type: "last_edit", editedIso: at(8) }, EDITED_SINCE],
    ["the text its delivery showed", { type: "sightings", now: "text", seen: [] }, null],
    ["another text, though seen with the label on", { type: "sightings", now: "b", seen: [saw("b", 9)] }, EDITED_SINCE],
  ])("%s", (_what, pin, expected) => {
    expect(pinProblem(pin, ordered, [labelled], READY)).toBe(expected);
  });

  test("what no delivery showed is no text at all", () => {
    const unseen = { ...ordered, ordered: { comment: "3", atIso: at(6), text: null } };
    expect(pinProblem({ type: "sightings", now: "text", seen: [saw("text", 10)] }, unseen, [labelled], READY)).toBe(
      EDITED_SINCE,
    );
  });

  test.each([
    [5, false],
    [6, true],
    [8, true],
    [12, true],
  ])("a new title at second %i: %s", (second, expected) => {
    const renamed = anEvent({ id: "7", type: "renamed", label: null, atIso: at(second) });
    expect(renamedSince(ordered, second < 10 ? [renamed, labelled] : [labelled, renamed])).toBe(expected);
    expect(renamedSince(label, second < 10 ? [renamed, labelled] : [labelled, renamed])).toBe(second === 12);
  });
});
