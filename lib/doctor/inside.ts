/** What is read inside a repo that can be read, side by side; the same of every forge once it is read. */
import { textOf } from "../forge/contents.ts";
import type { ForgePorts } from "../forge/forge.ts";
import { failureOf, type HttpOutcome } from "../forge/results.ts";
import type { InsideRepo } from "./facts.ts";
import { mapped, type Seen, saw, seen, unseen } from "./seen.ts";

interface Reads {
  lacking: Promise<InsideRepo["lacking"]>;
  hooks: Promise<NonNullable<InsideRepo["hooks"]>> | null;
  labels: Promise<InsideRepo["labels"]>;
  /** CI runs, newest first, as far as one page tells. */
  runs: Promise<Seen<{ branch: string; event: string }[]>>;
  /** The heads of the newest pull requests. */
  heads: Promise<Seen<{ ref: string; sha: string }[]>>;
  actions: Promise<InsideRepo["actions"]>;
  rules: Promise<InsideRepo["rules"]>;
}

export async function inside(ports: ForgePorts, trunk: string, reads: Reads): Promise<InsideRepo> {
  const [lacking, hooks, labels, takesPush, checks, runs, proposed, actions, rules] = await Promise.all([
    reads.lacking,
    reads.hooks,
    reads.labels,
    ports.proposals.takesPush(trunk),
    trunkChecks(ports, trunk),
    reads.runs,
    reads.heads.then((heads) => checksOfHeads(ports, heads)),
    reads.actions,
    reads.rules,
  ]);
  const isOnBranch = (run: { branch: string; event: string }) =>
    /^pull_request/.test(run.event) || (run.branch !== "" && run.branch !== trunk);
  return {
    lacking,
    hooks,
    labels,
    takesPush: seen(takesPush),
    trunk: checks,
    runs: mapped(runs, (all) => {
      const onBranches = all.filter(isOnBranch).length;
      return { onTrunk: all.length - onBranches, onBranches };
    }),
    proposed,
    actions,
    rules,
  };
}

const HEADS_MAX = 3;

async function checksOfHeads(
  ports: ForgePorts,
  heads: Seen<{ ref: string; sha: string }[]>,
): Promise<InsideRepo["proposed"]> {
  if (!heads.known) return heads;
  const looked = heads.value.slice(0, HEADS_MAX);
  const read = await Promise.all(looked.map(({ ref, sha }) => ports.ci.checks(sha, ref)));
  const failed = read.find((checks) => !checks.known);
  if (failed !== undefined && !failed.known) return seen(failed);
  return saw({
    looked: looked.length,
    withChecks: read.filter((checks) => checks.known && checks.value.length > 0).length,
  });
}

async function trunkChecks(ports: ForgePorts, trunk: string): Promise<InsideRepo["trunk"]> {
  const head = seen(await ports.tracker.head(trunk));
  if (!head.known) return head;
  const checks = seen(await ports.ci.checks(head.value, trunk));
  return mapped(checks, (all) => ({ sha: head.value, checks: all }));
}

/** The repo's own rules as the loop reads them, which takes no file that it would not; null: there are none. */
export function rulesText(outcome: HttpOutcome): Seen<string | null> {
  const failure = failureOf(outcome);
  if (failure?.status === 404) return saw(null);
  return failure ? unseen(failure.why, failure.status) : seen(textOf(".afk.yml", outcome));
}
