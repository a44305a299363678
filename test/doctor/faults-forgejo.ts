/** Faults of a setting on Forgejo alone. */
import type { Fault, Forgejo } from "./faults-kit.ts";
import { FORGEJO_TOKEN } from "./forge-worlds.ts";
import { REPO } from "./world.ts";

export const FORGEJO_FAULTS: Fault<Forgejo>[] = [
  ["two labels of one name", ["WARN labels"], ({ forge }) => double(forge, "agent-in-progress")],
  ["a label in another case", ["FAIL labels"], ({ forge }) => rename(forge, "ready-for-agent", "Ready-For-Agent")],
  [
    "nothing: the ready label is the organization's",
    [],
    ({ forge }) => {
      const [label] = forge.repo.labels.splice(
        forge.repo.labels.findIndex(({ name }) => name === "ready-for-agent"),
        1,
      );
      const isShared = ({ path }: { path: string }) => path.startsWith("/orgs/");
      forge.fake.faults.add(isShared, () => Response.json([{ ...label, description: "" }]), 1);
      forge.fake.faults.add(isShared, () => Response.json([]));
    },
  ],
  [
    "labels of which an issue bears one at a time",
    ["FAIL labels"],
    ({ env, forge }) => {
      const names = { AFK_READY_LABEL: "afk/ready", AFK_IN_PROGRESS_LABEL: "afk/in-progress" };
      Object.assign(env, names);
      for (const name of Object.values(names)) forge.fake.people.defineLabel(REPO, { name, exclusive: true });
    },
  ],
  [
    "nothing: one that is exclusive, beside one of another scope",
    [],
    ({ env, forge }) => {
      env.AFK_READY_LABEL = "afk/ready";
      forge.fake.people.defineLabel(REPO, { name: "afk/ready", exclusive: true });
      forge.fake.people.defineLabel(REPO, { name: "other/ready", exclusive: true });
    },
  ],
  ["a hook of Gitea's type", ["FAIL webhook-format"], ({ forge }) => (forge.hook.type = "gitea")],
  ["a hook of some branches", ["FAIL webhook-format"], ({ forge }) => (forge.hook.branchFilter = "release/*")],
  [
    "a user who is no administrator",
    ["FAIL forge-permission", "UNKNOWN webhook-present"],
    ({ forge }) => forge.fake.people.setPermission(REPO, "afk-loop", "write"),
  ],
  [
    "a token without read:user",
    ["FAIL forge-permission"],
    ({ forge }) => forge.fake.addToken(FORGEJO_TOKEN, "afk-loop", ["write:issue", "write:repository"]),
  ],
  [
    "a token without an issue scope",
    ["FAIL forge-permission", "UNKNOWN labels"],
    ({ forge }) => forge.fake.addToken(FORGEJO_TOKEN, "afk-loop", ["read:user", "write:repository"]),
  ],
  ["a server that is a Gitea", ["FAIL forge-reachable"], ({ forge }) => version(forge, "1.24.0")],
  ["a Forgejo that is too old", ["FAIL forge-reachable"], ({ forge }) => version(forge, "11.0.1+gitea-1.22.0")],
];

function double(forge: Forgejo["forge"], name: string): void {
  forge.fake.people.defineLabel(REPO, { name });
  const [first] = forge.repo.labels;
  if (first !== undefined) forge.repo.labels.push({ ...first, id: 99, name });
}

function rename(forge: Forgejo["forge"], from: string, to: string): void {
  for (const label of forge.repo.labels) if (label.name === from) label.name = to;
}

function version(forge: Forgejo["forge"], told: string): void {
  forge.fake.faults.add(
    ({ path }) => path === "/version",
    () => Response.json({ version: told }),
  );
}
