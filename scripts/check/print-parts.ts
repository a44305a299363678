import type { Part } from "./run-check.ts";

export function printParts(parts: Part[]): void {
  for (const { name, findings } of parts) {
    if (findings.length === 0) console.log(`check: ${name}: ok`);
    else console.log(`check: ${name}: FAILED\n${findings.join("\n")}`);
  }
}
