/**
 * A chain of backups, opened to be read once and in order, with its newest backup's digest table beside it. The reader
 * computes the digest of every block and gives it to the witness, which rejects a block that is not in the table.
 */
import type { Chain } from "../chain/chain.js";
import { StoredTable } from "../chain/stored-table.js";
import type { DigestWitness } from "./backup.js";
import { MemoryBudget } from "./memory/budget.js";
import type { ReadingPlan } from "./memory/reading-memory.js";
import type { Runtime } from "./run/runtime.js";
import { ChainSource } from "./stages/chain-source.js";
import { StoredDigests } from "./stages/stored-digests.js";

/** Options of `ChainReading`. */
export interface ChainReadingOptions {
  readonly runtime: Runtime;
  /** The plan by `planReading`. */
  readonly need: ReadingPlan;
  /** Ends every wait. */
  readonly signal?: AbortSignal | undefined;
}

/** The open resources of a chain that is being read. */
export class ChainReading {
  readonly #chain: Chain;
  readonly #options: ChainReadingOptions;
  readonly #controller = new AbortController();
  readonly #onAbort = (): void => this.#controller.abort(this.#options.signal!.reason);
  #budget: MemoryBudget | undefined;
  #source: ChainSource | undefined;
  #table: StoredTable | undefined;
  #closeCompute = (): void => {};

  constructor(chain: Chain, options: ChainReadingOptions) {
    this.#chain = chain;
    this.#options = options;
    if (options.signal?.aborted) this.#onAbort();
    else options.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get accountedPeak(): number {
    return this.#budget?.peak ?? 0;
  }

  async open(): Promise<{ source: ChainSource; witness: DigestWitness }> {
    const { runtime, need } = this.#options;
    const { links, plan } = this.#chain;
    const { codecs, hashes } = runtime;
    const { signal } = this.#controller;
    const budget = new MemoryBudget(need.read + need.work + need.codec + need.sink + need.digests, {
      signal,
    });
    this.#budget = budget;
    await budget.acquire(budget.limit - need.decoders);
    const compute = await runtime.compute({ arenaSize: need.arenaSize, workSize: plan.volumeSize });
    this.#closeCompute = () => compute.close();
    const source = new ChainSource({
      ...need,
      ...{ links, plan, codecs, budget, signal },
      arena: compute.arena,
      pieceLengthMax: need.buffers.size,
      locationOf: ({ linkIndex, object }) => ({
        backupId: links[linkIndex]!.backup.backupId,
        objectName: object.name,
        offset: object.offset,
      }),
    });
    this.#source = source;
    this.#table = await StoredTable.open(links.at(-1)!.backup, hashes, { signal });
    return { source, witness: new StoredDigests(this.#chain, this.#table, source) };
  }

  async close(): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#controller.abort(new Error("the chain was closed"));
    await this.#source?.close();
    await this.#table?.close();
    this.#closeCompute();
  }
}
