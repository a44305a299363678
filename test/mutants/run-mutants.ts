/**
 * The simulator's grade: each mutant is played until a seed fails - first on the one that found it the last time, then
 * from the first seed on - and the unmutated code on the same seeds, unless no mutant could be played at all.
 */
import type { Mutant } from "./mutant.ts";
import { applyPatch, copyTree, removeTree, typeCheck } from "./tree.ts";
import { playSeeds, type Trial } from "./trial.ts";

export interface Plan {
  root: string;
  mutants: Mutant[];
  /** A mutant not found within these has survived. */
  seeds: number;
  /** The control plays at least these. */
  controlSeeds: number;
  /** Mutants played at a time. */
  jobs: number;
  say: (line: string) => void;
  /** Told, at the end, which seed found which mutant. */
  onFound?: (found: Record<string, number>) => void;
  signal: AbortSignal;
}

type Graded =
  /** `played`: the hint alone, or all seeds up to this one. */
  | { type: "found"; seed: number; rule: number; text: string; played: "hint" | "all" }
  | { type: "survived"; seeds: number }
  | { type: "broken"; why: string };

/** The exit code. */
export async function runMutants(plan: Plan): Promise<number> {
  const { mutants, say } = plan;
  const waiting = [...mutants];
  const graded: Graded[] = [];
  const found: Record<string, number> = {};
  const work = async () => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const grade = await gradeOf(plan, mutant);
      say(lineOf(mutant, grade));
      graded.push(grade);
      if (grade.type === "found") found[mutant.name] = grade.seed;
    }
  };
  // All of them, so that a stop leaves no folder of another job's behind.
  const jobs = await Promise.allSettled(Array.from({ length: plan.jobs }, work));
  for (const job of jobs) if (job.status === "rejected") throw job.reason;
  plan.onFound?.(found);
  const isPlayed = graded.some(({ type }) => type !== "broken");
  if (!isPlayed) say("CONTROL not played: no mutant was");
  const clean = isPlayed && (await control(plan, graded));
  const [seen, survived, broken] = (["found", "survived", "broken"] as const).map(
    (type) => graded.filter((grade) => grade.type === type).length,
  );
  say(`mutants: ${seen} found, ${survived} survived, ${broken} broken`);
  return clean && survived === 0 && broken === 0 ? 0 : 1;
}

async function gradeOf(plan: Plan, mutant: Mutant): Promise<Graded> {
  return inCopy(plan, async (dir): Promise<Graded> => {
    const applied = await applyPatch(dir, mutant.file, plan.signal);
    if (applied.type === "broken") return applied;
    const checked = await typeCheck(dir, plan.signal);
    if (checked.type === "broken") return checked;
    if (mutant.foundBy !== null && mutant.foundBy <= plan.seeds) {
      const hinted = await playSeeds(dir, [mutant.foundBy], plan.signal);
      if (hinted.type === "failed") return { ...hinted, type: "found", played: "hint" };
    }
    const trial = await playSeeds(dir, plan.seeds, plan.signal);
    switch (trial.type) {
      case "failed":
        return { ...trial, type: "found", played: "all" };
      case "held":
        return { type: "survived", seeds: trial.seeds };
      case "died":
        return { type: "broken", why: trial.why };
      default:
        return trial satisfies never;
    }
  });
}

/** Whether the unmutated code holds on every seed that a mutant was found with, and on all before those found without a hint. */
async function control(plan: Plan, graded: Graded[]): Promise<boolean> {
  const found = graded.filter((grade) => grade.type === "found");
  const inTurn = found.map(({ seed, played }) => (played === "all" ? seed : 0));
  const last = Math.min(plan.seeds, Math.max(plan.controlSeeds, ...inTurn));
  const hints = [...new Set(found.map(({ seed }) => seed))].filter((seed) => seed > last);
  const seeds = [...Array.from({ length: last }, (_, index) => index + 1), ...hints.sort((one, other) => one - other)];
  const trial = await inCopy(plan, (dir): Promise<Trial> => playSeeds(dir, seeds, plan.signal));
  if (trial.type === "held") plan.say(`CONTROL clean seeds=${trial.seeds}`);
  else if (trial.type === "died") plan.say(`CONTROL dirty ${trial.why}`);
  else plan.say(`CONTROL dirty rule=${trial.rule} seed=${trial.seed}: ${trial.text}`);
  return trial.type === "held";
}

async function inCopy<T>({ root }: Plan, work: (dir: string) => Promise<T>): Promise<T> {
  const dir = copyTree(root);
  try {
    return await work(dir);
  } finally {
    removeTree(dir);
  }
}

function lineOf({ name, rule, why }: Mutant, grade: Graded): string {
  const meant = rule === null ? "" : ` (breaks rule ${rule}: ${why})`;
  switch (grade.type) {
    case "found":
      return `FOUND ${name} rule=${grade.rule} seed=${grade.seed}: ${grade.text}${meant}`;
    case "survived":
      return `SURVIVED ${name} seeds=${grade.seeds}${meant}`;
    case "broken":
      return `BROKEN ${name} ${grade.why}`;
    default:
      return grade satisfies never;
  }
}
