/**
 * The port CiWatcher, on Forgejo. A look costs one request (the statuses, all pages), one more where Actions may have a
 * say. Nothing tells of a status set by an outside CI: the commit of a run in flight is looked at again each poll.
 */
import { type Check, known, type Reading, type RepoName } from "../../core/types.ts";
import type { CiWatcher } from "../ci-watcher.ts";
import { tailOfStream } from "../log-tail.ts";
import { failureOf, readingOf } from "../results.ts";
import { needsRuns, toChecks } from "./checks.ts";
import type { ForgejoClient } from "./client.ts";
import { branchPath, repoPath } from "./http.ts";
import { optional } from "./optional-reads.ts";
import { entriesOf, readPages } from "./pages.ts";
import * as payloads from "./payloads.ts";

export function createForgejoCiWatcher(client: ForgejoClient, repo: RepoName): CiWatcher {
  const { http } = client;

  async function runsOf(sha: string): Promise<Reading<payloads.ActionRun[]>> {
    const route = `GET ${repoPath(repo, "actions", "runs")}`;
    const read = await readPages(http, route, { head_sha: sha }, payloads.actionRuns);
    if (read.type === "failed") return optional("action_runs", read.failure, []);
    const runs = entriesOf(read);
    // A server that does not know the filter answers with every run there is.
    return runs.known ? known(runs.value.filter((run) => run.commit_sha === sha)) : runs;
  }

  async function jobsOf(runId: string): Promise<Reading<{ id: string; name: string; status: string }[]>> {
    const outcome = await http.request(`GET ${repoPath(repo, "actions", "runs", runId, "jobs")}`);
    const failure = failureOf(outcome);
    return failure ? optional("job_log", failure, []) : readingOf(outcome, payloads.jobs);
  }

  return {
    canRerun: false,

    async checks(sha, branch) {
      const route = `GET ${repoPath(repo, "commits", sha, "statuses")}`;
      const statuses = entriesOf(await readPages(http, route, {}, payloads.statuses));
      if (!statuses.known) return statuses;
      if (!needsRuns(statuses.value)) return known(toChecks(statuses.value, null, branch, client.origin));
      const runs = await runsOf(sha);
      return runs.known ? known(toChecks(statuses.value, runs.value, branch, client.origin)) : runs;
    },

    // Forgejo has no merge queue.
    queueChecks: async () => known([]),

    async required(branch) {
      const reading = readingOf(await http.request(`GET ${branchPath(repo, branch)}`), payloads.branch);
      return reading.known ? known(payloads.requiredOf(reading.value)) : reading;
    },

    async rerun() {
      return { type: "refused", why: "Forgejo cannot rerun" };
    },

    async failure(check, lines) {
      const tail = await logTail(check, lines);
      return tail.known ? known({ step: null, logTail: tail.value }) : tail;
    },

    // It has commit statuses, and no deployments: nothing may ever be live there.
    deployment: async () => known({ state: "none", url: null, about: "Forgejo has no deployments" }),
  };

  async function logTail(check: Check, lines: number): Promise<Reading<string | null>> {
    if (check.runId === null) return known(null);
    const jobs = await jobsOf(check.runId);
    if (!jobs.known) return jobs;
    const failed = jobs.value.filter((job) => job.status === "failure");
    // A context reads "workflow / job (event)".
    const job = failed.find(({ name }) => name !== "" && check.name.includes(` / ${name} (`)) ?? failed[0];
    if (!job) return known(null);
    const log = await http.stream(`GET ${repoPath(repo, "actions", "jobs", job.id, "logs")}`);
    const failure = failureOf(log);
    if (failure) return optional("job_log", failure, null);
    if (log.type !== "answer" || !(log.data instanceof ReadableStream)) return known(null);
    try {
      return known(await tailOfStream(log.data, lines));
    } catch {
      // Its link says the rest.
      return known(null);
    }
  }
}
