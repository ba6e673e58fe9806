/**
 * The lock of a consolidated backup: nothing that is locked changes, and the new objects are locked for as long as the
 * replaced ones, and as all backups that are based on them.
 */
import type { BackupRow } from "../../catalog/backups.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { ServiceContext } from "../context.js";
import { changeOf, combined, fieldsOf, type LockFields, storedLock } from "../repositories/locks.js";
import { lockManifest, lockObjects } from "./apply-locks.js";

export interface ConsolidationTarget {
  readonly sink: ObjectSink;
  /** Of the new objects. */
  readonly prefix: string;
  /** Of the backup. */
  readonly id: string;
}

export class ConsolidationLock {
  readonly #context: ServiceContext;
  readonly #target: ConsolidationTarget;
  #names: readonly string[] = [];
  #applied: LockFields | undefined;

  constructor(context: ServiceContext, target: ConsolidationTarget) {
    this.#context = context;
    this.#target = target;
  }

  /** Locks all new objects but the manifest. */
  async lockObjects(names: readonly string[]): Promise<void> {
    this.#names = names;
    const backup = await this.#context.catalog.backups.find(this.#target.id);
    const { container, serviceMetadata } = backup;
    const { sink, prefix } = this.#target;
    const stored = fieldsOf(await storedLock(sink, container!, serviceMetadata!));
    this.#applied = combined([stored, await this.#recorded(backup)]);
    const change = changeOf(this.#applied);
    if (change !== undefined) await lockObjects(sink, { container: container!, prefix }, names, change);
  }

  async lockManifest(): Promise<void> {
    const change = this.#applied && changeOf(this.#applied);
    const { container } = await this.#context.catalog.backups.find(this.#target.id);
    const { sink, prefix } = this.#target;
    if (change !== undefined) await lockManifest(sink, { container: container!, prefix }, change);
  }

  /** Extends the lock to that of incrementals that have begun since; called when the catalog has the new prefix. */
  async repeat(): Promise<void> {
    const backup = await this.#context.catalog.backups.byId(this.#target.id);
    if (backup === undefined || this.#applied === undefined) return;
    const wanted = combined([this.#applied, await this.#recorded(backup)]);
    const isMore = wanted.lockedUntil?.getTime() !== this.#applied.lockedUntil?.getTime();
    if (!isMore && wanted.isHeld === this.#applied.isHeld) return;
    this.#applied = wanted;
    const change = changeOf(wanted);
    const { sink, prefix } = this.#target;
    const { container } = backup;
    if (change !== undefined) await lockObjects(sink, { container: container!, prefix }, this.#names, change);
    await this.lockManifest();
  }

  /** The locks in the catalog of the backup and of all that are based on it. */
  async #recorded(backup: BackupRow): Promise<LockFields> {
    const { backups } = this.#context.catalog;
    const found = new Map([[backup.id, backup]]);
    for (const { id } of found.values())
      for (const dependent of await backups.dependentsOf(id)) found.set(dependent.id, dependent);
    return combined([...found.values()]);
  }
}
