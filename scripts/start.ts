/**
 * `npm start`: the loop on one's own machine. Builds, runs workerd with its state under DATA_DIR, and sweeps.
 *
 * Stdout, in this order, then the worker's own lines, one JSON object each; everything else goes to stderr:
 *   afk: workerd pid <n>                       (again with each new workerd)
 *   afk: listening on http://127.0.0.1:<port>
 *   afk: control on http://127.0.0.1:<port>
 *   afk: disabled: <reason>; …                 or: afk: armed for <n> repos
 */
import { once } from "node:events";
import { join } from "node:path";
import { command, readFlags } from "./flags.ts";
import { origin, ownOrigin } from "./start/address.ts";
import { readCertificates } from "./start/ca.ts";
import { type Control, startControl } from "./start/control.ts";
import { claimDataDir, layOut } from "./start/data-dir.ts";
import { startGuardian } from "./start/guardian.ts";
import { readStanding, standingLine } from "./start/health.ts";
import { heldLines } from "./start/held-lines.ts";
import { type Keeper, keepWorkerd } from "./start/keeper.ts";
import { workerBundle } from "./start/parts.ts";
import { refusePlatform } from "./start/platform.ts";
import { readSettings } from "./start/read-settings.ts";
import { roomAt } from "./start/room.ts";
import { stopSignal } from "./start/stop-signal.ts";
import { createSweeps } from "./start/sweeps.ts";
import { claimState } from "./state/version.ts";

/** None: what it is told are settings. */
const USAGE = [""];

async function main(stop: AbortSignal): Promise<void> {
  refusePlatform();
  const settings = readSettings();
  const certificates = readCertificates(settings.ca, process.cwd());
  for (const warning of settings.warnings) say(`afk: ${warning}`);
  const worker = await workerBundle(stop);
  const dataDir = await claimDataDir(settings.dataDir);
  try {
    claimState(join(settings.dataDir, "state"));
  } catch (error) {
    dataDir.release();
    throw error;
  }
  layOut(settings.dataDir, worker, { settingNames: Object.keys(settings.worker), certificates });

  const guardian = startGuardian();
  const workerLines = heldLines(print);
  const sweeps = createSweeps(
    () => keeper?.sweepPort() ?? null,
    () => roomAt(settings.dataDir),
  );
  let control: Control | null = null;
  let keeper: Keeper | null = null;
  let httpPort = settings.port;
  try {
    const standing = () => readStanding(ownOrigin(settings.host, httpPort), stop);
    control = await startControl(settings.controlPort, { sweep: sweeps.sweep, standing });
    keeper = keepWorkerd({
      configPath: dataDir.configPath,
      host: settings.host,
      port: settings.port,
      settings: settings.worker,
      onStdout: workerLines.line,
      onStderr: say,
      onPid(pid) {
        guardian.guard(pid);
        dataDir.noteWorkerd(pid);
        if (pid !== null) print(`afk: workerd pid ${pid}`);
      },
    });
    const stopped = once(stop, "abort");
    const first = await Promise.race([keeper.started, stopped.then(() => null)]);
    if (first === null) return;
    httpPort = first.http;
    print(`afk: listening on ${origin(settings.host, first.http)}`);
    print(`afk: control on http://127.0.0.1:${control.port}`);
    print(`afk: ${standingLine(await standing())}`);
    workerLines.release();
    sweeps.every(settings.sweepSeconds, (reason) => say(`afk: sweep failed: ${reason}`));
    if (!stop.aborted) await Promise.race([stopped, keeper.ended]);
  } finally {
    sweeps.stop();
    await keeper?.stop();
    await control?.close();
    await guardian.dismiss();
    dataDir.release();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

// Whoever read our output went away: the loop goes on without him.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

await command("start", USAGE, async () => {
  readFlags({});
  const stop = stopSignal();
  try {
    await main(stop);
  } catch (error) {
    if (stop.aborted) return 0;
    say(`afk: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
  return 0;
});
process.exit();
