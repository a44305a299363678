/** Deployments and their statuses; only a status is told by webhook. */
import type { Account, Deployment, DeploymentState, Repo } from "./state.ts";
import { deploymentStatusView, deploymentView } from "./views-ci.ts";
import { accountById, newId, timestamp, type World } from "./world.ts";

export type DeploymentToStart = { sha: string; ref: string; environment: string; by: Account };

export function startDeployment(
  world: World,
  repo: Repo,
  { sha, ref, environment, by }: DeploymentToStart,
): Deployment {
  const deployment = { id: newId(world), sha, ref, environment, by: by.id, createdAt: timestamp(world), statuses: [] };
  repo.deployments.push(deployment);
  return deployment;
}

export function moveDeployment(
  world: World,
  repo: Repo,
  deployment: Deployment,
  told: { state: DeploymentState; environmentUrl?: string; logUrl?: string; description?: string },
): void {
  const { state, environmentUrl = "", logUrl = "", description = "" } = told;
  const status = {
    id: newId(world),
    state,
    by: deployment.by,
    description,
    environmentUrl,
    logUrl,
    createdAt: timestamp(world),
  };
  deployment.statuses.push(status);
  world.emit("deployment_status", repo, accountById(world, deployment.by), {
    action: "created",
    deployment_status: deploymentStatusView(world, repo, deployment, status),
    deployment: deploymentView(world, repo, deployment),
    check_run: null,
    workflow: null,
    workflow_run: null,
  });
}
