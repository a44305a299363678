/** GitHub's own records, for the rules that need more than a person sees; on another forge these rules are not asked. */
import type { FakeGitHub } from "../fakes/github/fake-github.ts";
import type { Issue, Repo } from "../fakes/github/state.ts";

export class Records {
  private readonly github: FakeGitHub;

  constructor(github: FakeGitHub) {
    this.github = github;
  }

  get state(): FakeGitHub["state"] {
    return this.github.state;
  }

  repo(name: string): Repo {
    const repo = this.state.repos.find((one) => `${one.owner}/${one.name}` === name);
    if (!repo) throw new Error(`no repo ${name}`);
    return repo;
  }

  issue(repo: string, number: number): Issue | null {
    const issue = this.repo(repo).issues.find((one) => one.number === number);
    return issue && !issue.deleted && issue.transferredTo === null ? issue : null;
  }

  labels(repo: string, issue: Issue): string[] {
    const { labels } = this.repo(repo);
    return issue.labels.map((id) => labels.find((label) => label.id === id)?.name ?? "?");
  }

  login(id: number): string {
    return this.state.accounts.find((one) => one.id === id)?.login ?? "?";
  }
}
