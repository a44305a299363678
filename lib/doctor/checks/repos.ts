/** One enrolled repo. A repo that cannot be read is one FAIL and nothing more. */
import type { LandingSetting } from "../../core/config.ts";
import type { MergeWish } from "../../core/proposal.ts";
import { landingUnder, type RepoRules, rulesHeld } from "../../core/repo-rules.ts";
import { type RepoName, repoKey } from "../../core/types.ts";
import type { AboutRepo, Facts, ForgeFacts, InsideRepo, Lack, RepoFacts } from "../facts.ts";
import { type Finding, fail, ok, unknown } from "../finding.ts";
import { unseen } from "../seen.ts";
import { ciChecks } from "./ci.ts";
import { hasSecret, hookChecks } from "./hooks.ts";
import { labelChecks } from "./labels.ts";

export function repoChecks({ repo, about, inside }: RepoFacts, forge: ForgeFacts, facts: Facts): Finding[] {
  const subject = repoKey(repo);
  if (!about.known || inside === null) return [unread(subject, about, forge)];
  const renamed = renaming(subject, repo, about.value);
  if (renamed !== null) return [renamed];
  const { settings, loop } = facts;
  const wish = { forge: repo.forge, repo, publicUrl: loop.publicUrl, hasSecret: hasSecret(repo.forge, settings.set) };
  const rules = rulesOf(inside, facts);
  const landing = {
    setting: settings.parsed.config.landing,
    under: landingUnder(settings.parsed.config.landing, rules),
  };
  const asked = askedOf(wayOf(inside, landing.under), settings.parsed.config.merge, rules);
  return [
    permission(subject, repo, about.value, { lacking: inside.lacking, asked }),
    ...(inside.hooks === null ? [] : hookChecks(repo.forge, inside.hooks, wish)),
    ...labelChecks(repo, inside.labels, settings.parsed.config.labels),
    branchRules(subject, about.value, inside, landing),
    ...ciChecks(subject, about.value, inside, rules),
    afkYml(subject, about.value, inside, facts),
  ];
}

/** A read follows a rename, and the loop refuses it: the name may be somebody else's by tomorrow. */
function renaming(subject: string, { forge, owner, name }: RepoName, { fullName }: AboutRepo): Finding | null {
  if (fullName.toLowerCase() === `${owner}/${name}`.toLowerCase()) return null;
  return fail("allowlist", subject, `it is called ${fullName} now`, `name it ${forge}:${fullName}`);
}

function unread(subject: string, about: RepoFacts["about"], { way, seesPrivate }: ForgeFacts): Finding {
  const { why, status, cause } = about.known ? unseen("its forge has no credentials") : about;
  if (status === 404 && !seesPrivate) {
    const what = `not there, or private: the token lacks the scope repo, and is shown no private repo: ${why}`;
    return fail("forge-permission", subject, what, "give the token the scope repo; then see that the name is exact");
  }
  if (status === 404) {
    const what = `not there, or closed to this ${way === "app" ? "App" : "token"}: ${why}`;
    return fail("forge-permission", subject, what, "see that the name is exact, and let the account in");
  }
  if (status === 403 || cause === "not_installed")
    return fail("forge-permission", subject, why, "give the credential access to this repo");
  if (cause === "redirected") return fail("allowlist", subject, why, "name the repo as it is called now");
  return unknown("forge-permission", subject, why, "run doctor again when the forge answers");
}

const GIVE: Record<RepoName["forge"], string> = {
  github: "give them to the account, the token or the App (docs/github.md#permissions)",
  forgejo:
    "make the loop's user a collaborator with Administrator rights, and its token one with the scopes named (docs/forgejo.md#the-loops-account)",
};

/** What runs of this repo do beside what all do. */
function askedOf(way: "push" | "pull request", merge: MergeWish, { deploy }: RepoRules): Lack["onlyTo"][] {
  const proposes = way === "pull request";
  return [
    ...(proposes ? (["propose"] as const) : []),
    ...(proposes && merge !== "never" ? (["merge"] as const) : []),
    ...(deploy.type === "environment" ? (["see deployments"] as const) : []),
  ];
}

function permission(
  subject: string,
  repo: RepoName,
  about: AboutRepo,
  { lacking, asked }: Pick<InsideRepo, "lacking"> & { asked: Lack["onlyTo"][] },
): Finding {
  const code = "forge-permission";
  if (about.archived) return fail(code, subject, "archived: nothing can be written there", "take it off the allowlist");
  if (!about.hasIssues) return fail(code, subject, "its issues are switched off", "switch them on in its settings");
  if (!lacking.known) return unknown(code, subject, lacking.why, GIVE[repo.forge]);
  const needed = lacking.value.filter(({ onlyTo }) => onlyTo === null || asked.includes(onlyTo));
  const words = needed.map(({ right, onlyTo }) => (onlyTo === null ? right : `${right} (to ${onlyTo})`));
  if (words.length > 0) return fail(code, subject, `lacking: ${words.join("; ")}`, GIVE[repo.forge]);
  return ok(code, subject, "as much as can be told without writing is there");
}

function branchRules(
  subject: string,
  { defaultBranch }: AboutRepo,
  { takesPush }: InsideRepo,
  { setting, under }: Record<"setting" | "under", LandingSetting>,
): Finding {
  const code = "branch-rules";
  if (!takesPush.known)
    return unknown(code, subject, takesPush.why, "let the credential read the rules of the default branch");
  const said = takesPush.value
    ? `${defaultBranch} takes a direct push`
    : `${defaultBranch} refuses a direct push, or its protection may not be read`;
  if (under === "push" && !takesPush.value) {
    const who = setting === "push" ? "AFK_LANDING" : "landing in .afk.yml";
    const mend = `set ${who} to ${setting === "push" ? "auto or " : ""}pull-request, or let the agent's account push`;
    return fail(code, subject, `${said}, and ${who} is push: no run could land`, mend);
  }
  return ok(code, subject, `${said}: runs land by ${wayOf({ takesPush }, under)}`);
}

/** Where the branch's rules cannot be read a run proposes. */
function wayOf({ takesPush }: Pick<InsideRepo, "takesPush">, under: LandingSetting): "push" | "pull request" {
  const pushes = under === "push" || (under === "auto" && takesPush.known && takesPush.value);
  return pushes ? "push" : "pull request";
}

/** What the loop would go by. */
function rulesOf({ rules }: InsideRepo, { parseRules }: Facts): RepoRules {
  return rulesHeld(rules.known && rules.value !== null ? parseRules(rules.value) : { type: "none" });
}

function afkYml(subject: string, { defaultBranch }: AboutRepo, { rules }: InsideRepo, facts: Facts): Finding {
  const code = "afk-yml";
  if (!rules.known)
    return unknown(code, subject, rules.why, "let the credential read the repo's files, and .afk.yml be one of text");
  if (rules.value === null) return ok(code, subject, "none: defaults");
  const parsed = facts.parseRules(rules.value);
  if (parsed.type === "rules") return ok(code, subject, `valid, on ${defaultBranch}`);
  return fail(code, subject, `not valid: ${parsed.problem}`, `mend .afk.yml on ${defaultBranch}`);
}
