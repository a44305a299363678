/** The loop's three labels. Without the ready label nobody can ask for anything; the others are made when first needed. */
import type { Labels } from "../../core/config.ts";
import { type RepoName, repoKey } from "../../core/types.ts";
import type { LabelFacts } from "../facts.ts";
import { type Finding, fail, ok, unknown, warn } from "../finding.ts";
import type { LabelOffer } from "../offers.ts";
import type { Seen } from "../seen.ts";

const LOOKS: Record<keyof Labels, { color: string; description: string }> = {
  ready: { color: "0e8a16", description: "The AFK loop may start an agent on this" },
  inProgress: { color: "5319e7", description: "A run of the AFK loop holds this issue" },
  readyForHuman: { color: "d93f0b", description: "The AFK loop handed this over to a person" },
};
const KINDS = ["ready", "inProgress", "readyForHuman"] as const;

export function labelChecks(repo: RepoName, labels: Seen<LabelFacts[]>, wanted: Labels): Finding[] {
  const subject = repoKey(repo);
  if (!labels.known)
    return [unknown("labels", subject, labels.why, "let the credential read the repo's issues and labels")];
  const findings = KINDS.flatMap((kind) => oneLabel(repo, labels.value, wanted[kind], kind));
  const rivals = rivalsAmong(labels.value, wanted);
  if (rivals !== null) {
    const what = `${rivals.names.join(" and ")} cannot be on one issue at once: they are exclusive in ${rivals.scope}`;
    findings.push(fail("labels", subject, what, "edit them to be not exclusive, or name others in the settings"));
  }
  return findings.length > 0 ? findings : [ok("labels", subject, "all three are there")];
}

/** Claiming puts one on beside another: where that takes the other off, each run is given back at once. */
function rivalsAmong(labels: LabelFacts[], wanted: Labels): { scope: string; names: string[] } | null {
  const names = KINDS.map((kind) => wanted[kind].toLowerCase());
  const ours = labels.filter(({ name }) => names.includes(name.toLowerCase()));
  for (const { exclusiveIn: scope } of ours) {
    const alike = ours.filter(({ exclusiveIn }) => scope !== null && exclusiveIn === scope);
    if (scope !== null && alike.length > 1) return { scope, names: alike.map(({ name }) => name) };
  }
  return null;
}

function oneLabel(repo: RepoName, labels: LabelFacts[], name: string, kind: keyof Labels): Finding[] {
  const subject = repoKey(repo);
  const named = labels.filter((label) => label.name.toLowerCase() === name.toLowerCase());
  const exact = named.filter((label) => label.name === name);
  const offer: LabelOffer = { type: "label", repo, name, ...LOOKS[kind] };
  const mend = `make the label ${name}; npm run setup does`;
  if (named.length === 0) {
    return kind === "ready"
      ? [fail("labels", subject, `${name} is missing: nobody can ask for a run`, mend, offer)]
      : [warn("labels", subject, `${name} is missing; it is made when it is first needed`, mend, offer)];
  }
  // GitHub takes the two for one name, and has it once; Forgejo does neither.
  if (repo.forge === "forgejo" && exact.length === 0) {
    const what = `the label is written ${named[0]?.name}, and the setting ${name}: Forgejo tells upper from lower case`;
    return [fail("labels", subject, what, "write both alike")];
  }
  if (named.length > 1)
    return [warn("labels", subject, `${named.length} labels are called ${name}`, "delete all but the one in use")];
  return [];
}
