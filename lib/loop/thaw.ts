/**
 * Lifts a repo's freeze: when a trunk commit at or after the judged one is green and, where the repo's rules ask for a
 * deploy, live by that rule. Where the trunk does not hold the judged one any more, or has more commits since than are
 * listed, its head speaks for it. It is the rules as they stand now: whoever mends them may mean just this. Where they
 * cannot be understood, those of the frozen run hold. Reads only while something waits for it.
 */
import { passes } from "../core/ci-verdict.ts";
import { asksDeploy } from "../core/deploy-rule.ts";
import { isKnownRepo } from "../core/gates.ts";
import type { RepoRules } from "../core/repo-rules.ts";
import { speaking } from "../core/trunk-line.ts";
import { known, type Reading } from "../core/types.ts";
import { readConfig, readIdentity } from "./gate-facts.ts";
import { type Gathered, rulesOf } from "./gathered.ts";
import { readDeploy } from "./look-deploy.ts";
import type { Loop } from "./loop.ts";
import type { RepoRecord } from "./records.ts";
import type { Troubles } from "./troubles.ts";
import { type Expected, LATER_COMMITS_MAX, readVerdict } from "./verdict.ts";

/**
 * `free`: there is no freeze any more. `later`: green and not live yet, which no webhook tells. `unread`: it could not be
 * read.
 */
export type Thawed = "free" | "frozen" | "later" | "unread";

type Freeze = NonNullable<RepoRecord["freeze"]>;

/** Of the commits that CI has judged the newest are asked, and no more of all together. */
const JUDGED_MAX = 5;
const WALKED_MAX = 15;
/** So many without a judged one, and it is looked for further back. */
const UNJUDGED_MAX = 5;

export async function thaw(loop: Loop, gathered: Gathered, troubles: Troubles): Promise<Thawed> {
  const { freeze } = loop.store.repo();
  if (freeze === null) return "free";
  const named = await trunkOf(loop, gathered);
  troubles.note("forge", named);
  if (!named.known) return "unread";
  const trunk = named.value;
  if (trunk === null) return "frozen";
  const config = await readConfig(loop, gathered);
  troubles.note("forge", config);
  if (!config.known) return "unread";
  gathered.facts.config = config;
  const rules = config.value.type === "invalid" ? loop.store.run(freeze.run)?.rules : rulesOf(gathered);
  const line = await lineOf(loop, freeze.sha, trunk);
  troubles.note("forge", line);
  if (!line.known) return "unread";
  const green = await findGreen(line.value, rules, judgeOn(loop, trunk, rules, troubles));
  if (green === null) return "frozen";
  if (rules === undefined || !asksDeploy(rules)) return lift(loop, freeze, `${green} is green`);
  const at = line.value.indexOf(green) + 1;
  const later = line.value.slice(at, at + LATER_COMMITS_MAX);
  return liftIfLive(loop, freeze, { rules, trunk, green, later }, troubles);
}

/** As the trunk is called now. Null: another repo by the name of ours, or one that cannot be served; the gates tell. */
async function trunkOf(loop: Loop, gathered: Gathered): Promise<Reading<string | null>> {
  const identity = await readIdentity(loop, gathered);
  if (!identity.known) return identity;
  gathered.facts.identity = identity;
  const { value } = identity;
  const isOurs = !("unfit" in value) && isKnownRepo(value);
  return known(isOurs ? (gathered.repoFacts?.defaultBranch ?? null) : null);
}

async function lineOf(loop: Loop, sha: string, trunk: string): Promise<Reading<string[]>> {
  const head = await loop.tracker.head(trunk);
  if (!head.known) return head;
  const compared = await loop.tracker.compare(sha, trunk);
  if (!compared.known) return compared.tooLong ? known([head.value]) : compared;
  return known(speaking(compared.value, sha, head.value));
}

type Judge = (sha: string) => Promise<"green" | "red" | "unjudged">;

