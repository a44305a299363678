/**
 * Watches one issue from its label to its end, as anybody could who looks at the forge's pages, and judges what became of it
 * by the forge and by what the stand-in executor was asked; never by the loop's own word, which is shown where it helps.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { judgeCommit } from "../../../lib/core/ci-verdict.ts";
import { markerPrefix } from "../../../lib/core/markers.ts";
import type { IssueFacts } from "../../../lib/core/types.ts";
import type { Company } from "./company.ts";
import type { Marker } from "./marker.ts";
import type { Ground } from "./preflight.ts";

export interface Watched {
  ground: Ground;
  company: Company;
  number: number;
  marker: Marker;
  /** Turns the story takes. */
  turns: number;
  signal: AbortSignal;
  say: (line: string) => void;
}

const WHY_EVERY = 5;
/** A labelling that fails these can never start anything. */
const FINAL = ["labeller_untrusted", "edited", "already_ran", "held_elsewhere"];
const DONE = "Done: landed and green.";

/** Null: all went as it should; else why not. */
export async function watch(watched: Watched): Promise<string | null> {
  const { company, signal } = watched;
  let shown = "";
  let waits = "";
  for (let looks = 0; !signal.aborted; looks++) {
    const seen = await look(watched);
    if (seen !== null) {
      shown = show(watched, seen.text, shown);
      const ended = seen.issue === null ? "the issue is gone" : endOf(watched, seen.issue, seen.text);
      if (ended === "closed") return verdict(watched);
      if (ended !== null) return ended;
    }
    if (company.threads() === 0 && looks % WHY_EVERY === 0) {
      const standing = await company.standing(watched.number);
      // Once it is claimed, its label event has run: that is no refusal.
      const isWaiting = standing?.answer === "refused" || standing?.answer === "unknown";
      const gate = isWaiting ? standing.gate : null;
      const words = gate ? `${gate.code}: ${gate.fact}` : "";
      if (words !== waits && words !== "") watched.say(`  not yet: ${words}`);
      waits = words;
      if (gate?.state === "fail" && FINAL.includes(gate.code)) return `it is not started: ${words}`;
    }
    await sleep(watched.ground.own.config.pollMs, undefined, { signal }).catch(() => {});
  }
  const where = company.threads() === 0 ? waits || "nothing was started" : shown;
  return `${String(signal.reason)}${where === "" ? "" : `; it stood at: ${where.trim()}`}`;
}

interface Look {
  issue: IssueFacts | null;
  /** The loop's comment; empty: there is none yet. */
  text: string;
}

/** Null: the forge could not be read just now. */
async function look({ ground, number }: Watched): Promise<Look | null> {
  const { tracker } = ground.loop;
  const [issue, comments, repo] = await Promise.all([tracker.issue(number), tracker.comments(number), tracker.repo()]);
  if (!issue.known || !comments.known || !repo.known) return null;
  const prefix = markerPrefix(repo.value.id, number);
  const text = comments.value.find(({ ours, body }) => ours && body.startsWith(prefix))?.body ?? "";
  return { issue: issue.value.type === "gone" ? null : issue.value.issue, text };
}

function show({ say }: Watched, text: string, shown: string): string {
  const lines = text.split("\n").filter((line) => line.startsWith("- ["));
  const boxes = lines.map((line) => (line.startsWith("- [x]") ? "x" : ".")).join("");
  const words = `[${boxes}] ${headline(text)}`;
  if (boxes === "" || words === shown) return shown;
  say(`    ${words}`);
  return words;
}

function headline(text: string): string {
  return /\*\*(.+?)\*\*/.exec(text)?.[1] ?? "";
}

/** Null: it goes on. Closed and without our labels, with the last word said, it is over. */
function endOf({ ground }: Watched, { state, labels }: IssueFacts, text: string): string | null {
  const { ready, inProgress, readyForHuman } = ground.own.config.labels;
  const has = (label: string) => labels.some((each) => each.toLowerCase() === label.toLowerCase());
  if (has(readyForHuman)) return `it was handed over: ${headline(text)}`;
  if (state === "open" || has(ready) || has(inProgress)) return null;
  return headline(text) === DONE ? "closed" : null;
}

async function verdict({ ground, company, number, marker, turns, say }: Watched): Promise<string | null> {
  say(`  #${number} is closed, and no working label is left`);
  const { tracker, ci } = ground.loop;
  const compared = await tracker.compare(marker.base, marker.trunk);
  if (!compared.known) return `the trunk could not be read: ${compared.why}`;
  const ours = compared.value.commits.filter(({ message }) => /^AFK-Run: /m.test(message));
  const landed = ours.at(-1);
  if (landed === undefined) return "it was closed, and nothing was landed";
  if (ours.length !== turns) return `${ours.length} commits were landed, not ${turns}`;
  const checks = await ci.checks(landed.sha, marker.trunk);
  if (!checks.known) return `CI could not be read: ${checks.why}`;
  const { word, because } = judgeCommit(checks.value, { required: [], awaited: [] }, "over");
  const names = because.map(({ name }) => name).join(", ");
  if (word !== "green") return `it was closed, and CI of ${landed.sha.slice(0, 12)} is ${word} (${names})`;
  say(`  CI of ${landed.sha.slice(0, 12)} on ${marker.trunk} is green (${names})`);
  if (company.threads() !== 1) return `${company.threads()} threads were created, not one`;
  if (company.turns() !== turns) return `${company.turns()} turns were asked for, not ${turns}`;
  const thrown = company.thrown();
  return thrown === undefined ? null : `worker.log holds an exception: ${thrown}`;
}
