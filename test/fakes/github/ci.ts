/**
 * What CI and deployments tell GitHub: workflow runs with their jobs, checks of other apps, commit statuses, required
 * checks, deployments.
 */
import type { ForgeCi, NewStatus, NewWorkflowRun, WorkflowRunUpdate } from "../forge/stand-in.ts";
import * as checks from "./checks.ts";
import * as deployments from "./deployments.ts";
import { settle } from "./pull-settling.ts";
import type {
  AppIdentity,
  CheckRun,
  CheckStatus,
  CommitStatus,
  Conclusion,
  Deployment,
  DeploymentState,
  DeploymentStatus,
  RequiredCheck,
  WorkflowRun,
} from "./state.ts";
import { simpleStatusView } from "./views-ci.ts";
import { commitView } from "./views-git.ts";
import { repoUrl } from "./views-repo.ts";
import * as runs from "./workflow-runs.ts";
import { fullName, needAccount, needRepo, newId, timestamp, type World } from "./world.ts";

export type NewCheckRun = {
  repo: string;
  sha: string;
  branch?: string | null;
  name: string;
  app?: AppIdentity;
  status?: CheckStatus;
};
export type NewDeployment = { repo: string; sha: string; ref: string; environment: string; by: string };
export type DeploymentSays = Partial<Pick<DeploymentStatus, "environmentUrl" | "logUrl" | "description">>;
export type Deploy = Omit<NewDeployment, "ref"> & { ref?: string; state: DeploymentState | null } & DeploymentSays;

const BRANCHES_MAX = 10;
const OTHER_APP: AppIdentity = { id: 29310, slug: "octocoders-linter", name: "Octocoders linter" };

export class Ci implements ForgeCi {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /**
   * A queued run with its queued jobs; the webhooks are `workflow_run.requested` and one `check_run.created` per job.
   */
  async createWorkflowRun(run: NewWorkflowRun): Promise<WorkflowRun> {
    const repo = needRepo(this.world, run.repo);
    const wanted = {
      name: "CI",
      path: ".github/workflows/ci.yml",
      event: "push",
      jobs: ["test"],
      ...run,
      by: needAccount(this.world, run.by),
    };
    if (repo.supersedes)
      for (const { id, ...older } of repo.workflowRuns)
        if (older.path === wanted.path && older.headBranch === wanted.branch && older.status !== "completed")
          await this.updateWorkflowRun(run.repo, id, { status: "completed", conclusion: "cancelled" });
    return runs.startRun(this.world, repo, wanted);
  }

  /** From now on a push takes the place of an older one of its branch: what runs of that is cancelled. */
  supersede(repo: string): void {
    needRepo(this.world, repo).supersedes = true;
  }

  /** Moves a run on; completed, each of its jobs ends as `jobs` says, else as the run does. */
  async updateWorkflowRun(repo: string, runId: number, update: WorkflowRunUpdate): Promise<WorkflowRun> {
    const there = needRepo(this.world, repo);
    const cancelled = there.workflowRuns.find((each) => each.id === runId && each.conclusion === "cancelled");
    if (cancelled !== undefined && there.supersedes) return cancelled;
    const run = await runs.moveRun(this.world, there, runId, update);
    await settle(this.world, there);
    return run;
  }

  /** A check of an app that is not Actions. */
  createCheckRun({
    repo: name,
    sha,
    branch = null,
    name: check,
    app = OTHER_APP,
    status = "in_progress",
  }: NewCheckRun): CheckRun {
    const repo = needRepo(this.world, name);
    const suite = checks.suiteOf(this.world, repo, { app, sha, branch });
    return checks.addCheck(this.world, repo, suite, { name: check, status });
  }

  async completeCheckRun(
    repo: string,
    id: number,
    conclusion: Conclusion,
    output?: Partial<CheckRun["output"]>,
  ): Promise<void> {
    const there = needRepo(this.world, repo);
    const check = there.checkRuns.find((each) => each.id === id);
    if (check === undefined) throw new Error(`no check run ${id} in ${repo}`);
    Object.assign(check.output, output);
    checks.completeCheck(this.world, there, check, conclusion);
    await checks.settleSuite(this.world, there, check.suite);
    await settle(this.world, there);
  }

