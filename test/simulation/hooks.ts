/**
 * (node) Lets the real functions/ run outside workerd: `cloudflare:workers` is a class that keeps its context,
 * and Octokit is a light one, several times as fast. Three pure modules are watched on their way into the loop, so
 * that rows and gates that write no log line are counted too.
 * Imported before anything of functions/ or lib/loop is.
 */
import { registerHooks } from "node:module";

const here = (file: string) => new URL(file, import.meta.url).href;

/** By the end of the specifier: what stands in for it, for importers in lib/loop alone. */
const watched: [string, string][] = [
  ["/run-state-machine.ts", here("watched-state-machine.ts")],
  ["/dispatch-policy.ts", here("watched-dispatch-policy.ts")],
  ["/run-evolve.ts", here("watched-run-evolve.ts")],
];

const isIn = ({ parentURL = "" }: { parentURL?: string | undefined }, folder: string) => parentURL.includes(folder);

const HASHING = ["/functions/", "/@octokit/webhooks-methods/"];

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "cloudflare:workers") return { url: here("durable-object.ts"), shortCircuit: true };
    if (specifier === "@slack/web-api" && isIn(context, "/lib/"))
      return { url: here("light-slack.ts"), shortCircuit: true };
    if (specifier === "node:crypto" && HASHING.some((folder) => isIn(context, folder)))
      return { url: here("light-crypto.ts"), shortCircuit: true };
    if (specifier === "@octokit/core" && isIn(context, "/lib/"))
      return { url: here("light-octokit.ts"), shortCircuit: true };
    const stand = isIn(context, "/lib/loop/") ? watched.find(([end]) => specifier.endsWith(end)) : undefined;
    return stand ? { url: stand[1], shortCircuit: true } : next(specifier, context);
  },
});
