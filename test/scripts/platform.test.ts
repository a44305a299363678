import { expect, it } from "vitest";
import { refusePlatform, unfitPlatform } from "../../scripts/start/platform.ts";

it.each([
  ["linux", "x64", "2.35", null],
  ["linux", "arm64", "2.41", null],
  ["linux", "x64", "3.0", null],
  ["darwin", "arm64", null, null],
  ["linux", "x64", "2.34", /^this system has glibc 2\.34: the loop needs Linux with glibc 2\.35 or newer/],
  ["linux", "x64", "2.4", /glibc 2\.4:/],
  ["linux", "x64", null, /^this system has no glibc \(it is musl/],
  ["linux", "riscv64", "2.40", /^this machine is riscv64/],
  ["linux", "arm", "2.40", /x86-64 and arm64/],
])("%s, %s, glibc %s", (platform, arch, glibc, why) => {
  const said = unfitPlatform({ platform, arch, glibc });
  if (why === null) expect(said).toBeNull();
  else expect(said).toMatch(why);
});

it("takes the machine of this test", () => {
  expect(refusePlatform).not.toThrow();
});
