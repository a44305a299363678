/**
 * What GitHub knows of one commit's deployment to one environment: the newest word of the newest deployment.
 *
 *   no deployment ................... none
 *   success ......................... live
 *   failure, error .................. failed
 *   inactive ........................ was live, and another took its place: the next older one tells, if that is live
 *   no word yet, any other word ..... pending
 *   403, 404 ........................ unread: a token that may not look, and never "none"
 *
 * Where only older ones than an inactive failed or wait, that is over: pending.
 */
import { sameName } from "../../core/same-name.ts";
import { type Deployment, known, type Reading, type RepoName } from "../../core/types.ts";
import { failureOf, readingOf } from "../results.ts";
import type { GithubClient } from "./client.ts";
import { optional } from "./optional-reads.ts";
import * as payloads from "./payloads.ts";

const DEPLOYMENTS = "/repos/{owner}/{repo}/deployments";
/** How many deployments of one commit to one environment are looked at. */
const DEPLOYMENTS_MAX = 5;
const ABOUT_CHARS_MAX = 300;

const NONE: Deployment = { state: "none", url: null, about: null };
const STATES: Record<string, Deployment["state"]> = { success: "live", failure: "failed", error: "failed" };

export async function deploymentOf(
  client: GithubClient,
  repo: RepoName,
  sha: string,
  environment: string,
): Promise<Reading<Deployment>> {
  const asked = { sha, environment, per_page: DEPLOYMENTS_MAX };
  const outcome = await client.request(repo, `GET ${DEPLOYMENTS}`, asked);
  const failure = failureOf(outcome);
  if (failure) return optional("deployments", failure, NONE);
  const listing = readingOf(outcome, payloads.deployments);
  if (!listing.known) return listing;
  // The forge's filter is checked again on our side; an environment's name is of no case.
  const ours = listing.value.filter((one) => one.sha === sha && sameName(one.environment, environment));
  if (ours.length === 0) return known(NONE);
  let superseded: Deployment | null = null;
  for (const { id } of ours.slice(0, DEPLOYMENTS_MAX)) {
    const newest = await newestStatus(client, repo, id);
    if (!newest.known) return newest;
    const deployment = toDeployment(newest.value);
    if (superseded && deployment.state === "live") return known(deployment);
    if (!superseded && newest.value?.state !== "inactive") return known(deployment);
    superseded ??= deployment;
  }
  return known(superseded ?? { state: "pending", url: null, about: null });
}

/** Newest first, as GitHub lists them. */
async function newestStatus(
  client: GithubClient,
  repo: RepoName,
  id: string,
): Promise<Reading<payloads.DeploymentStatus | null>> {
  const asked = { deployment_id: id, per_page: 1 };
  const outcome = await client.request(repo, `GET ${DEPLOYMENTS}/{deployment_id}/statuses`, asked);
  const failure = failureOf(outcome);
  if (failure) return optional("deployments", failure, null);
  const statuses = readingOf(outcome, payloads.deploymentStatuses);
  return statuses.known ? known(statuses.value[0] ?? null) : statuses;
}

function toDeployment(status: payloads.DeploymentStatus | null): Deployment {
  const state = (status && Object.hasOwn(STATES, status.state) && STATES[status.state]) || "pending";
  const url = status?.log_url ?? status?.environment_url ?? status?.target_url ?? null;
  return { state, url, about: status?.description.trim().slice(0, ABOUT_CHARS_MAX) || null };
}
