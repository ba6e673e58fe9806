/**
 * A restore into a stream, such as a pipe: `read → digest → write` over a chain that is read in order. Every block's
 * SHA-256 is checked against the digest table before its window is written, so what an output gets is verified even if
 * the run fails later.
 *
 * Unlike a restore into a volume it cannot go back, so damage that a network caused ends it.
 */
import { orAborted } from "../aborted.js";
import type { Chain } from "../chain/chain.js";
import { streamOutput } from "../sources/stream.js";
import type { VolumeOutput } from "../sources/volume.js";
import { WritableStream } from "../streams.js";
import type { DigestWitness } from "./backup.js";
import { ChainReading } from "./chain-reading.js";
import type { ObjectConcurrency } from "./memory/plan.js";
import { arenaSizeOf, BufferPool } from "./memory/pool.js";
import { type PlannedStream, planStream } from "./memory/stream-memory.js";
import type { RestoreResult } from "./run/restore-result.js";
import { Run, type RunOptions } from "./run/run.js";
import type { Runtime } from "./run/runtime.js";
import type { ChainSource } from "./stages/chain-source.js";
import { digest } from "./stages/digest.js";
import { read } from "./stages/read.js";
import type { DigestedWindow } from "./stages/window.js";

/** Options of `restoreStream`. */
export interface StreamOptions extends ObjectConcurrency, RunOptions {
  readonly runtime: Runtime;
  /** The plan by `planStream`, if it was already made to admit the run. @default {made at the start} */
  readonly planned?: PlannedStream | undefined;
}

/**
 * Writes the newest volume of `chain` to an output, from its first byte to its last. A stream is closed at the end.
 * @throws IntegrityError for the first damage found; only verified bytes have been written by then
 * @throws CancelledError when the signal was aborted
 * @throws AshlarError any error of the sinks or the output
 */
export async function restoreStream(
  chain: Chain,
  given: VolumeOutput | WritableStream<Uint8Array>,
  options: StreamOptions,
): Promise<RestoreResult> {
  const output = "getWriter" in given ? streamOutput(given) : given;
  const { runtime } = options;
  const planned = options.planned ?? planStream(chain, runtime.codecs, options);
  const run = new Run(options);
  run.progress.bytesTotal = chain.plan.volumeSize;
  const reading = new ChainReading(chain, { runtime, need: planned.reading, signal: run.signal });
  try {
    const opened = await reading.open();
    const blockSize = chain.plan.shape.blockSize;
    const buffersInUseMax = await pump(output, { ...opened, blockSize, options, planned, run });
    await opened.witness.expectEnd();
    await orAborted(output.finish(), run.signal);
    const accountedPeak = planned.windowMemory + reading.accountedPeak;
    return { volumeSize: chain.plan.volumeSize, memory: planned.memory, buffersInUseMax, accountedPeak };
  } catch (error) {
    throw run.fail(error);
  } finally {
    run.end();
    await reading.close();
  }
}

interface Work {
  readonly source: ChainSource;
  readonly witness: DigestWitness;
  readonly blockSize: number;
  readonly options: StreamOptions;
  readonly planned: PlannedStream;
  readonly run: Run;
}

/** Resolves to the largest number of windows in use at once. */
async function pump(output: VolumeOutput, work: Work): Promise<number> {
  const { source, witness, blockSize, options, planned, run } = work;
  const { runtime, profile } = options;
  const { windows } = planned;
  const { progress, signal } = run;
  const compute = await runtime.compute({ arenaSize: arenaSizeOf(windows), workSize: source.size });
  const pool = new BufferPool(compute.arena, windows, signal);
  const sizes = { windowSize: windows.size, chunkSize: Number.MAX_SAFE_INTEGER };
  const verified = read(source, { ...sizes, meter: profile?.stage("read") }, pool).pipeThrough(
    digest(compute, { blockSize, table: witness, progress, meter: profile?.stage("verify") }),
  );
  const meter = profile?.stage("write");
  const write = new WritableStream<DigestedWindow>({
    async write({ bytes, buffer }) {
      meter?.take(bytes.length);
      meter?.start();
      await orAborted(output.write(bytes), signal);
      meter?.end();
      buffer.release();
      progress.bytesDone += bytes.length;
    },
  });
  try {
    await run.drain(verified, write);
  } finally {
    profile?.end();
    compute.close();
  }
  return pool.inUseMax;
}
