/**
 * Chooses the fastest digest engine by timing the windows that must be digested anyway.
 *
 *     until there is a decision: give each window to the candidate that has hashed the fewest bytes, and time it
 *     when every candidate has hashed its share: choose the one with the best time per byte, for all that share it
 *
 * All engines compute the same bytes, so no work is repeated. A separate trial took 24 ms of every thread's start.
 * Zero blocks are not hashed and do not count; a volume of only zero blocks needs no decision, and gets none.
 */
import { UsageError } from "../errors.js";
import type { Clock } from "../ports.js";
import { countOf, KIB, MIB } from "../units.js";
import type { DigestEngine } from "./engine.js";

/** Bytes that each candidate hashes: V8 has optimised the kernels after 1 to 3 MiB, and the best window counts. */
const TRIAL_SIZE: number = 4 * MIB;
/** Fewer than eight blocks of the default size do not fill the lanes of the SIMD build. */
const SAMPLE_SIZE_MIN: number = 256 * KIB;

/** One number, which threads may share: 0 while undecided, then the candidate's index plus 1. */
export type EngineDecision = Int32Array;

interface Contender {
  readonly engine: DigestEngine;
  hashedSize: number;
  /** Milliseconds per byte of its best window. */
  bestTime: number;
}

export interface TrialOptions {
  readonly clock: Clock;
  /** @default {one for this engine alone} */
  readonly decision?: EngineDecision | undefined;
}

export class TrialEngine implements DigestEngine {
  readonly #contenders: readonly Contender[];
  readonly #clock: Clock;
  readonly #decision: EngineDecision;

  /** @throws UsageError when there are no candidates */
  constructor(candidates: readonly DigestEngine[], { clock, decision = new Int32Array(1) }: TrialOptions) {
    if (candidates.length === 0)
      throw new UsageError("Cannot choose a digest engine: there are no candidates");
    this.#contenders = candidates.map((engine) => ({ engine, hashedSize: 0, bestTime: Infinity }));
    this.#clock = clock;
    this.#decision = decision;
    if (candidates.length === 1) Atomics.store(decision, 0, 1);
  }

  /** The name of the chosen engine, or of the first candidate while undecided. */
  get name(): DigestEngine["name"] {
    return (this.#decided ?? this.#contenders[0]!.engine).name;
  }

  digestInto(window: Uint8Array, blockSize: number, digests: Uint8Array): number {
    const engine = this.#decided;
    if (engine !== undefined) return engine.digestInto(window, blockSize, digests);
    const next = this.#contenders.reduce((least, each) =>
      each.hashedSize < least.hashedSize ? each : least,
    );
    const startMs = this.#clock.monotonicMs();
    const zeroCount = next.engine.digestInto(window, blockSize, digests);
    const elapsedMs = this.#clock.monotonicMs() - startMs;
    const hashedShare = 1 - zeroCount / Math.max(1, countOf(window.length, blockSize));
    this.#note(next, hashedShare * window.length, elapsedMs);
    return zeroCount;
  }

  get #decided(): DigestEngine | undefined {
    return this.#contenders[Atomics.load(this.#decision, 0) - 1]?.engine;
  }

  #note(contender: Contender, hashedSize: number, elapsedMs: number): void {
    contender.hashedSize += hashedSize;
    if (hashedSize >= SAMPLE_SIZE_MIN)
      contender.bestTime = Math.min(contender.bestTime, elapsedMs / hashedSize);
    const isOver = this.#contenders.every(
      (each) => each.hashedSize >= TRIAL_SIZE && each.bestTime < Infinity,
    );
    if (!isOver) return;
    const times = this.#contenders.map(({ bestTime }) => bestTime);
    // The first decision stands: another thread may have finished its trial at the same time.
    Atomics.compareExchange(this.#decision, 0, 0, times.indexOf(Math.min(...times)) + 1);
  }
}
