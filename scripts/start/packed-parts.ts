/** parts.ts in a release: lib/worker.js beside this file, bin/linux-<arch>/workerd. */
import { join } from "node:path";
import type * as parts from "./parts.ts";

export const workerBundle: typeof parts.workerBundle = async () => join(import.meta.dirname, "worker.js");

export const workerdBinary: typeof parts.workerdBinary = () =>
  join(import.meta.dirname, "../bin", `${process.platform}-${process.arch}`, "workerd");

/** No npm is here, and no page but README.md. */
export const asHere: typeof parts.asHere = (words) =>
  words
    .replace(/npm run (setup|doctor|backup|restore)( --(?= ))?/g, "afk-loop $1")
    .replace(/(?<![\w/])docs\/(?=[\w-]+\.md)/g, "the repo's docs/");
