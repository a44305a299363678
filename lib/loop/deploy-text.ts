/** What a turn says that answers a failed deploy: read anew at every try, since it may have been mended meanwhile. */
import { deploySubject } from "../core/deploy-rule.ts";
import { deployTurn } from "../core/issue-implementer-prompt.ts";
import type { Run } from "../core/run.ts";
import { onTopOf } from "../core/trunk-line.ts";
import { readDeploy } from "./look-deploy.ts";
import type { Loop } from "./loop.ts";
import type { Text } from "./turn-texts.ts";

export async function deployText(loop: Loop, run: Run, sha: string, attemptsMax: number): Promise<Text> {
  const rule = run.rules?.deploy;
  if (rule?.type !== "environment" && rule?.type !== "check")
    return { type: "refused", why: "no deploy is asked for that can fail" };
  const trunk = await loop.tracker.compare(sha, run.trunk);
  if (!trunk.known) return { type: "later", why: trunk.why };
  const later = onTopOf(trunk.value, sha);
  let why = "";
  const asked = { rule, trunk: run.trunk, ours: sha, later, held: run.live };
  const { deploy, live } = await readDeploy(loop, asked, (unread) => {
    why = unread.why;
  });
  if (deploy === "unknown") return { type: "later", why };
  if (!live?.failed) return { type: "moot", why: "the deploy is no longer failed" };
  const text = deployTurn(run, sha, live.failed, deploySubject(rule), attemptsMax, loop.held);
  return { type: "text", text };
}
