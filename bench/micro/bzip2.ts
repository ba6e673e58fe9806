/**
 * The question: how many MB of a volume does the bzip2 kernel compress and decompress per second of one core, beside
 * the `bzip2` tool on the same bytes, and how do the sizes compare?
 *
 * Windows of 1 MiB, one stream each, as a backup makes them; slices of 8 MiB from all over the image, because a disk
 * image is not the same everywhere. CPU time, the tool's without its start; sizes against `bzip2 -9` of all slices in one go.
 *
 *     node build/bench/micro/bzip2.js IMAGE [--slices 4] [--turns 3] [--json] [--assert]
 *
 * `--assert` exits with 1 below 12 MB/s, or when the sizes differ by more than 3 %.
 */
import { spawnSync } from "node:child_process";
import { open } from "node:fs/promises";
import { cpus } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { Bzip2Compressor } from "../../src/kernels/bzip2-compressor.js";
import { Bzip2Decompressor } from "../../src/kernels/bzip2-decompressor.js";
import { compileBzip2 } from "../../src/kernels/bzip2-module.js";
import { MIB } from "../../src/units.js";
import { median } from "../report/interleave.js";

const WINDOW_SIZE: number = MIB;
const SLICE_SIZE: number = 8 * MIB;
const LEVEL = 9;
const RATE_MIN = 12;
const SIZE_RATIO_MAX = 1.03;

async function readSlices(path: string, count: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const slices = new Uint8Array(count * SLICE_SIZE);
    for (let i = 0; i < count; i++) {
      await file.read(slices, i * SLICE_SIZE, SLICE_SIZE, Math.floor((i * (size - SLICE_SIZE)) / count));
    }
    return slices;
  } finally {
    await file.close();
  }
}

/** Microseconds of this process. */
function cpuTimeOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** The tool's output, and the microseconds of user and system time that the shell counted for it. */
function runTool(option: "-9" | "-d", input: Uint8Array): { output: Buffer; cpuTime: number } {
  const { status, stdout, stderr } = spawnSync(
    "bash",
    ["-c", `TIMEFORMAT='%3U %3S'; time bzip2 ${option} -c`],
    {
      input,
      maxBuffer: 1 << 30,
    },
  );
  if (status !== 0) throw new Error(`Cannot run bzip2: ${stderr}`);
  const [user, system] = stderr.toString().trim().split(" ").map(Number);
  return { output: stdout, cpuTime: 1e6 * (user! + system!) };
}

function* windowsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += WINDOW_SIZE) yield bytes.subarray(at, at + WINDOW_SIZE);
}

async function measure(plain: Uint8Array, turns: number) {
  const module = await compileBzip2();
  const compressor = new Bzip2Compressor(module);
  const decompressor = new Bzip2Decompressor(module);
  const rates = {
    compress: [] as number[],
    decompress: [] as number[],
    bzip2: [] as number[],
    bunzip2: [] as number[],
  };
  let sizeRatio = 0;
  // The first turn is for V8 to have its optimised code.
  for (let turn = -1; turn < turns; turn++) {
    const streams: Uint8Array[] = [];
    const compressTime = cpuTimeOf(() => {
      for (const window of windowsOf(plain)) streams.push(compressor.compress(window, LEVEL));
    });
    const encoded = Buffer.concat(streams);
    let length = 0;
    const decompressTime = cpuTimeOf(() => {
      decompressor.start();
      for (const piece of decompressor.decode(encoded)) length += piece.length;
      for (const piece of decompressor.end()) length += piece.length;
    });
    if (length !== plain.length) throw new Error(`${length} bytes came back of ${plain.length}`);
    const tool = runTool("-9", plain);
    const toolBack = runTool("-d", encoded);
    if (!toolBack.output.equals(plain)) throw new Error("bzip2 read other bytes than were compressed");
    sizeRatio = encoded.length / tool.output.length;
    if (turn < 0) continue;
    rates.compress.push(plain.length / compressTime);
    rates.decompress.push(plain.length / decompressTime);
    rates.bzip2.push(plain.length / tool.cpuTime);
    rates.bunzip2.push(plain.length / toolBack.cpuTime);
  }
  return { rates, sizeRatio };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    slices: { type: "string", default: "4" },
    turns: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
    assert: { type: "boolean", default: false },
  },
});
const [image] = positionals;
if (image === undefined) throw new Error("Cannot measure without an image: want the path of a disk image");
const { rates, sizeRatio } = await measure(
  await readSlices(image, Number(values.slices)),
  Number(values.turns),
);
const medians = Object.fromEntries(Object.entries(rates).map(([name, of]) => [name, median(of)]));
const machine = { cpu: cpus()[0]?.model ?? "unknown", node: process.version };
if (values.json) {
  process.stdout.write(`${JSON.stringify({ machine, medians, rates, sizeRatio }, undefined, 2)}\n`);
} else {
  const row = (title: string, ours: number, theirs: number) =>
    `${title.padEnd(12)}${ours.toFixed(1).padStart(8)}${theirs.toFixed(1).padStart(8)}${(ours / theirs).toFixed(2).padStart(8)}\n`;
  process.stdout.write(`${machine.cpu}, Node ${machine.node}; MB/s of CPU time\n`);
  process.stdout.write(`${"".padEnd(12)}  kernel    tool   ratio\n`);
  process.stdout.write(row("compress", medians.compress!, medians.bzip2!));
  process.stdout.write(row("decompress", medians.decompress!, medians.bunzip2!));
  process.stdout.write(`size against bzip2 -9: ${sizeRatio.toFixed(4)}\n`);
}
if (values.assert && (medians.compress! < RATE_MIN || sizeRatio > SIZE_RATIO_MAX)) process.exitCode = 1;
