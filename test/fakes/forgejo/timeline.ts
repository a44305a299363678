/**
 * The timeline of an issue: every entry moves the issue's updated_at, whatever it is about. That is why a label, a
 * comment or a mention from elsewhere looks like an edit to whoever goes by updated_at alone.
 */
import type { Account, Entry, Issue } from "./state.ts";
import { newId, timestamp, type World } from "./world.ts";

export function addEntry(world: World, issue: Issue, by: Account, type: string, more: Partial<Entry> = {}): Entry {
  const at = timestamp(world);
  const entry: Entry = {
    id: newId(world, "comment"),
    type,
    by: by.id,
    body: "",
    createdAt: at,
    updatedAt: at,
    label: null,
    oldTitle: "",
    newTitle: "",
    commitSha: "",
    refIssue: null,
    dependentIssue: null,
    ...more,
  };
  issue.timeline.push(entry);
  issue.updatedAt = at;
  return entry;
}
