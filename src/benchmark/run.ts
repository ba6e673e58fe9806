/**
 * Measures combinations of settings on one volume and one store. In each round every combination has its turn, so that
 * what slows the machine down for a while slows all of them. What a turn stores has names of its own, and is removed at
 * its end, also when it failed or was stopped.
 */
import { openChain, openChainAndTable } from "../chain/chain.js";
import type { StoredBackup } from "../chain/stored-backup.js";
import type { CodecLevels } from "../codecs/levels.js";
import { StorageError } from "../errors.js";
import { type CreatedBackup, createBackup } from "../pipeline/create-backup.js";
import { restoreBackup, verifyBackup } from "../pipeline/restore.js";
import { Profile } from "../pipeline/run/profile.js";
import { type Progress, startProgress } from "../pipeline/run/run.js";
import type { Runtime } from "../pipeline/run/runtime.js";
import { discard } from "../pipeline/stages/discard.js";
import type { Clock } from "../ports.js";
import type { ObjectSink } from "../sinks/sink.js";
import type { VolumeSource, VolumeTarget } from "../sources/volume.js";
import { ChangedVolume } from "./changed-volume.js";
import {
  type BenchmarkOperation,
  type BenchmarkRow,
  rowOf,
  type Sample,
  type TrialSettings,
} from "./trial.js";

/** Beginning of the names of a benchmark's objects and containers, by which what a killed one left can be found. */
export const NAME_PREFIX = "ashlar-benchmark-";

/** Dependencies and options of a benchmark. */
export interface BenchmarkOptions {
  readonly volume: VolumeSource;
  readonly sink: ObjectSink;
  /** The container to use. @default {one for each turn, which is removed with it} */
  readonly container?: string | undefined;
  readonly trials: readonly TrialSettings[];
  readonly operations: readonly BenchmarkOperation[];
  /** How many turns each combination has. */
  readonly rounds: number;
  /** Share of the volume that differs for an incremental, from 0 to 1. */
  readonly changeShare: number;
  readonly blockSize: number;
  readonly runtimeAt: (levels: CodecLevels) => Promise<Runtime>;
  /** A new target for one restore; `remove` closes and removes it. */
  readonly createTarget: (size: number) => Promise<RestoreTarget>;
  readonly clock: Clock;
  /** Processor time of this process so far. */
  readonly processorSeconds: () => number;
  readonly signal: AbortSignal;
  /** Called before each operation. The progress is that of the operation. */
  readonly onOperation?:
    | ((trial: TrialSettings, operation: BenchmarkOperation, progress: Progress) => void)
    | undefined;
}

export interface RestoreTarget {
  readonly target: VolumeTarget;
  remove(): Promise<void>;
}

/**
 * Returns a row for each combination and operation, in the order of both.
 * @throws CancelledError when the signal was aborted; nothing is left in the store then
 * @throws AshlarError any error of the volume, the store or a target; nothing is left, unless the message says so
 */
export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkRow[]> {
  const { trials, operations, rounds, volume } = options;
  const samples = trials.map(() => new Map<BenchmarkOperation, Sample[]>());
  for (let round = 0; round < rounds; round++) {
    for (const [index, trial] of trials.entries()) {
      const turn = await Turn.start(trial, options);
      await turn.measureAll((operation, sample) => {
        const known = samples[index]!.get(operation) ?? [];
        samples[index]!.set(operation, [...known, sample]);
      });
    }
  }
  return trials.flatMap((trial, index) =>
    operations.map((operation) => rowOf(trial, operation, volume.size, samples[index]!.get(operation)!)),
  );
}

type Keep = (operation: BenchmarkOperation, sample: Sample) => void;

/** What an operation returns of interest. */
interface Outcome {
  readonly memory: { readonly total: number };
  readonly storedSize: number;
}

/** One round of one combination. */
class Turn {
  readonly #trial: TrialSettings;
  readonly #options: BenchmarkOptions;
  readonly #runtime: Runtime;
  readonly #name: string = NAME_PREFIX + crypto.randomUUID();
  readonly #container: string;
  readonly #volumeId: string = crypto.randomUUID();
  readonly #prefixes: string[] = [];

  static async start(trial: TrialSettings, options: BenchmarkOptions): Promise<Turn> {
    const { compression, level } = trial;
    return new Turn(
      trial,
      options,
      await options.runtimeAt(compression === "none" ? {} : { [compression]: level }),
    );
  }

  private constructor(trial: TrialSettings, options: BenchmarkOptions, runtime: Runtime) {
    this.#trial = trial;
    this.#options = options;
    this.#runtime = runtime;
    this.#container = options.container ?? this.#name;
  }

