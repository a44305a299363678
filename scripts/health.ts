/**
 * `afk-loop health`: asks the loop on this machine how it is. For a container's health check and for people.
 *
 *   exit 0 .... it answers, whatever it says of itself (a degraded loop is not mended by a restart)
 *   exit 1 .... it does not, or the settings do not say where it is
 */
import { command, readFlags } from "./flags.ts";
import { ownOrigin } from "./start/address.ts";
import { readSettings } from "./start/read-settings.ts";

const ANSWER_MS_MAX = 5000;

await command("health", [""], async () => {
  readFlags({});
  try {
    const { host, port } = readSettings();
    return await ask(`${ownOrigin(host, port)}/healthz`);
  } catch (error) {
    console.error(`health: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
});

async function ask(url: string): Promise<number> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    console.log(await answer.text());
    if (!answer.ok) console.error(`health: ${url} answered ${answer.status}`);
    return answer.ok ? 0 : 1;
  } catch (error) {
    console.error(`health: the loop does not answer at ${url}: ${causeOf(error)}`);
    return 1;
  }
}

/** "fetch failed" says nothing; what stands behind it does. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
