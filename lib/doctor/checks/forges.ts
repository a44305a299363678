/**
 * A forge as a whole: its server, our credential there, and how long that lives.
 *
 *   no answer ............ forge-reachable fails, and nothing else can be said
 *   not accepted ......... forge-token fails, and no repo was looked at
 *   otherwise ............ each enrolled repo is looked at
 */
import type { Forge } from "../../core/types.ts";
import type { Facts, ForgeFacts } from "../facts.ts";
import { type Finding, fail, ok, unknown, warn } from "../finding.ts";
import { type HookWish, hasSecret, hookChecks } from "./hooks.ts";
import { repoChecks } from "./repos.ts";
import { isHalf, type Pair, unsetPair } from "./unset-pair.ts";

const DAY_MS = 86_400_000;
const NEAR_DAYS = 14;
const URGENT_DAYS = 3;

const NONE_SET = "set them (docs/github.md, docs/forgejo.md); for an App: npm run setup -- --repo github:owner/name";
const NAMES: Record<Forge, string> = { github: "GitHub", forgejo: "Forgejo" };
const URLS: Record<Forge, string> = { github: "GITHUB_API_URL", forgejo: "FORGEJO_URL" };

export function forgeChecks(facts: Facts): Finding[] {
  const unset = unsetForges(facts);
  return [...unset, ...facts.forges.flatMap((forge) => oneForge(forge, facts))];
}

/** A repo to look at, and nothing to look with; where none is named, a forge that somebody began to set up. */
function unsetForges({ settings: { repos, set }, forges }: Facts): Finding[] {
  const named = [...new Set(repos.map(({ forge }) => forge))];
  const begun = (["github", "forgejo"] as const).filter((forge) => isHalf(PAIRS[forge], set));
  const wanted = named.length === 0 && forges.length === 0 ? begun : named;
  if (wanted.length === 0 && forges.length === 0)
    return [fail("forge-token", "forge", "no forge's credentials are set", NONE_SET)];
  return wanted.filter((forge) => !forges.some((one) => one.forge === forge)).map((forge) => unsetForge(forge, set));
}

const PAIRS: Record<Forge, Pair> = {
  github: ["GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"],
  forgejo: ["FORGEJO_URL", "FORGEJO_TOKEN"],
};

function unsetForge(forge: Forge, set: ReadonlySet<string>): Finding {
  const pair = PAIRS[forge];
  if (forge === "forgejo" || isHalf(pair, set))
    return fail("forge-token", forge, ...unsetPair(pair, set, `docs/${forge}.md`));
  const mend = "set one (docs/github.md); npm run setup makes an App";
  return fail("forge-token", forge, "neither GITHUB_TOKEN nor an App is set", mend, { type: "app" });
}

function oneForge(forge: ForgeFacts, facts: Facts): Finding[] {
  const reach = reachable(forge);
  const token = tokenOf(forge);
  if (reach.state !== "OK") return [reach, ...token.filter(({ state }) => state !== "OK").map(untilReached)];
  if (token.some(({ state }) => state === "FAIL" || state === "UNKNOWN")) return [reach, ...token];
  return [
    reach,
    ...token,
    expiry(forge),
    ...permission(forge),
    ...(forge.hooks === null ? [] : hookChecks(forge.forge, forge.hooks, wishOf(forge, facts))),
    ...forge.repos.flatMap((repo) => repoChecks(repo, forge, facts)),
  ];
}

function wishOf({ forge }: ForgeFacts, { settings, loop }: Facts): HookWish {
  return { forge, repo: null, publicUrl: loop.publicUrl, hasSecret: hasSecret(forge, settings.set) };
}

function reachable({ forge, server, account }: ForgeFacts): Finding {
  const mend = `see that ${URLS[forge]} is right and that this machine reaches it`;
  const status = account.known ? 200 : account.status;
  if (!account.known && status === null) {
    const isUntrusted = forge === "forgejo" && /certificate/.test(account.why);
    return fail("forge-reachable", forge, account.why, isUntrusted ? TRUST : mend);
  }
  if (server.known && server.value !== null) return fail("forge-reachable", forge, server.value, mend);
  // A token that is not accepted is refused everywhere, its version's page too.
  if (!server.known && status !== 401) return unknown("forge-reachable", forge, server.why, mend);
  return ok("forge-reachable", forge, `${NAMES[forge]} answers`);
}

const TRUST = "set FORGEJO_CA to the file of its CA (docs/forgejo.md); on Cloudflare give it a public certificate";

function untilReached(finding: Finding): Finding {
  return { ...finding, mend: "mend what is said of the forge first" };
}

function tokenOf({ forge, way, account }: ForgeFacts): Finding[] {
  const again = way === "app" ? "see that GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY are of one App" : "make a new token";
  if (!account.known) {
    const refused = account.status === 401;
    return [
      refused
        ? fail("forge-token", forge, `not accepted: ${account.why}; no repo was looked at`, again)
        : unknown("forge-token", forge, account.why, again),
    ];
  }
  if (account.value !== null) return [ok("forge-token", forge, `accepted: ${account.value}`)];
  if (forge === "forgejo") return [ok("forge-token", forge, "accepted")];
  const what = "an installation's token: it lives an hour, and GitHub does not tell it whose it is";
  return [warn("forge-token", forge, what, "set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY instead")];
}

/** Also what the account itself must be told. */
function permission({ forge, account }: ForgeFacts): Finding[] {
  if (forge !== "forgejo" || !account.known || account.value !== null) return [];
  const what = "the token lacks the scope read:user: the loop cannot tell its own comments from others'";
  return [fail("forge-permission", forge, what, "make a token with read:user besides")];
}

function expiry({ forge, way, ends }: ForgeFacts): Finding {
  const mend = "make a new one, set it, and start again";
  if (!ends.known) return unknown("forge-token-expiry", forge, ends.why, "look on the page of the token");
  if (ends.value === "never") {
    const what = way === "app" ? "an App's key does not end" : "the forge tells no end of it";
    return ok("forge-token-expiry", forge, what);
  }
  return nearing("forge-token-expiry", forge, ends.value.atMs - ends.value.nowMs, mend);
}

/** Days are what a person counts in; three are a weekend. */
export function nearing(
  code: "forge-token-expiry" | "t3-token-expiry",
  subject: string,
  leftMs: number,
  mend: string,
): Finding {
  if (leftMs <= 0) return fail(code, subject, "it has ended", mend);
  const days = Math.floor(leftMs / DAY_MS);
  const what = days === 0 ? "it ends within a day" : `it ends in ${days} ${days === 1 ? "day" : "days"}`;
  if (days < URGENT_DAYS) return fail(code, subject, what, mend);
  return days < NEAR_DAYS ? warn(code, subject, what, mend) : ok(code, subject, what);
}
