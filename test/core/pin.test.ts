/** What proves that a text is the one that was labelled, row by row. */
import { describe, expect, test } from "vitest";
import type { Pin, Sighting } from "../../lib/core/gates.ts";
import { pinProblem } from "../../lib/core/pin.ts";
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
