import fc from "fast-check";
import { expect, test } from "vitest";
import { proxyHeaders } from "../../lib/core/proxy-headers.ts";

test("headers that it takes can be sent", () => {
  const part = fc.string({ unit: "binary", maxLength: 3 });
  const headers = fc.dictionary(fc.oneof(part, fc.constantFrom("a", "X-Gate")), fc.oneof(part, fc.constant("x")));
  fc.assert(
    fc.property(headers, (given) => {
      const read = proxyHeaders(JSON.stringify(given));
      if (read.ok) expect(() => new Headers(read.value)).not.toThrow();
    }),
    { numRuns: 2000 },
  );
});
