/** The repos of a seed, by what goes on in them. All are enrolled. */
import type { Weather } from "./weather.ts";

/** More than a sweep reads. */
const IDLE_REPOS = 42;

interface Repos {
  /** People open issues there. */
  busy: string[];
  all: string[];
}

export function reposOf(seed: number, weather: Weather): Repos {
  const idle = idleRepos(weather);
  const names = ["acme/one", "acme/two", "acme/three"].slice(0, weather.repos);
  const busy = names.filter((name) => !idle.includes(name));
  return { busy, all: [...idle, ...busy, ...quietRepos(seed, weather)] };
}

/** Nobody opens anything there. */
function idleRepos({ special }: Weather): string[] {
  if (special === "repo-unread") return ["acme/one"];
  if (special !== "many-repos") return [];
  return Array.from({ length: IDLE_REPOS }, (_, n) => `acme/idle-${n}`);
}

/** Beside the one in which something special goes wrong, there is mostly another, and it is left in peace. */
function quietRepos(seed: number, { special, repos }: Weather): string[] {
  return special !== null && repos === 1 && seed % 3 > 0 ? ["acme/quiet"] : [];
}
