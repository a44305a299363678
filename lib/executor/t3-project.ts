/** A project of T3: a workspace on its machine, and the model that its threads take. Pure. */
import * as z from "../zod.ts";

const Project = z.object({
  id: z.string().check(z.minLength(1)),
  workspaceRoot: z.string(),
  defaultModelSelection: z.catch(
    z.nullish(z.object({ instanceId: z.string(), model: z.string(), options: z.optional(z.unknown()) })),
    undefined,
  ),
});

export type T3Project = z.infer<typeof Project>;

/** Null: not understood. */
export function parseProject(value: unknown): T3Project | null {
  return Project.safeParse(value).data ?? null;
}

export function withRoot(projects: T3Project[], workspace: string): T3Project | undefined {
  return projects.find((project) => samePath(project.workspaceRoot, workspace));
}

/** T3 resolves the path it is given, so spellings differ in slashes (and on Windows in case). */
export function samePath(one: string, other: string): boolean {
  return normalPath(one) === normalPath(other);
}

function normalPath(path: string): string {
  const windows = /^[A-Za-z]:[\\/]/.test(path);
  const slashes = windows ? path.toLowerCase().replaceAll("\\", "/") : path;
  return slashes.replace(/\/{2,}/g, "/").replace(/(?<=.)\/+$/, "");
}
