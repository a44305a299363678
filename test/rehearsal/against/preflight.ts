/**
 * All that must hold before a rehearsal touches anything of somebody's own. First that does not is the refusal:
 *
 *   the repo's name has neither "scratch" nor "rehearsal" in it ..... nothing is asked of the forge at all
 *   the server is none we serve; the token is not accepted; the repo is not there, is another by now, is archived, has no issues
 *   the loop's account or the person may not do what each must
 *   another rehearsal is under way there
 *   the trunk refuses a direct push, has no CI, or is red
 *
 * Rehearsals that were killed are no refusal: they are handed back, to be cleaned up after before the trunk is looked at.
 */
import { judgeCommit } from "../../../lib/core/ci-verdict.ts";
import { mayWrite } from "../../../lib/core/trust.ts";
import { type Account, type Reading, type RepoName, repoKey } from "../../../lib/core/types.ts";
import type { Seen } from "../../../lib/doctor/seen.ts";
import { type ForgePorts, forgePorts } from "../../../lib/forge/forge.ts";
import type { HttpSettings } from "../../../lib/forge/http.ts";
import { isForRehearsals } from "../arm-child.ts";
import { GitGate } from "./git-gate.ts";
import { isUnderWay, type Marker, markerIn } from "./marker.ts";
import { refuse } from "./refuse.ts";
import { type Scratch, scratchOf } from "./scratch.ts";
import type { Own } from "./settings.ts";

export interface Leftover {
  number: number;
  url: string;
  marker: Marker;
}

/** What is known of a repo that may be played in. */
export interface Ground {
  own: Own;
  /** Names as the forge writes them. */
  repo: RepoName;
  person: Account;
  scratch: Scratch;
  /** As the person. */
  ports: ForgePorts;
  /** As the loop. */
  loop: ForgePorts;
  gate: GitGate;
  cloneUrl: string;
  trunk: string;
}

const AGAIN = "run it again";

export async function lookAt(own: Own, http: HttpSettings): Promise<Ground> {
  const { target } = own;
  const { repo } = target;
  const where = repoKey(repo);
  if (!isForRehearsals(repo))
    refuse("--repo", `${repo.name} has neither "scratch" nor "rehearsal" in its name`, "make a repo for it, so named");
  const scratch = scratchOf(target, http);
  const ports = portsOf(repo, target.personEnv, http);
  const loop = portsOf(repo, target.env, http);
  const server = await ports.tracker.unfit();
  if (!server.known && server.auth)
    refuse(where, `the token is not accepted (${server.why})`, "make a new one, and set it");
  const unfit = read(where, server);
  if (unfit !== null) refuse(unfit.setting, unfit.reason, "name a server that it can serve");
  const person = seenOr(where, await scratch.whoami(), "the token is not accepted", "make a new one, and set it");
  const about = seenOr(where, await scratch.about(), "no such repo, or the token may not see it", "name it exactly");
  if (about.fullName.toLowerCase() !== `${repo.owner}/${repo.name}`.toLowerCase())
    refuse("--repo", `it is called ${about.fullName} now`, `give it as ${about.fullName}`);
  if (about.archived) refuse(where, "it is archived, and takes nothing", "unarchive it, or name another");
  if (!about.hasIssues) refuse(where, "its issues are switched off", "switch them on");
  const permission = read(where, await loop.tracker.permission(person));
  if (!about.may.push || !mayWrite(permission))
    refuse(
      where,
      `${person.login} has ${permission} access, and no label of a reader starts anything`,
      "give it write access",
    );
  const { cloneUrl, defaultBranch: trunk } = read(where, await loop.tracker.repo());
  const gate = await GitGate.open(cloneUrl, person.login, target.personToken);
  own.held.push(...gate.secrets);
  try {
    const pushing = await gate.pushStatus();
    if (pushing !== 200)
      refuse(
        where,
        `the token may not push there (${pushing})`,
        "give it the right: GitHub: Contents: write; Forgejo: write:repository",
      );
    return { own, repo, person, scratch, ports, loop, gate, cloneUrl, trunk };
  } catch (error) {
    await gate.close();
    throw error;
  }
}

/** After others' leftovers are gone: a landing that was left behind may be what turned it red. The trunk's newest commit. */
export async function lookAtTrunk({ own, loop: ports, scratch, trunk }: Ground): Promise<string> {
  const where = repoKey(own.target.repo);
  if (!read(where, await ports.proposals.takesPush(trunk)))
    refuse(
      where,
      `${trunk} refuses a direct push, or its rules may not be read; a rehearsal lands by push, and takes it back by push`,
      "take the protection off in this repo, or name another; a pull request would wait for people",
    );
  const head = read(where, await ports.tracker.head(trunk));
  const checks = read(where, await ports.ci.checks(head, trunk));
  if (checks.length === 0 && !read(where, await scratch.hasWorkflow(trunk)))
    refuse(
      where,
      `no CI: ${trunk} has no check, and no workflow is there`,
      "add a workflow that runs on push; docs/rehearse-against-your-own.md has one to copy",
    );
  const { word, because } = judgeCommit(checks, { required: [], awaited: [] }, "running");
  if (word === "red" || word === "human")
    refuse(
      where,
      `CI of ${trunk} is ${word === "red" ? "red" : "waiting for an approval"} (${because.map(({ name }) => name).join(", ")}), and nothing starts on it`,
      "mend it first",
    );
  return head;
}

/** Throws for one that is under way; gives those that were killed. Only who may write there is believed. */
export async function leftovers(ground: Ground, nowMs: number, ours: number | null = null): Promise<Leftover[]> {
  const { scratch, ports, person, own } = ground;
  const where = repoKey(own.target.repo);
  const found: Leftover[] = [];
  for (const { number, url, body, author } of read(where, await scratch.issues())) {
    const marker = markerIn(body);
    if (marker === null || author === null || number === ours) continue;
    const isTrusted = author.id === person.id || mayWrite(read(where, await ports.tracker.permission(author)));
    if (!isTrusted) continue;
    const isFirst = ours === null || number < ours;
    if (isUnderWay(marker, nowMs)) {
      if (isFirst) refuse(where, `another rehearsal is under way there: ${url}`, untilWords(marker));
    } else found.push({ number, url, marker });
  }
  return found;
}

function untilWords({ until }: Marker): string {
  return `wait for its end; if it was killed on another machine, run this there, or wait until ${new Date(until).toISOString()}`;
}

function portsOf(repo: RepoName, env: Record<string, string>, http: HttpSettings): ForgePorts {
  const ports = forgePorts(repo, env, http);
  if (ports === null) throw new Error("the forge has no credentials");
  return ports;
}

function read<T>(where: string, reading: Reading<T>): T {
  return reading.known ? reading.value : refuse(where, reading.why, reading.auth ? "give the token that right" : AGAIN);
}

function seenOr<T>(where: string, seen: Seen<T>, what: string, mend: string): T {
  if (seen.known) return seen.value;
  const { status, why } = seen;
  const isNo = status !== null && [401, 403, 404].includes(status);
  return refuse(where, isNo ? `${what} (${why})` : why, isNo ? mend : AGAIN);
}
