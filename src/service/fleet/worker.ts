/**
 * A worker: takes queued operations that its host can run, in the order of arrival, as many side by side as it may and
 * the limits allow. It is woken by the catalog's notices, where there are any, and looks again at intervals anyway.
 *
 * It also repairs what processes of any host leave that die while it runs.
 */
import type { OperationRow } from "../../catalog/operations.js";
import { isLocal } from "../../catalog/source.js";
import type { WorkerState } from "../../catalog/workers.js";
import { isVolumeUrl, openSource } from "../../sources/open.js";
import { startTaken } from "../block-storage/resume.js";
import type { ServiceContext } from "../context.js";
import { Notices } from "../operations/notices.js";
import { DeadSweep } from "../operations/poll.js";
import { queueParked } from "../operations/queue.js";
import { countOf } from "../operations/queue-order.js";
import type { WorkOptions } from "../requests.js";
import { takeNext } from "./take-next.js";
import { startUpkeep } from "./upkeep.js";

/** Time between two looks at the queue, unless a notice comes earlier. */
const POLL_MS = 500;
/** Time between two renewals of the worker's row, a third of `WORKER_LEASE_MS`. */
const RENEW_MS = 5000;
/** How long a worker that was killed is listed as lost. */
const LOST_KEPT_MS = 3_600_000;
/** How long a server that could not be reached is left to other workers. */
const UNREACHABLE_MS = 30_000;

/** Works until the signal is aborted, or the worker was drained and its operations have ended. */
export async function work(context: ServiceContext, options: WorkOptions): Promise<void> {
  await context.host.announce();
  const worker = new Worker(context, options);
  await worker.begin();
  const stopUpkeep = startUpkeep(context);
  try {
    await worker.run();
  } finally {
    await stopUpkeep();
    await worker.end();
  }
}

class Worker {
  readonly #context: ServiceContext;
  readonly #options: WorkOptions;
  readonly #wake = new Notices();
  readonly #sweep: DeadSweep;
  /** Servers of volumes that could not be reached, and until when they are left to others. */
  readonly #unreachable = new Map<string, number>();
  #state: WorkerState = "working";
  #renewedMs = Number.NEGATIVE_INFINITY;
  #stopListening: (() => void) | undefined;

  constructor(context: ServiceContext, options: WorkOptions) {
    this.#context = context;
    this.#options = options;
    this.#sweep = new DeadSweep(context);
  }

  async begin(): Promise<void> {
    const { catalog, background, host } = this.#context;
    await this.#register();
    await catalog.workers.removeOld(new Date(host.clock.now().getTime() - LOST_KEPT_MS));
    const wake = (): void => this.#wake.notify();
    const stops = [await catalog.onQueueNotice(wake), background.ends.subscribe(wake)];
    this.#stopListening = () => {
      for (const stop of stops) stop();
    };
    await queueParked(this.#context);
  }

  async end(): Promise<void> {
    this.#stopListening?.();
    const { catalog, host } = this.#context;
    // A row that cannot be removed grows old.
    await catalog.workers.remove(host.holder).catch(() => undefined);
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    const { background, host } = this.#context;
    while (!signal.aborted) {
      await this.#turn().catch((error: unknown) => this.#options.onError(error));
      if (this.#state === "draining" && background.count === 0) return;
      // Randomized, so that workers do not all look at the same moment.
      await this.#wake.wait(POLL_MS * (0.5 + host.random()), signal);
    }
  }

  async #turn(): Promise<void> {
    await this.#renew();
    await this.#sweep.run();
    while (!this.#options.signal.aborted && this.#state === "working") {
      const taken = await this.#takeOne();
      if (taken === undefined) return;
      this.#options.onTaken?.(taken);
      await startTaken(this.#context, taken);
    }
  }

  async #takeOne(): Promise<OperationRow | undefined> {
    const { catalog, background } = this.#context;
    // A task that has left its operation still counts while it cleans up.
    if (background.count >= this.#options.capacity) return undefined;
    return await takeNext(this.#context, {
      hasRoom: (operations) => countOf(this.#context.host, operations) < this.#options.capacity,
      isReachable: async ({ kind, volumeId }) => {
        const source = (await catalog.volumes.byId(volumeId ?? ""))?.source;
        const isEverywhere = source && isVolumeUrl(source) && !isLocal(source);
        return kind !== "backup" || !isEverywhere || (await this.#isReachable(source));
      },
    });
  }

  /** Whether the volume's server answers here. One that does not is left to other workers for a while. */
  async #isReachable(source: string): Promise<boolean> {
    const { host } = this.#context;
    const nowMs = host.clock.monotonicMs();
    if ((this.#unreachable.get(source) ?? nowMs) > nowMs) return false;
    try {
      await (await openSource(host, source)).close();
      this.#unreachable.delete(source);
      return true;
    } catch (error) {
      this.#unreachable.set(source, nowMs + UNREACHABLE_MS);
      host.warn?.(`leaving "${source}" to other workers: ${(error as Error).message}`);
      return false;
    }
  }

  async #renew(): Promise<void> {
    const { catalog, host } = this.#context;
    const nowMs = host.clock.monotonicMs();
    const isDue = nowMs - this.#renewedMs >= RENEW_MS;
    const { workers } = catalog;
    const state = await (isDue ? workers.renew(host.holder) : workers.stateOf(host.holder));
    if (state === "draining") this.#state = state;
    if (!isDue) return;
    // Without a row, it was taken for dead and removed.
    if (state === undefined) await this.#register();
    this.#renewedMs = nowMs;
  }

  async #register(): Promise<void> {
    const { catalog, host } = this.#context;
    const { version, capacity } = this.#options;
    await catalog.workers.add({ holder: host.holder, host: catalog.host ?? null, version, capacity });
  }
}
