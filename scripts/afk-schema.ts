/** `npm run schema`: writes the JSON schema of `.afk.yml` that editors are given, made of the one that reads it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { editorSchema } from "../lib/rules/editor-schema.ts";

writeFileSync(join(import.meta.dirname, "../docs/afk.schema.json"), editorSchema());
