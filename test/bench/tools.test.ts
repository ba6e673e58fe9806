import test from "ava";
import { parseUsage } from "../../bench/peers/meter.js";
import { findTools, versionOf } from "../../bench/peers/tools.js";

test("what answers is installed, what fails or is missing is not", async (t) => {
  const tools = await findTools(async ([program]) => {
    if (program === "restic")
      return { code: 0, stdout: "restic 0.14.0 compiled with go1.19.8 on linux/amd64", stderr: "" };
    if (program === "bzip2")
      return {
        code: 0,
        stdout: "",
        stderr: "bzip2, a block-sorting file compressor.  Version 1.0.8, 13-Jul-2019.",
      };
    if (program === "borg") return { code: 1, stdout: "borg 1.2.4", stderr: "broken" };
    throw new Error("ENOENT");
  });
  t.deepEqual(tools, { restic: "0.14.0", bzip2: "1.0.8" });
});

for (const [text, version] of [
  ["casync 2\n+SELINUX", "2"],
  ["*** Zstandard CLI (64-bit) v1.5.4, by Yann Collet ***", "1.5.4"],
  ["OpenSSL 3.0.19 27 Jan 2026 (Library: OpenSSL 3.0.19)", "3.0.19"],
  ["no number", "unknown"],
] as const) {
  test(`the version in ${JSON.stringify(text)}`, (t) => {
    t.is(versionOf(text), version);
  });
}

test("usage is seconds and bytes", (t) => {
  t.deepEqual(parseUsage("1.50 0.25 2048\n"), { cpuSeconds: 1.75, peak: 2048 * 1024 });
  t.throws(() => parseUsage("Command terminated by signal 9"), { message: /want three numbers/ });
});
