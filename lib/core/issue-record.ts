/** Folds over the forge's own record of an issue, oldest entry first. Pure. */
import { sameName } from "./same-name.ts";
import type { Account, IssueEvent, IssueFacts, LabelEvent } from "./types.ts";

/** Whether `label` is one of these, in whatever case. */
export function carries(labels: string[], label: string): boolean {
  return labels.some((one) => sameName(one, label));
}

/** Open and ready, as when it was claimed: then its record need not be read. */
export function isAsTaken({ state, labels }: Pick<IssueFacts, "state" | "labels">, ready: string): boolean {
  return state === "open" && carries(labels, ready);
}

/** Whose account is gone: trusted by nobody, and the why-page says so, where "not known yet" would be asked for ever. */
export const GHOST: Account = { id: "0", login: "ghost", kind: "unknown" };

/** The newest labelling with `label` that no later removal ended; null when there is none. */
export function latestLabelling(events: IssueEvent[], label: string): LabelEvent | null {
  const latest = events.findLast((event) => concerns(event, label));
  if (latest?.type !== "labeled") return null;
  return { id: latest.id, actor: latest.actor ?? GHOST, atIso: latest.atIso };
}

/** Whether `label` was taken off at any time after the event with this id. */
export function removedAfter(events: IssueEvent[], label: string, eventId: string): boolean {
  return after(events, eventId).some((event) => event.type === "unlabeled" && concerns(event, label));
}

/** The entries after the one with this id; none when it is not in the record. */
export function after(events: IssueEvent[], eventId: string): IssueEvent[] {
  const index = events.findIndex((event) => event.id === eventId);
  return index < 0 ? [] : events.slice(index + 1);
}

/** Whether the entry is one of putting `label` on or taking it off. */
export function concerns(event: IssueEvent, label: string): boolean {
  const labelling = event.type === "labeled" || event.type === "unlabeled";
  return labelling && sameName(event.label ?? "", label);
}

/** Forges tell whole seconds. */
export function second(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000);
}
