/**
 * Writing under a lease. A process that was suspended for longer than its lease, and then continues, may have been
 * taken for dead: others may be writing to the same volume by then. So before every write the lease must be fresh, or
 * be confirmed in the catalog.
 *
 * Between that check and the write the process can still be suspended. Hosts whose processes hold a lock while they
 * exist, as on Node, exclude that too: no process takes a suspended one for dead.
 */
import type { CatalogTables } from "../../catalog/catalog.js";
import { LeaseLostError } from "../../errors.js";
import { SinkLayer } from "../../sinks/layers/layer.js";
import type { LockChange } from "../../sinks/lock.js";
import type { CreateOptions, ObjectSink, ObjectWriter } from "../../sinks/sink.js";
import type { VolumeTarget } from "../../sources/volume.js";
import type { RunningOperation } from "./running-operation.js";

type Fence = Pick<RunningOperation, "fence">;

/** A target that takes writes only while the operation's lease holds. */
export function fencedTarget(target: VolumeTarget, operation: Fence): VolumeTarget {
  return {
    get size() {
      return target.size;
    },
    get isZeroed() {
      return target.isZeroed;
    },
    async write(bytes, offset) {
      await operation.fence();
      await target.write(bytes, offset);
    },
    async sync() {
      await operation.fence();
      await target.sync();
    },
    close: () => target.close(),
  };
}

/** A sink that stores only while the operation's lease holds. Stored objects can be removed at any time. */
export class FencedSink extends SinkLayer {
  readonly #operation: Fence;

  constructor(inner: ObjectSink, operation: Fence) {
    super(inner);
    this.#operation = operation;
  }

  override async createContainer(container: string): Promise<void> {
    await this.#operation.fence();
    await this.inner.createContainer(container);
  }

  override async lock(container: string, name: string, change: LockChange): Promise<void> {
    await this.#operation.fence();
    await this.inner.lock(container, name, change);
  }

  override async create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter> {
    await this.#operation.fence();
    const writer = await this.inner.create(container, name, options);
    const operation = this.#operation;
    return {
      async write(bytes) {
        await operation.fence();
        await writer.write(bytes);
      },
      async close() {
        await operation.fence();
        await writer.close();
      },
      abort: () => writer.abort(),
    };
  }
}

/**
 * Checks an operation's number in the transaction that changes rows on its behalf. Numbers are never reused, so no
 * later operation of any process is taken for this one.
 * @param what the refused change, e.g. `complete backup …`
 * @throws LeaseLostError when the lease was lost
 */
export async function requireLease(
  { operations }: Pick<CatalogTables, "operations">,
  { number }: Pick<RunningOperation, "number">,
  what: string,
): Promise<void> {
  if (await operations.isHeld(number)) return;
  throw new LeaseLostError(
    `Cannot ${what}: the lease of operation ${number} was lost, and another process cleaned up after it`,
  );
}
