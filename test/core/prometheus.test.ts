import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exposition, type Family } from "../../lib/core/prometheus.ts";
import { counted, emptyTally, STARTED_BOUNDS } from "../../lib/core/tally.ts";
import { readExposition } from "../exposition.ts";

describe("the text format", () => {
  test("is HELP, TYPE, then the samples, each on a line of its own", () => {
    const family: Family = {
      name: "afk_runs_total",
      help: "Runs.",
      type: "counter",
      samples: [
        { labels: { outcome: "closed" }, value: 3 },
        { labels: {}, value: 0.25 },
      ],
    };
    expect(exposition([family])).toBe(
      '# HELP afk_runs_total Runs.\n# TYPE afk_runs_total counter\nafk_runs_total{outcome="closed"} 3\nafk_runs_total 0.25\n',
    );
  });

  test("a histogram's buckets are cumulative and end with +Inf, which is its count", () => {
    const seconds = [0.5, 0.6, 7, 1e9];
    const value = seconds.reduce((tally, one) => counted(tally, { type: "started", seconds: one }), emptyTally).started;
    const text = exposition([
      { name: "h", help: "", type: "histogram", bounds: STARTED_BOUNDS, samples: [{ labels: {}, value }] },
    ]);
    expect(text).toContain('h_bucket{le="0.5"} 1\nh_bucket{le="1"} 2\nh_bucket{le="2"} 2\nh_bucket{le="5"} 2\n');
    expect(text).toContain(`h_bucket{le="86400"} 3\nh_bucket{le="+Inf"} 4\nh_sum ${0.5 + 0.6 + 7 + 1e9}\nh_count 4\n`);
    expect(readExposition(text).get("h")?.samples).toHaveLength(STARTED_BOUNDS.length + 3);
  });

  test("whatever a label or a help says is read back as it was", () => {
    const word = fc.string({ unit: fc.constantFrom("\\", "n", '"', "\n", "a", "{", "}", ",", " ", "ä", "#") });
    fc.assert(
      fc.property(word, word, fc.double({ noNaN: true }), (help, label, value) => {
        const [[, read] = []] = readExposition(
          exposition([{ name: "m", help, type: "gauge", samples: [{ labels: { label }, value }] }]),
        );
        expect(read).toMatchObject({ help, type: "gauge", samples: [{ name: "m", labels: { label } }] });
        // A minus before a zero says nothing here.
        expect((read?.samples[0]?.value ?? 1) - value || 0, "the value").toBe(0);
      }),
    );
  });

  test.each([
    ["no end of the last line", "# HELP a b\n# TYPE a gauge\na 1"],
    ["a sample without its head", "a 1\n"],
    ["a quote in a label", '# HELP a b\n# TYPE a gauge\na{l="x"y"} 1\n'],
    ["no value", "# HELP a b\n# TYPE a gauge\na \n"],
    ["a word for a value", "# HELP a b\n# TYPE a gauge\na one\n"],
    ["a family twice", "# HELP a b\n# HELP a b\n"],
    [
      "a bucket less than the one before",
      histogram('a_bucket{le="1"} 2', 'a_bucket{le="+Inf"} 1', "a_sum 1", "a_count 1"),
    ],
    ["a count of its own", histogram('a_bucket{le="1"} 1', 'a_bucket{le="+Inf"} 1', "a_sum 1", "a_count 2")],
    ["no sum", histogram('a_bucket{le="+Inf"} 1', "a_count 1")],
  ])("the reader of these tests refuses %s", (_what, text) => {
    expect(() => readExposition(text)).toThrow();
  });
});

function histogram(...lines: string[]): string {
  return ["# HELP a b", "# TYPE a histogram", ...lines, ""].join("\n");
}
