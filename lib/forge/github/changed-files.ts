/**
 * The files of a commit and of a pull request, as the port's ChangedFiles. GitHub lists 3000 of one change and leaves out
 * the rest without a word.
 */
import { type ChangedFiles, type CommitFacts, known, type Reading, type RepoName, unread } from "../../core/types.ts";
import * as z from "../../zod.ts";
import { sha, word } from "../fields.ts";
import { readingOf } from "../results.ts";
import type { GithubClient } from "./client.ts";
import { listed, type Pages, PER_PAGE, readPages } from "./pages.ts";

const FILES_MAX = 3000;
const PAGES_MAX = FILES_MAX / PER_PAGE;

const PULL = "/repos/{owner}/{repo}/pulls/{pull_number}";

const file = z.object({
  filename: word,
  status: z.nullish(z.string()),
  previous_filename: z.nullish(z.string()),
});
type File = z.output<typeof file>;
const files = z.array(file);
/** The commit itself stands on every page of its files. */
const commit = z.object({ sha, parents: z.array(z.object({ sha })), files: z.nullish(files) });
const pull = z.object({ changed_files: z.int() });

export async function commitFacts(client: GithubClient, repo: RepoName, wanted: string): Promise<Reading<CommitFacts>> {
  const read = await readPages(client, repo, "GET /repos/{owner}/{repo}/commits/{ref}", { ref: wanted }, PAGES_MAX);
  const parts = listed(read, commit, (part) => [part], "cut");
  if (!parts.known) return parts;
  const [first] = parts.value;
  // A branch may bear any name, and goes before a commit.
  if (!first || parts.value.some((part) => part.sha !== wanted)) return unread("another commit was told");
  const told = parts.value.map((part) => part.files);
  const changed = toChanged(
    read,
    told.flatMap((page) => page ?? []),
  );
  return known({
    parents: first.parents.map((parent) => parent.sha),
    changed: { ...changed, complete: changed.complete && told.every((page) => page != null) },
  });
}

export async function pullFiles(client: GithubClient, repo: RepoName, number: number): Promise<Reading<ChangedFiles>> {
  const at = { pull_number: number };
  const read = await readPages(client, repo, `GET ${PULL}/files`, at, PAGES_MAX);
  const listing = listed(read, files, (page) => page, "cut");
  if (!listing.known) return listing;
  const changed = toChanged(read, listing.value);
  // Of one page nothing can be missing; between several a push may have come.
  if (!changed.complete || listing.value.length <= PER_PAGE) return known(changed);
  const told = readingOf(await client.request(repo, `GET ${PULL}`, at), pull);
  if (!told.known) return told;
  return known({ ...changed, complete: told.value.changed_files === listing.value.length });
}

function toChanged(read: Pages, listing: File[]): ChangedFiles {
  const paths = new Set(listing.flatMap((one) => [one.filename, ...oldNameOf(one)]));
  return { paths: [...paths], complete: isWhole(read) && listing.length < FILES_MAX };
}

function isWhole(read: Pages): boolean {
  return read.type === "pages" && read.complete;
}

/** What was copied stays where it was. */
function oldNameOf({ status, previous_filename }: File): string[] {
  return previous_filename && status !== "copied" ? [previous_filename] : [];
}
