import { describe, expect, test } from "vitest";
import { check, withRun } from "./ci-stage.ts";
import { answering, REPO } from "./stage.ts";

describe("failure", () => {
  async function failed(log: string) {
    const there = await withRun();
    await there.ci.updateWorkflowRun(REPO, there.run.id, { status: "completed", conclusion: "failure" });
    there.ci.appendLog(REPO, { run: there.run.id, name: "test" }, log);
    const reading = await there.watcher.checks(there.sha, "main");
    const one = reading.known ? reading.value[0] : undefined;
    if (!one) throw new Error("no check");
    return { ...there, one };
  }

  test("is the last lines, without colours", async () => {
    const { watcher, one } = await failed(
      `${"noise\n".repeat(100)}\u001b[31mnot ok 3\u001b[0m\r\n\u001b]8;;https://x\u0007link\u001b]8;;\u0007\nbye\n\n`,
    );
    expect(await watcher.failure(one, 3)).toEqual({
      known: true,
      value: { step: "Run npm test", logTail: "not ok 3\nlink\nbye" },
    });
  });

  test("keeps at most 64 KiB, its end", async () => {
    const { watcher, one } = await failed(`${"x".repeat(300_000)}\n${"y".repeat(60_000)}\nend`);
    const tail = await watcher.failure(one, 60);
    const text = tail.known ? (tail.value.logTail ?? "") : "";
    expect(text.length).toBe(64 * 1024);
    expect(text.endsWith("yyy\nend")).toBe(true);
  });

  test("is that of the run's first failed job where the check names only its run, at no request more", async () => {
    const { watcher, run, heard, one } = await failed("not ok");
    heard();
    const failure = { known: true, value: { step: "Run npm test", logTail: "not ok" } };
    expect(await watcher.failure(check({ runId: String(run.id) }), 60)).toEqual(failure);
    const logs = [`GET 302 /actions/jobs/${one.jobId}/logs`, expect.stringMatching(/^GET 200 .*\/_logs\//)];
    expect(heard()).toEqual([`GET 200 /actions/runs/${run.id}/jobs`, ...logs]);
    expect(await watcher.failure(one, 60)).toEqual(failure);
    expect(heard()).toEqual([...logs, `GET 200 /actions/jobs/${one.jobId}`]);
  });

  test("names the first step that failed, in one line, and none of a job that broke off without one", async () => {
    const { watcher, one, ci, run, faults } = await failed("not ok");
    ci.setSteps(REPO, { run: run.id, name: "test" }, ["Run npm ci", `Run npm run build\n  npm run ${"x".repeat(300)}`]);
    const reading = await watcher.failure(one, 60);
    const step = reading.known ? (reading.value.step ?? "") : "";
    expect(step).toMatch(/^Run npm run build npm run x+$/);
    expect(step).toHaveLength(200);
    for (const steps of [undefined, null, [], [{ name: "Run npm test", conclusion: "cancelled" }], [{}]]) {
      faults.add(
        ({ path }) => path.endsWith(`/jobs/${one.jobId}`),
        () => Response.json({ id: 7, steps }),
        1,
      );
      expect(await watcher.failure(one, 60)).toEqual({ known: true, value: { step: null, logTail: "not ok" } });
    }
  });

  type Fault = 403 | 404 | 410 | 401 | 500 | "reset" | null;
  test.each<[log: Fault, job: Fault, told: { step: string | null; logTail: string | null } | null]>([
    // log .. job ... what is told; null: unread
    [null, 403, { step: null, logTail: "not ok" }],
    [null, 404, { step: null, logTail: "not ok" }],
    [null, 401, { step: null, logTail: "not ok" }],
    [null, 500, { step: null, logTail: "not ok" }],
    [null, "reset", { step: null, logTail: "not ok" }],
    [403, null, { step: "Run npm test", logTail: null }],
    [404, null, { step: "Run npm test", logTail: null }],
    [410, null, { step: "Run npm test", logTail: null }],
    [401, null, { step: "Run npm test", logTail: null }],
    [500, null, { step: "Run npm test", logTail: null }],
    ["reset", null, { step: "Run npm test", logTail: null }],
    [403, 403, { step: null, logTail: null }],
    [410, 404, { step: null, logTail: null }],
    [500, 404, null],
    [404, 500, null],
    [500, 500, null],
  ])("of which the log ends in %s and the job in %s is %j", async (log, job, told) => {
    const { watcher, one, faults } = await failed("not ok");
    if (log !== null) faults.add(({ path }) => path.endsWith("/logs"), log);
    if (job !== null) faults.add(({ path }) => path.endsWith(`/jobs/${one.jobId}`), job);
    expect(await watcher.failure(one, 60)).toMatchObject(
      told === null ? { known: false } : { known: true, value: told },
    );
  });

  test("is null where there is no job, or none for this token", async () => {
    const { watcher, faults, run } = await failed("not ok");
    const nothing = { known: true, value: { step: null, logTail: null } };
    expect(await watcher.failure(check({}), 60)).toEqual(nothing);
    expect(await watcher.failure(check({ jobId: "1" }), 60)).toEqual(nothing);
    faults.add(({ path }) => path.endsWith("/jobs"), 403, 1);
    expect(await watcher.failure(check({ runId: String(run.id) }), 60)).toEqual(nothing);
    faults.add(({ path }) => path.endsWith("/jobs"), 500, 1);
    expect(await watcher.failure(check({ runId: String(run.id) }), 60)).toMatchObject({ known: false });
  });

  test("loses no step when the other host fails", async () => {
    const { watcher, one, faults } = await failed("not ok");
    faults.add(({ path }) => path.startsWith("/_logs/"), "reset", 1);
    expect(await watcher.failure(one, 60)).toEqual({ known: true, value: { step: "Run npm test", logTail: null } });
  });

  test("is fetched from another host without our token", async () => {
    const elsewhere = new Response(null, { status: 302, headers: { location: "https://logs.example/blob?sig=1" } });
    const { watcher, asked } = answering(
      elsewhere,
      new Response("not ok", { headers: { "content-type": "text/plain" } }),
    );
    expect(await watcher.failure(check({ jobId: "7" }), 60)).toEqual({
      known: true,
      value: { step: null, logTail: "not ok" },
    });
    expect(asked.map((request) => [new URL(request.url).host, request.headers.get("authorization")])).toEqual([
      ["api.github.test", "token ghp_test"],
      ["logs.example", null],
      ["api.github.test", "token ghp_test"],
    ]);
  });

  test("that breaks off is unread", async () => {
    const broken = new ReadableStream({
      pull: (controller) => controller.error(new Error("connection reset")),
    });
    const elsewhere = new Response(null, { status: 302, headers: { location: "https://logs.example/blob" } });
    const { watcher } = answering(elsewhere, new Response(broken));
    expect(await watcher.failure(check({ jobId: "7" }), 60)).toMatchObject({ known: false });
  });
});
