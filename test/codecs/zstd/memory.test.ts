/** One frame of hundreds of megabytes, as the reference system writes them, decoded in the memory of its window. */

import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { nativeZstd } from "../../../src/node/codecs/zstd/native.js";
import { MIB } from "../../../src/units.js";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";
import { joined, noise, prose } from "../../pipeline/volume-bytes.js";
import { hasZstd, NATIVE, PORTABLE } from "./peers.js";

const CHILD: string = fileURLToPath(new URL("./decode-file.js", import.meta.url));
const PIECE_COUNT = 640;

interface Outcome {
  readonly length: number;
  readonly sha256: string;
  /** Bytes by which the process grew. */
  readonly grown: number;
  readonly planned: number;
}

/** Has the zstd command write one frame with its content size; returns the SHA-256 of the content. */
async function writeFrame(path: string, args: readonly string[]): Promise<string> {
  const size = PIECE_COUNT * MIB;
  const zstd = spawn("zstd", ["-q", `--stream-size=${size}`, ...args, "-o", path], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const exited = once(zstd, "exit");
  const hash = createHash("sha256");
  const piece = joined(noise(MIB / 4), prose(MIB / 2), noise(MIB / 4, 2));
  for (let i = 0; i < PIECE_COUNT; i++) {
    // Otherwise every piece would be a copy of the last.
    new DataView(piece.buffer).setUint32((i * 1237) % (MIB - 4), i);
    hash.update(piece);
    if (!zstd.stdin.write(new Uint8Array(piece))) await once(zstd.stdin, "drain");
  }
  zstd.stdin.end();
  const [status] = await exited;
  if (status !== 0) throw new Error(`zstd ended with ${status}`);
  return hash.digest("hex");
}

async function decodeInChild(which: string, path: string): Promise<Outcome> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", CHILD, which, path]);
  return JSON.parse(stdout);
}

if (hasZstd) {
  for (const { title, args, grownMax } of [
    { title: "with the usual window", args: ["-3"], grownMax: 64 * MIB },
    { title: "with the largest window", args: ["-1", "--long=27"], grownMax: 224 * MIB },
  ]) {
    test.serial(`a frame of 640 MiB ${title}`, async (t) => {
      const directory = await temporaryDirectory(t);
      const path = join(directory, "frame.zst");
      const sha256 = await writeFrame(path, args);
      for (const which of nativeZstd === undefined ? [PORTABLE] : [PORTABLE, NATIVE]) {
        const outcome = await decodeInChild(which, path);
        t.log(`${which}: ${(outcome.grown / MIB).toFixed(0)} MiB`);
        t.is(outcome.length, PIECE_COUNT * MIB);
        t.is(outcome.sha256, sha256);
        t.true(outcome.grown < grownMax, `${which} grew by ${outcome.grown} bytes`);
      }
    });
  }
} else {
  test("the zstd command, which writes the frames, is not installed", (t) => t.pass());
}
