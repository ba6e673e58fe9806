/**
 * The question: how many MB of a volume does each digest engine hash per second of one core, and does the SIMD kernel
 * keep its lead over the libraries that one would otherwise take: twice hash-wasm, four times @noble/hashes?
 *
 * 32 KiB blocks, because that is the format's default, in windows of 4 MiB, the largest that the pipeline moves;
 * 16 MiB a turn, which no second-level cache holds. `node build/bench/micro/digest.js [--json] [--assert]`; `--assert`
 * exits with 1 when a lead is lost.
 */
import { hash, randomFillSync } from "node:crypto";
import { cpus } from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { sha256 } from "@noble/hashes/sha2.js";
import { createSHA256 } from "hash-wasm";
import type { DigestEngine } from "../../src/kernels/engine.js";
import { loadKernels } from "../../src/kernels/kernels.js";
import { wasmEngine } from "../../src/kernels/wasm-engine.js";
import { nativeDigest } from "../../src/node/digests/native.js";
import { countOf, DIGEST_SIZE, KIB, MIB } from "../../src/units.js";
import { type Contender, interleave, median, medianRatio, type Sample } from "../report/interleave.js";

const BLOCK_SIZE: number = 32 * KIB;
const WINDOW_SIZE: number = 4 * MIB;
const VOLUME_SIZE: number = 16 * MIB;
const TURNS = 11;
const LEADS = [
  { over: "hash-wasm", atLeast: 2.0 },
  { over: "noble", atLeast: 4.0 },
] as const;
/** crypto.hash leads hash-wasm by 4 to 8 with SHA instructions, by 1.5 without. */
const SHA_EXTENSION_RATIO = 2.5;

/** Random blocks, of which the given percentage is zero: spread evenly, as no two neighbours of a sparse file are. */
function fillVolume(volume: Uint8Array, zeroPercent: number): Uint8Array {
  randomFillSync(volume);
  for (let block = 0; block * BLOCK_SIZE < volume.length; block++) {
    // 61 and 100 have no common factor, so a hundred blocks in a row take each value once.
    if ((block * 61) % 100 < zeroPercent) volume.fill(0, block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE);
  }
  return volume;
}

function byWindow(name: string, engine: DigestEngine, volume: Uint8Array): Contender {
  const digests = new Uint8Array(countOf(WINDOW_SIZE, BLOCK_SIZE) * DIGEST_SIZE);
  const run = () => {
    for (let offset = 0; offset < volume.length; offset += WINDOW_SIZE) {
      engine.digestInto(volume.subarray(offset, offset + WINDOW_SIZE), BLOCK_SIZE, digests);
    }
  };
  return { name, run };
}

function byBlock(name: string, digest: (block: Uint8Array) => void, volume: Uint8Array): Contender {
  const run = () => {
    for (let offset = 0; offset < volume.length; offset += BLOCK_SIZE) {
      digest(volume.subarray(offset, offset + BLOCK_SIZE));
    }
  };
  return { name, run };
}

async function makeContenders(): Promise<Contender[]> {
  const kernels = await loadKernels({ memorySize: 3 * VOLUME_SIZE, simd: true });
  const scalarKernels = await loadKernels({ memorySize: VOLUME_SIZE, simd: false });
  const simd = wasmEngine(kernels);
  const random = fillVolume(kernels.allocate(VOLUME_SIZE), 0);
  const half = fillVolume(kernels.allocate(VOLUME_SIZE), 50);
  const sparse = fillVolume(kernels.allocate(VOLUME_SIZE), 90);
  const scalarRandom = fillVolume(scalarKernels.allocate(VOLUME_SIZE), 0);
  const outside = Uint8Array.from(random);
  const reused = await createSHA256();
  return [
    byWindow("simd", simd, random),
    byWindow("simd, copied in", simd, outside),
    byWindow("simd, 50 % zero", simd, half),
    byWindow("simd, 90 % zero", simd, sparse),
    byWindow("scalar", wasmEngine(scalarKernels), scalarRandom),
    byWindow("native", nativeDigest(kernels), random),
    byWindow("native, 50 % zero", nativeDigest(kernels), half),
    byWindow("native, 90 % zero", nativeDigest(kernels), sparse),
    byBlock("crypto.hash", (block) => hash("sha256", block, "buffer"), outside),
    byBlock("hash-wasm", (block) => reused.init().update(block).digest("binary"), outside),
    byBlock("noble", (block) => sha256(block), outside),
  ];
}

const DENOMINATORS = ["hash-wasm", "noble", "crypto.hash"] as const;

function summarise(samples: readonly Sample[]) {
  const find = (name: string) => samples.find((sample) => sample.name === name)!;
  const rows = samples.map((sample) => ({
    name: sample.name,
    mbPerCpuSecond: median(sample.rates),
    slowest: Math.min(...sample.rates),
    fastest: Math.max(...sample.rates),
    ratios: Object.fromEntries(DENOMINATORS.map((name) => [name, medianRatio(sample, find(name))])),
  }));
  const leads = LEADS.map(({ over, atLeast }) => {
    const ratio = medianRatio(find("simd"), find(over));
    return { over, atLeast, ratio, kept: ratio >= atLeast };
  });
  const shaExtensions = medianRatio(find("crypto.hash"), find("hash-wasm")) >= SHA_EXTENSION_RATIO;
  const machine = { cpu: cpus()[0]?.model ?? "unknown", node: process.version, v8: process.versions.v8 };
  return {
    machine,
    turns: TURNS,
    blockSize: BLOCK_SIZE,
    bytesPerTurn: VOLUME_SIZE,
    shaExtensions,
    rows,
    leads,
  };
}

function printTable({ machine, shaExtensions, rows, leads }: ReturnType<typeof summarise>): void {
  const cells = [["", "MB/s of CPU", "slowest", "fastest", ...DENOMINATORS.map((name) => `/ ${name}`)]];
  for (const { name, mbPerCpuSecond, slowest, fastest, ratios } of rows) {
    const rates = [mbPerCpuSecond, slowest, fastest].map((rate) => rate.toFixed(0));
    cells.push([name, ...rates, ...DENOMINATORS.map((denominator) => ratios[denominator]!.toFixed(2))]);
  }
  console.log(`${machine.cpu}, Node ${machine.node}, V8 ${machine.v8}; median of ${TURNS} turns`);
  for (const [name, ...figures] of cells) {
    console.log(name!.padEnd(20) + figures.map((figure) => figure.padStart(14)).join(""));
  }
  console.log(`SHA instructions in node:crypto: ${shaExtensions ? "seem present" : "seem absent"}`);
  for (const { over, atLeast, ratio, kept } of leads) {
    console.log(
      `${kept ? "kept" : "LOST"}: simd is ${ratio.toFixed(2)} × ${over}, at least ${atLeast} wanted`,
    );
  }
}

const { values: flags } = parseArgs({ options: { json: { type: "boolean" }, assert: { type: "boolean" } } });
const summary = summarise(interleave(await makeContenders(), { bytes: VOLUME_SIZE, turns: TURNS }));
if (flags.json) console.log(JSON.stringify(summary, undefined, 2));
else printTable(summary);
if (flags.assert && summary.leads.some(({ kept }) => !kept)) process.exitCode = 1;