  /** Measures the operations and removes everything that they stored. */
  async measureAll(keep: Keep): Promise<void> {
    let failure: unknown;
    try {
      await this.#measureEach(keep);
    } catch (error) {
      failure = error;
    }
    try {
      await this.#clean();
    } catch (cause) {
      const why = failure instanceof Error ? `${failure.message}; then, ` : "";
      const text = cause instanceof Error ? cause.message : String(cause);
      const left = `objects of the benchmark are left in container "${this.#container}": ${text}`;
      const advice = `remove those whose names begin with ${this.#name}`;
      throw new StorageError(`${why}${left}; ${advice}`, { call: "remove", cause });
    }
    if (failure !== undefined) throw failure;
  }

  /** A backup is needed by all other operations, and measured only if it was asked for. */
  async #measureEach(keep: Keep): Promise<void> {
    const { operations, volume, changeShare } = this.#options;
    const wanted = (operation: BenchmarkOperation) => operations.includes(operation);
    const measured = async (operation: BenchmarkOperation, work: Parameters<Turn["measure"]>[1]) => {
      const sample = await this.measure(operation, work);
      if (wanted(operation)) keep(operation, sample);
    };
    let full: StoredBackup | undefined;
    let storedSize = 0;
    await measured("backup", async (run) => {
      const created = await this.#create(volume, undefined, run);
      full = this.#storedOf(created);
      storedSize = created.storedSize;
      return created;
    });
    const stored = full!;
    if (wanted("incremental")) {
      const changed = new ChangedVolume(volume, changeShare);
      await measured("incremental", (run) => this.#create(changed, stored, run));
    }
    if (wanted("verify")) {
      await measured("verify", async (run) => {
        const chain = await openChain([stored], this.#runtime.hashes, run);
        return { ...(await verifyBackup(chain, this.#restoreOptions(run))), storedSize };
      });
    }
    if (wanted("restore")) await this.#measureRestore(measured, stored, storedSize);
  }

  async #measureRestore(
    measured: (operation: BenchmarkOperation, work: Parameters<Turn["measure"]>[1]) => Promise<void>,
    stored: StoredBackup,
    storedSize: number,
  ): Promise<void> {
    const { target, remove } = await this.#options.createTarget(this.#options.volume.size);
    try {
      await measured("restore", async (run) => {
        const chain = await openChain([stored], this.#runtime.hashes, run);
        const result = await restoreBackup(chain, target, this.#restoreOptions(run));
        await target.sync();
        return { ...result, storedSize };
      });
    } finally {
      await remove();
    }
  }

  async measure(
    operation: BenchmarkOperation,
    work: (run: MeasuredRun) => Promise<Outcome>,
  ): Promise<Sample> {
    const { clock, processorSeconds, signal, onOperation } = this.#options;
    signal.throwIfAborted();
    const profile = new Profile(clock);
    const progress = startProgress();
    onOperation?.(this.#trial, operation, progress);
    const [startMs, processorStart] = [clock.monotonicMs(), processorSeconds()];
    const { memory, storedSize } = await work({ profile, progress, signal });
    return {
      seconds: (clock.monotonicMs() - startMs) / 1000,
      processorSeconds: processorSeconds() - processorStart,
      memory: memory.total,
      storedSize,
      stages: profile.stages,
    };
  }

  async #create(
    volume: VolumeSource,
    parent: StoredBackup | undefined,
    run: MeasuredRun,
  ): Promise<CreatedBackup> {
    const { sink, blockSize } = this.#options;
    const { compression, objectSize: chunkSize, concurrentObjects } = this.#trial;
    const opened = parent && (await openChainAndTable([parent], this.#runtime.hashes, run));
    const prefix = `${this.#name}_${this.#prefixes.length}`;
    this.#prefixes.push(prefix);
    return await createBackup(volume, sink, {
      ...run,
      ...{ runtime: this.#runtime, volumeId: this.#volumeId, parent: opened },
      ...{ container: this.#container, prefix, compression, blockSize, chunkSize, concurrentObjects },
    });
  }

  #storedOf({ id, container, prefix, manifestSha256, digestTableSha256 }: CreatedBackup): StoredBackup {
    const { sink } = this.#options;
    return {
      sink,
      container,
      prefix,
      backupId: id,
      volumeId: this.#volumeId,
      manifestSha256,
      digestTableSha256,
    };
  }

  #restoreOptions(run: MeasuredRun) {
    return { ...run, runtime: this.#runtime, concurrentObjects: this.#trial.concurrentObjects };
  }

  async #clean(): Promise<void> {
    const { sink } = this.#options;
    for (const prefix of this.#prefixes) await discard(sink, this.#container, prefix);
  }
}

interface MeasuredRun {
  readonly profile: Profile;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}