/** The newest that is green; where a deploy is asked for the oldest, since what is live may be any from that one on. */
async function findGreen(line: string[], rules: RepoRules | undefined, judge: Judge): Promise<string | null> {
  let green: string | null = null;
  let [judged, rest] = [0, line];
  for (let walked = 0; walked < WALKED_MAX && judged < JUDGED_MAX; walked++) {
    const sha = rest.at(-1);
    if (sha === undefined) break;
    const word = await judge(sha);
    if (word === "green") green = sha;
    if (word === "green" && !asksDeploy(rules)) break;
    if (word !== "unjudged") judged++;
    rest = rest.slice(0, -1);
    if (judged === 0 && walked + 1 === UNJUDGED_MAX) rest = await upToJudged(rest, judge);
  }
  return green;
}

/** Without the commits under way at its end: a trunk may move faster than its CI, which judges the older ones first. */
async function upToJudged(line: string[], judge: Judge): Promise<string[]> {
  let [judged, unjudged] = [0, line.length];
  while (judged + 1 < unjudged) {
    const middle = Math.floor((judged + unjudged) / 2);
    if ((await judge(line[middle] ?? "")) === "unjudged") unjudged = middle;
    else judged = middle;
  }
  return line.slice(0, judged + 1);
}

/** One that cannot be read counts as one that is not green. */
function judgeOn(loop: Loop, trunk: string, rules: RepoRules | undefined, troubles: Troubles): Judge {
  const expected: Expected = { trunk, awaited: [], grace: "over", rules };
  return async (sha) => {
    const read = await readVerdict(loop.ci, sha, expected);
    troubles.note("forge", read);
    if (!read.known) return "red";
    if (passes(read.value.verdict, rules)) return "green";
    return read.value.verdict.word === "red" ? "red" : "unjudged";
  };
}

async function liftIfLive(
  loop: Loop,
  freeze: Freeze,
  { rules, trunk, green, later }: { rules: RepoRules; trunk: string; green: string; later: string[] },
  troubles: Troubles,
): Promise<Thawed> {
  let failure: Reading<null> = known(null);
  const asked = { rule: rules.deploy, trunk, ours: green, later, held: freeze.live };
  const { deploy, live } = await readDeploy(loop, asked, (unread) => {
    failure = unread;
  });
  troubles.note("forge", failure);
  if (deploy === "live") return lift(loop, freeze, `${live?.live?.commit ?? green} is live`);
  if (deploy === "unknown") return "unread";
  if (live !== null) remember(loop, freeze, { live });
  return "later";
}

/** Only of the freeze that was looked at: a person's order to repair may have brought another since. */
function remember(loop: Loop, freeze: Freeze, learnt: Pick<Freeze, "live"> | Pick<Freeze, "forgeIso">): void {
  loop.store.transaction(() => {
    const repo = loop.store.repo();
    if (repo.freeze?.at === freeze.at && repo.freeze.run === freeze.run)
      loop.store.putRepo({ ...repo, freeze: { ...repo.freeze, ...learnt } });
  });
}

/**
 * The look that froze it could not read the issue, or the issue was gone: it told no time of the forge's. The issue of one
 * that waits does, and wishes from then on are later.
 */
export async function dateFreeze(loop: Loop, waiting: number): Promise<void> {
  const { freeze } = loop.store.repo();
  if (freeze === null || freeze.forgeIso !== null) return;
  const issue = await loop.tracker.issue(waiting);
  const forgeIso = issue.known && issue.value.type === "present" ? issue.value.forgeIso : null;
  if (forgeIso !== null) remember(loop, freeze, { forgeIso });
}

function lift(loop: Loop, freeze: Freeze, why: string): Thawed {
  const lifted = loop.store.transaction(() => {
    const repo = loop.store.repo();
    if (repo.freeze?.at !== freeze.at || repo.freeze.run !== freeze.run) return false;
    loop.store.putRepo({ ...repo, freeze: null });
    return true;
  });
  if (!lifted) return "frozen";
  loop.log({ level: "info", msg: `unfrozen: ${why}`, issue: freeze.issue, run: freeze.run, code: "unfrozen" });
  return "free";
}
