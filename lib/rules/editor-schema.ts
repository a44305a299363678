/** The published JSON schema of `.afk.yml`, for editors: what they can check of it, before a push. */
import * as z from "../zod.ts";
import { rulesFile } from "./rules-schema.ts";

export function editorSchema(): string {
  const schema = z.toJSONSchema(rulesFile, { target: "draft-7", io: "input", unrepresentable: "any" });
  return `${JSON.stringify({ ...schema, title: ".afk.yml" }, null, 2)}\n`;
}
