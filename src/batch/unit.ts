/**
 * One unit: a volume, or a group that is frozen at one moment.
 *
 *     before hooks: the group's, then each member's
 *     snapshots of all members; after hooks: in reverse
 *     backups of the snapshots
 *
 * Without snapshots, the after hooks follow the backups. Every after hook is armed before the before hook of its pair
 * runs, and runs in any case: after a failure, a time-out, a stop, and when this process is killed.
 */
import { type AshlarError, isAshlarError, StorageError } from "../errors.js";
import { sideBySide } from "../side-by-side.js";
import type { Batch } from "./batch.js";
import type { ArmedHook, Hook } from "./hooks.js";
import type { BatchItem } from "./item.js";
import type { PreparedUnit } from "./prepare.js";
import { backUp, fail, finish } from "./steps.js";

/** A unit with the items of its volumes. */
export interface RunningUnit {
  readonly unit: PreparedUnit;
  readonly items: readonly BatchItem[];
}

/** Runs the unit's steps. Failures end items and are not thrown. */
export async function runUnit(batch: Batch, running: RunningUnit): Promise<void> {
  const faulty = running.items.filter(({ volume }) => volume.fault !== undefined);
  for (const item of faulty)
    await fail(batch, item, new StorageError(item.volume.fault!, { call: "select" }));
  // The members of a group belong together: without one of them, the others are no consistent whole.
  const isBroken = running.unit.name !== undefined && faulty.length > 0;
  const items = running.items.filter(({ hasEnded }) => !hasEnded);
  if (isBroken) return await failAll(batch, items, brokenGroup(running.unit.name!));
  if (items.length === 0) return;
  const left = items.filter(({ backupId }) => backupId === null);
  const thawFailure = left.length === 0 ? undefined : await backUpFrozen(batch, { ...running, items: left });
  if (thawFailure !== undefined) return await failAll(batch, items, thawFailure);
  await sideBySide(items, batch.concurrency, (item) => finish(batch, item));
}

function brokenGroup(name: string): StorageError {
  return new StorageError(`another volume of group "${name}" cannot be backed up`, { call: "freeze" });
}

async function failAll(batch: Batch, items: readonly BatchItem[], error: unknown): Promise<void> {
  for (const item of items) await fail(batch, item, error);
}

/** Resolves to the failure of an after hook. */
async function backUpFrozen(batch: Batch, running: RunningUnit): Promise<AshlarError | undefined> {
  const freeze = new Freeze(batch, running);
  try {
    const snapshots = await freeze.begin();
    await sideBySide(running.items, batch.concurrency, (item) => backUp(batch, item, snapshots.get(item)));
  } catch (error) {
    await failAll(batch, running.items, error);
  }
  return await freeze.end();
}

class Freeze {
  readonly #batch: Batch;
  readonly #running: RunningUnit;
  /** Armed after hooks, in the order of their before hooks. */
  readonly #armed: ArmedHook[] = [];
  /** Ids by item. */
  readonly #snapshots = new Map<BatchItem, string>();
  #thawFailure: AshlarError | undefined;

  constructor(batch: Batch, running: RunningUnit) {
    this.#batch = batch;
    this.#running = running;
  }

  /** Freezes the members. Resolves to their snapshots; without any, they stay frozen until `end`. */
  async begin(): Promise<ReadonlyMap<BatchItem, string>> {
    const { unit, items } = this.#running;
    const hasHooks = [unit, ...items.map(({ volume }) => volume.policy)].some(
      ({ before, after }) => before !== undefined || after !== undefined,
    );
    if (!hasHooks && unit.snapshot === "none") return this.#snapshots;
    for (const item of items) this.#batch.enter(item, "freezing");
    await this.#hooksOf(unit, { ASHLAR_GROUP: unit.name ?? "" });
    for (const { volume } of items)
      await this.#hooksOf(volume.policy, { ASHLAR_GROUP: unit.name ?? "", ASHLAR_VOLUME: volume.source });
    if (unit.snapshot !== "none" && (await this.#takeSnapshots())) await this.#thaw();
    return this.#snapshots;
  }

  /** Thaws what is still frozen and removes snapshots that no backup has removed. */
  async end(): Promise<AshlarError | undefined> {
    await this.#thaw();
    await this.#removeSnapshots();
    return this.#thawFailure;
  }

  async #hooksOf(
    { before, after }: { readonly before?: Hook | undefined; readonly after?: Hook | undefined },
    names: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { hooks, plan, run, signal } = this.#batch;
    const environment = { ASHLAR_PLAN: plan.name, ASHLAR_RUN: run.id, ...names };
    if (after !== undefined)
      this.#armed.push(await hooks.arm({ ...after, environment: { ...environment, ASHLAR_HOOK: "after" } }));
    if (before === undefined) return;
    const { failure } = await hooks.run(
      { ...before, environment: { ...environment, ASHLAR_HOOK: "before" } },
      { signal, armed: this.#armed },
    );
    signal.throwIfAborted();
    if (failure !== undefined)
      throw new StorageError(`Cannot freeze: the before hook failed: ${failure}`, { call: "freeze" });
  }

  /** Resolves to whether there are snapshots of all members. */
  async #takeSnapshots(): Promise<boolean> {
    const { unit, items } = this.#running;
    try {
      for (const { volume } of items) await this.#batch.register(volume);
      await sideBySide(items, items.length, async (item) => {
        const { id } = await this.#batch.service.createSnapshot({
          volume: (await this.#batch.register(item.volume)).id,
          temporary: true,
        });
        this.#snapshots.set(item, id);
      });
      return true;
    } catch (error) {
      await this.#removeSnapshots();
      if (unit.snapshot === "required" || !isAshlarError(error)) throw error;
      return false;
    }
  }

  async #removeSnapshots(): Promise<void> {
    for (const [item, id] of this.#snapshots) {
      this.#snapshots.delete(item);
      await this.#batch.service.deleteSnapshot(id).catch((error: unknown) => {
        // Backups remove the snapshots that they were made of. Any other rest is removed by the next start.
        if (!isAshlarError(error, "not-found")) this.#batch.warn((error as Error).message);
      });
    }
  }

  async #thaw(): Promise<void> {
    for (let hook = this.#armed.pop(); hook !== undefined; hook = this.#armed.pop()) {
      const { failure } = await hook.run();
      if (failure !== undefined)
        this.#thawFailure ??= new StorageError(`Cannot thaw: the after hook failed: ${failure}`, {
          call: "thaw",
        });
    }
  }
}
