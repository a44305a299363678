/**
 * Is an issue's text provably the text that was labelled? Pure. All times are the forge's own, in whole seconds. Of a label
 * that we put on as a comment ordered, it is the text that stood at the comment.
 *
 *   title changed after the label, or the order ............... no
 *   the forge tells the last edit:
 *     none, or before the label's second ...................... yes; the same second counts as edited
 *   the forge tells only when the issue last changed at all:
 *     ordered, and it is the text that the order's own delivery showed ... yes
 *     seen with this labelling on, and last changed in the label's second or before ... that text was labelled
 *     no such sight, or one of another text ................... no
 *
 * A sight is of this labelling only if it is younger than the label's last removal: what was seen before that proves
 * nothing of what a person read when labelling again.
 */
import type { Pin } from "./gates.ts";
import { concerns, second } from "./issue-record.ts";
import { wishedIso } from "./retry.ts";
import type { IssueEvent, LabelEvent } from "./types.ts";

/** Null: it is. Else why not, as a fact for the refusal. */
export function pinProblem(pin: Pin, labelEvent: LabelEvent, events: IssueEvent[], readyLabel: string): string | null {
  switch (pin.type) {
    case "last_edit":
      return pin.editedIso === null || Date.parse(pin.editedIso) < second(wishedIso(labelEvent)) * 1000
        ? null
        : edited(labelEvent);
    case "sightings":
      if (labelEvent.ordered) return pin.now === labelEvent.ordered.text ? null : edited(labelEvent);
      return sightProblem(pin, labelEvent, events, readyLabel);
    default:
      return pin satisfies never;
  }
}

/** Whether the title was changed after the label; in the second of an order counts as after it. */
export function renamedSince(labelEvent: LabelEvent, events: IssueEvent[]): boolean {
  if (labelEvent.ordered) {
    const ordered = second(labelEvent.ordered.atIso);
    return events.some((event) => event.type === "renamed" && second(event.atIso) >= ordered);
  }
  const labelled = events.findIndex((event) => event.id === labelEvent.id);
  // Not `after`: where the labelling is not in the record, any new title in it may be of a text that nobody labelled.
  return events.slice(labelled + 1).some((event) => event.type === "renamed");
}

function edited({ ordered }: LabelEvent): string {
  return `the text was edited after the ${ordered ? "order" : "label"}`;
}

function sightProblem(
  pin: Pin & { type: "sightings" },
  labelEvent: LabelEvent,
  events: IssueEvent[],
  readyLabel: string,
): string | null {
  const labelled = events.findIndex((event) => event.id === labelEvent.id);
  const removal = events
    .slice(0, Math.max(0, labelled))
    .findLast((event) => event.type === "unlabeled" && concerns(event, readyLabel));
  const label = second(labelEvent.atIso);
  const removed = removal ? second(removal.atIso) : Number.NEGATIVE_INFINITY;
  const ofThisLabelling = pin.seen.filter(({ updatedIso }) => {
    const updated = second(updatedIso);
    // Taken off and put on within one second, nothing can be told apart, and nobody read anything in between.
    return updated <= label && (updated > removed || (updated === removed && removed === label));
  });
  if (ofThisLabelling.length === 0) return "nothing shows that the text is the one that was labelled";
  return ofThisLabelling.every((sight) => sight.text === pin.now) ? null : edited(labelEvent);
}