  async setStatus({ repo: name, sha, context, state, by, description, targetUrl }: NewStatus): Promise<CommitStatus> {
    const repo = needRepo(this.world, name);
    const commit = await this.world.git.commit(repo.git, sha);
    if (commit === undefined) throw new Error(`no commit ${sha} in ${name}`);
    const author = needAccount(this.world, by);
    const status: CommitStatus = {
      id: newId(this.world),
      sha,
      state,
      context,
      description: description ?? null,
      targetUrl: targetUrl ?? null,
      by: author.id,
      createdAt: timestamp(this.world),
    };
    repo.statuses.push(status);
    const branches = Object.entries(await this.world.git.branches(repo.git)).filter(([, head]) => head === sha);
    const url = repoUrl(this.world, repo);
    const {
      id,
      avatar_url,
      description: text,
      target_url,
      created_at,
      updated_at,
    } = simpleStatusView(this.world, repo, status);
    this.world.emit("status", repo, author, {
      ...{ id, avatar_url, description: text, target_url, created_at, updated_at },
      ...{ sha, name: fullName(repo), context, state },
      commit: commitView(this.world, repo, commit),
      branches: branches
        .slice(0, BRANCHES_MAX)
        .map(([branch]) => ({ name: branch, commit: { sha, url: `${url}/commits/${sha}` }, protected: false })),
    });
    await settle(this.world, repo);
    return status;
  }

  /** The latest job of that name of a run, or the job of an id. */
  appendLog(repo: string, job: { run: number; name: string } | number, text: string): void {
    const there = needRepo(this.world, repo);
    const found = runs.findJob(there, job);
    if (found === undefined) throw new Error(`no such job in ${repo}`);
    found.log = (found.log ?? "") + text;
  }

  /** What a job does, in the words of its workflow; the last of them is what fails when it does. */
  setSteps(repo: string, job: { run: number; name: string } | number, steps: string[]): void {
    const found = runs.findJob(needRepo(this.world, repo), job);
    if (found === undefined) throw new Error(`no such job in ${repo}`);
    found.steps = steps;
  }

  /** Told by a ruleset unless classic branch protection is asked for; an empty list takes the requirement away. */
  setRequiredChecks(
    repo: string,
    branch: string,
    checks: (string | RequiredCheck)[],
    by: "ruleset" | "protection" = "ruleset",
  ): void {
    const there = needRepo(this.world, repo);
    const table = by === "ruleset" ? there.rulesets : there.protections;
    if (checks.length === 0) delete table[branch];
    else table[branch] = checks.map((check) => (typeof check === "string" ? { context: check } : check));
  }

  createDeployment({ repo, by, ...deployment }: NewDeployment): Deployment {
    const author = needAccount(this.world, by);
    return deployments.startDeployment(this.world, needRepo(this.world, repo), { ...deployment, by: author });
  }

  /** A deployment of a commit that says at once where it stands; null: it has said nothing yet. */
  deploy({ state, environmentUrl, logUrl, description, ref, ...wanted }: Deploy): Deployment {
    const { defaultBranch } = needRepo(this.world, wanted.repo);
    const deployment = this.createDeployment({ ...wanted, ref: ref ?? defaultBranch });
    const said = {
      ...(environmentUrl === undefined ? {} : { environmentUrl }),
      ...(logUrl === undefined ? {} : { logUrl }),
      ...(description === undefined ? {} : { description }),
    };
    if (state !== null) this.setDeploymentStatus(wanted.repo, deployment.id, state, said);
    return deployment;
  }

  setDeploymentStatus(repo: string, id: number, state: DeploymentState, more: DeploymentSays = {}): void {
    const there = needRepo(this.world, repo);
    const deployment = there.deployments.find((each) => each.id === id);
    if (deployment === undefined) throw new Error(`no deployment ${id} in ${repo}`);
    deployments.moveDeployment(this.world, there, deployment, { state, ...more });
  }
}
