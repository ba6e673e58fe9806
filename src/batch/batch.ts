/** A run of a batch: its parts, and the items that it works on. */
import type { BatchRunRow } from "../catalog/batch-runs.js";
import type { VolumeRow } from "../catalog/volumes.js";
import type { BatchRuns } from "../service/operations/batch-runs.js";
import type { Service } from "../service/service.js";
import type { HookRunner } from "./hooks.js";
import type { BatchItem, ItemStage } from "./item.js";
import type { BatchPlan } from "./plan.js";
import type { BatchParts, PolicyService, PreparedVolume } from "./prepare.js";

export interface BatchOptions {
  readonly plan: BatchPlan;
  readonly run: BatchRunRow;
  readonly runs: BatchRuns;
  readonly signal: AbortSignal;
  /** Units, and members of a group, at work at once. */
  readonly concurrency: number;
  /** Bytes of all volumes. */
  readonly size: number;
  /** Called when an item enters a stage. */
  onStage?(item: BatchItem): void;
  warn(text: string): void;
}

export class Batch {
  readonly plan: BatchPlan;
  readonly run: BatchRunRow;
  readonly runs: BatchRuns;
  readonly signal: AbortSignal;
  readonly concurrency: number;
  readonly size: number;
  readonly hooks: HookRunner;
  readonly #parts: BatchParts;
  readonly #options: BatchOptions;
  readonly #registered = new Map<string, Promise<VolumeRow>>();
  /** Registrations happen one after the other, because names must differ. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: BatchParts, options: BatchOptions) {
    this.#parts = parts;
    this.#options = options;
    const { plan, run, runs, signal, concurrency, size } = options;
    this.plan = plan;
    this.run = run;
    this.runs = runs;
    this.signal = signal;
    this.concurrency = concurrency;
    this.size = size;
    this.hooks = parts.hooks;
  }

  get service(): Service {
    return this.#parts.service;
  }

  copiesTo(repository: string): Promise<PolicyService> {
    return this.#parts.copiesTo(repository);
  }

  now(): Date {
    return this.#parts.clock.now();
  }

  nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }

  enter(item: BatchItem, stage: ItemStage): void {
    item.enter(stage, this.nowMs());
    this.tell(item);
  }

  tell(item: BatchItem): void {
    this.#options.onStage?.(item);
  }

  warn(text: string): void {
    this.#options.warn(text);
  }

  /** The volume's row, added if the volume is not registered: only a registered volume can have snapshots. */
  async register({ known, source }: PreparedVolume): Promise<VolumeRow> {
    if (known !== undefined) return known;
    let registered = this.#registered.get(source);
    if (registered === undefined) {
      registered = this.#turn.then(() => this.#createVolume(source));
      this.#turn = registered.catch(() => undefined);
      this.#registered.set(source, registered);
    }
    return await registered;
  }

  async #createVolume(source: string): Promise<VolumeRow> {
    const base = source.slice(source.lastIndexOf("/") + 1);
    const isTaken = (await this.service.listVolumes()).some(({ name, id }) => name === base || id === base);
    return await this.service.createVolume({ name: isTaken ? crypto.randomUUID() : base, source });
  }
}
