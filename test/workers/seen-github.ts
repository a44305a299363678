/** GitHub's issues as a person reads them, in the words both stand-ins share. */
import type { SeenIssue } from "../fakes/forge/stand-in.ts";
import type { FakeGitHub } from "../fakes/github/fake-github.ts";

export function seenOnGithub({ state }: FakeGitHub): SeenIssue[] {
  const login = (id: number | null) => state.accounts.find((account) => account.id === id)?.login ?? "?";
  return state.repos.flatMap((repo) =>
    repo.issues.map((issue) => ({
      id: issue.id,
      number: issue.number,
      title: issue.title,
      body: issue.body ?? "",
      by: login(issue.by),
      state: issue.state,
      done: issue.state === "closed" && issue.stateReason === "completed",
      labels: issue.labels.map((id) => repo.labels.find((label) => label.id === id)?.name ?? "?"),
      comments: issue.comments.map(({ id, by, body }) => ({ id, by: login(by), body })),
      blockedBy: issue.blockedBy,
      labellings: issue.events.flatMap((event) =>
        event.event === "labeled" || event.event === "unlabeled"
          ? [
              {
                id: String(event.id),
                label: event.label?.name ?? "?",
                added: event.event === "labeled",
                by: login(event.actor),
                at: event.createdAt,
              },
            ]
          : [],
      ),
    })),
  );
}
