/**
 * The simulator's grade: each mutant is played until a seed fails, and the unmutated code on the seeds that the hardest
 * of them needed.
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
  signal: AbortSignal;
}

type Graded =
  | { type: "found"; seed: number; rule: number; text: string }
  | { type: "survived"; seeds: number }
  | { type: "broken"; why: string };

/** The exit code. */
export async function runMutants(plan: Plan): Promise<number> {
  const { mutants, say } = plan;
  const waiting = [...mutants];
  const graded: Graded[] = [];
  const work = async () => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const grade = await gradeOf(plan, mutant);
      say(lineOf(mutant, grade));
      graded.push(grade);
    }
  };
  // All of them, so that a stop leaves no folder of another job's behind.
  const jobs = await Promise.allSettled(Array.from({ length: plan.jobs }, work));
  for (const job of jobs) if (job.status === "rejected") throw job.reason;
  const clean = await control(plan, graded);
  const [found, survived, broken] = (["found", "survived", "broken"] as const).map(
    (type) => graded.filter((grade) => grade.type === type).length,
  );
  say(`mutants: ${found} found, ${survived} survived, ${broken} broken`);
  return clean && survived === 0 && broken === 0 ? 0 : 1;
}

async function gradeOf(plan: Plan, mutant: Mutant): Promise<Graded> {
  return inCopy(plan, async (dir): Promise<Graded> => {
    const applied = await applyPatch(dir, mutant.file, plan.signal);
    if (applied.type === "broken") return applied;
    const checked = await typeCheck(dir, plan.signal);
    if (checked.type === "broken") return checked;
    const trial = await playSeeds(dir, plan.seeds, plan.signal);
    switch (trial.type) {
      case "failed":
        return { ...trial, type: "found" };
      case "held":
        return { type: "survived", seeds: trial.seeds };
      case "died":
        return { type: "broken", why: trial.why };
      default:
        return trial satisfies never;
    }
  });
}

/** Whether the unmutated code holds. */
async function control(plan: Plan, graded: Graded[]): Promise<boolean> {
  const needed = graded.map((grade) => (grade.type === "found" ? grade.seed : 0));
  const seeds = Math.min(plan.seeds, Math.max(plan.controlSeeds, ...needed));
  const trial = await inCopy(plan, (dir): Promise<Trial> => playSeeds(dir, seeds, plan.signal));
  if (trial.type === "held") plan.say(`CONTROL clean seeds=${seeds}`);
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
