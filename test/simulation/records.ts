/**
 * A forge's own records in one shape for both, for the rules that need more than a person sees: who did what to an issue
 * when, and all that CI ever told of a commit of the trunk.
 */
import type { FakeForgejo } from "../fakes/forgejo/fake-forgejo.ts";
import { CLOSING } from "../fakes/forgejo/references.ts";
import type { Entry, Issue } from "../fakes/forgejo/state.ts";
import { ACTIONS } from "../fakes/forgejo/world.ts";
import type { GitMemory } from "../fakes/git/git-memory.ts";
import type { FakeGitHub } from "../fakes/github/fake-github.ts";

export interface Deed {
  id: string;
  what: "labeled" | "unlabeled" | "closed" | "reopened" | "other";
  by: string;
  at: number;
  label: string | null;
  /** Of a closing: the commit whose keyword did it. */
  commit: string | null;
}

/** A CI run as it stands, or one word of a status. */
export interface Told {
  name: string;
  word: string;
  at: number;
  changedAt: number;
}

export interface Records {
  /** Oldest first; null: no such issue is there. */
  history(repo: string, number: number): Deed[] | null;
  /** Oldest first, of the trunk alone unless another branch is named: several of one name are its attempts. */
  ci(repo: string, sha: string, branch?: string): Told[];
  /** Of the commit that a merge queue tests; none where the forge has no queue. */
  queueCi(repo: string, sha: string): Told[];
  /** Null: the forge counts no requests. */
  quota(): { left: number; resetAt: number } | null;
  /** Another repo bears its name from now on. */
  squat(repo: string): void;
}

const OTHERS_ID = 900_000;

export function githubRecords(github: FakeGitHub): Records {
  const repoOf = (name: string) => needed(github.state.repos, name);
  const login = (id: number) => github.state.accounts.find((one) => one.id === id)?.login ?? "?";
  return {
    history(name, number) {
      const issue = repoOf(name).issues.find((one) => one.number === number);
      if (!issue || issue.deleted || issue.transferredTo !== null) return null;
      return issue.events.map(({ id, event, actor, createdAt, label, commitId }) => {
        const what = whatOf(event);
        return {
          id: String(id),
          what,
          by: login(actor),
          at: Date.parse(createdAt),
          label: label?.name ?? null,
          commit: commitId,
        };
      });
    },
    ci(name, sha, branch = "main") {
      const { workflowRuns, statuses } = repoOf(name);
      const runs = workflowRuns.filter((one) => one.headSha === sha && one.headBranch === branch);
      return [
        ...runs.map((one) => told(one.name, one.conclusion ?? "pending", one.createdAt, one.updatedAt)),
        ...statuses.filter((one) => one.sha === sha).map(status),
      ];
    },
    queueCi(name, sha) {
      const { workflowRuns } = repoOf(name);
      const runs = workflowRuns.filter(
        (one) => one.headSha === sha && one.headBranch?.startsWith("gh-readonly-queue/") === true,
      );
      return runs.map((one) => told(one.name, one.conclusion ?? "pending", one.createdAt, one.updatedAt));
    },
    quota() {
      const { limit, used, resetAt } = github.state.rateLimit;
      return { left: limit - used, resetAt: resetAt * 1000 };
    },
    squat(name) {
      repoOf(name).id += OTHERS_ID;
    },
  };
}

export function forgejoRecords(forgejo: FakeForgejo, git: GitMemory): Records {
  const repoOf = (name: string) => needed(forgejo.state.repos, name);
  const login = (id: number) => forgejo.state.accounts.find((one) => one.id === id)?.login ?? "?";
  return {
    history(name, number) {
      const repo = repoOf(name);
      const issue = repo.issues.find((one) => one.number === number && one.pull === null);
      if (!issue) return null;
      return issue.timeline.map(({ id, type, by, createdAt, body, label }, index) => {
        const what = type === "label" ? (body === "1" ? "labeled" : "unlabeled") : whatOf(type);
        return {
          id: String(id),
          what,
          by: login(by),
          at: Date.parse(createdAt),
          label: repo.labels.find((one) => one.id === label)?.name ?? null,
          commit:
            what === "closed" ? closing(issue, index, (sha) => git.toJSON()[repo.git]?.commits[sha]?.message) : null,
        };
      });
    },
    ci(name, sha, branch = "main") {
      const { runs, statuses } = repoOf(name);
      const own = runs.filter((one) => one.sha === sha && one.ref === branch);
      // What its own Actions say in a status, their runs say too, and of which branch it is.
      const others = statuses.filter((one) => one.sha === sha && one.by !== ACTIONS.id);
      // That one outside was broken off stands in its description alone.
      const word = ({ state, description }: (typeof others)[number]) =>
        description === "Pipeline was canceled" ? "cancelled" : state;
      return [
        ...own.map((one) => told(one.name, one.status, one.createdAt, one.updatedAt)),
        ...others.map((one) => status({ ...one, state: word(one) })),
      ];
    },
    queueCi: () => [],
    quota: () => null,
    squat(name) {
      repoOf(name).id += OTHERS_ID;
    },
  };
}

/**
 * A closing names no commit: the one that did it is told of before, at its first push to any branch, by the same hand
 * and since the closing before this.
 */
function closing({ number, timeline }: Issue, index: number, messageOf: (sha: string) => string | undefined) {
  const since = timeline.slice(0, index).findLastIndex(({ type }) => type === "close") + 1;
  const told = timeline
    .slice(since, index)
    .filter(({ type, by }) => type === "commit_ref" && by === timeline[index]?.by);
  const closes = ({ commitSha }: Entry) =>
    [...(messageOf(commitSha) ?? "").matchAll(CLOSING)].some((named) => Number(named[2]) === number);
  return told.findLast(closes)?.commitSha ?? null;
}

function whatOf(event: string): Deed["what"] {
  switch (event) {
    case "labeled":
    case "unlabeled":
    case "closed":
    case "reopened":
      return event;
    case "close":
      return "closed";
    case "reopen":
      return "reopened";
    default:
      return "other";
  }
}

function told(name: string, word: string, at: string, changedAt: string): Told {
  return { name, word, at: Date.parse(at), changedAt: Date.parse(changedAt) };
}

function status({ context, state, createdAt }: { context: string; state: string; createdAt: string }): Told {
  return told(`status ${context}`, state, createdAt, createdAt);
}

function needed<T extends { owner: string; name: string }>(repos: T[], name: string): T {
  const repo = repos.find((one) => `${one.owner}/${one.name}` === name);
  if (!repo) throw new Error(`no repo ${name}`);
  return repo;
}
