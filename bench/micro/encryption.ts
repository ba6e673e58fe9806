/**
 * The question: what does encryption cost a backup, in processor time and time on the clock, with each codec?
 * (docs/decisions/0095-encryption.md)
 *
 * Each contender backs up the same volume, half text and half random, from memory into a sink that counts and drops:
 * plain and encrypted take turns. CPU time is that of this process, threads included.
 * `node --expose-gc build/bench/micro/encryption.js [--turns N] [--size MIB]`
 */
import { randomFillSync } from "node:crypto";
import process from "node:process";
import { parseArgs } from "node:util";
import { EncryptedSink } from "../../src/encryption/encrypted-sink.js";
import { RepositoryKey } from "../../src/encryption/repository-key.js";
import { newKey } from "../../src/encryption/wrapping.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { createBackup } from "../../src/pipeline/create-backup.js";
import { SinkLayer } from "../../src/sinks/layers/layer.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import type { ObjectSink, ObjectWriter } from "../../src/sinks/sink.js";
import { MemorySource } from "../../src/sources/memory.js";
import { MIB } from "../../src/units.js";
import { median } from "../report/interleave.js";
import { printMachine, thisMachine } from "../report/machine.js";

const CODECS = ["none", "zlib", "zstd", "bz2"] as const;
/** Of `process.cpuUsage`. */
const MICROSECONDS = 1e6;
const GB = 1e9;

const { values: flags } = parseArgs({
  options: { turns: { type: "string", default: "5" }, size: { type: "string", default: "256" } },
});
const size = Number(flags.size) * MIB;
const turns = Number(flags.turns);

/** Takes objects and keeps nothing of them. */
class DroppingSink extends SinkLayer {
  override async create(): Promise<ObjectWriter> {
    return { write: async () => undefined, close: async () => undefined, abort: async () => undefined };
  }
}

interface Taken {
  readonly clock: number;
  readonly cpu: number;
}

const key = await RepositoryKey.from(newKey());
const ring = { sealing: async () => key, opening: async () => key };
const runtime = await nodeRuntime("auto");
const volume = new Uint8Array(size);
for (let at = 0; at < size / 2; at += 64) {
  volume.set(
    new TextEncoder().encode(`line ${at * 2_654_435_761} of a log, with a number or two: ${at}`.slice(0, 64)),
    at,
  );
}
randomFillSync(volume, size / 2);

/** Seconds for each GB of the volume. */
async function backUp(compression: (typeof CODECS)[number], isEncrypted: boolean): Promise<Taken> {
  const dropping: ObjectSink = new DroppingSink(new MemorySink());
  const sink = isEncrypted ? new EncryptedSink(dropping, ring) : dropping;
  globalThis.gc?.();
  const before = process.cpuUsage();
  const started = performance.now();
  await createBackup(new MemorySource(volume), sink, { runtime, volumeId: "bench", compression });
  const clock = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { clock: (clock / size) * GB, cpu: ((user + system) / MICROSECONDS / size) * GB };
}

console.log(printMachine(thisMachine()));
console.log(`\n${turns} turns of ${flags.size} MiB; seconds for each GB of the volume, medians`);
console.log("\n| codec | CPU plain | CPU encrypted | ratio | clock plain | clock encrypted | ratio |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const codec of CODECS) {
  const plain: Taken[] = [];
  const encrypted: Taken[] = [];
  await backUp(codec, true);
  for (let turn = 0; turn < turns; turn++) {
    plain.push(await backUp(codec, false));
    encrypted.push(await backUp(codec, true));
  }
  const cells = (["cpu", "clock"] as const).flatMap((figure) => {
    const [a, b] = [plain, encrypted].map((each) => median(each.map((taken) => taken[figure])));
    return [a!.toFixed(2), b!.toFixed(2), (b! / a!).toFixed(2)];
  });
  console.log(`| ${codec} | ${cells.join(" | ")} |`);
}
await runtime.close?.();
