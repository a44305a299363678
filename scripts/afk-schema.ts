/**
 * `npm run schema`: writes the JSON schema of `.afk.yml` that editors are given, made of the one that reads it, and lays it
 * out as all our files are.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { editorSchema } from "../lib/rules/editor-schema.ts";
import { command, readFlags } from "./flags.ts";

const root = join(import.meta.dirname, "..");
const schema = join(root, "docs/afk.schema.json");

await command("schema", [""], async () => {
  readFlags({});
  writeFileSync(schema, editorSchema());
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  return spawnSync(process.execPath, [biome, "check", "--write", schema], { cwd: root, stdio: "inherit" }).status ?? 1;
});
