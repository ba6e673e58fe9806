/** Prepares a batch: selects its volumes, opens the service for each policy, and decides the level of each backup. */
import type { BackupRow } from "../catalog/backups.js";
import { UsageError } from "../errors.js";
import type { Clock, FileSystem } from "../ports.js";
import type { Service } from "../service/service.js";
import { type Estimate, Estimates } from "./estimate.js";
import type { HookRunner } from "./hooks.js";
import { decideLevel, type LevelDecision } from "./level.js";
import type { BatchPlan, VolumePolicy } from "./plan.js";
import { type BatchUnit, type BatchVolume, selectVolumes } from "./select.js";

/** The service with the settings of a policy. */
export interface PolicyService {
  readonly service: Service;
  /** Canonical URL. */
  readonly repository: string;
  readonly compression: string;
  /** Bytes that one backup plans to take. */
  readonly memory: number;
}

/** What a batch needs of its surroundings. */
export interface BatchParts {
  readonly service: Service;
  /** @throws UsageError for an option that cannot be accepted */
  serviceFor(policy: VolumePolicy): Promise<PolicyService>;
  /** The service for copies to that repository, which is a URL or a path. */
  copiesTo(repository: string): Promise<PolicyService>;
  readonly hooks: HookRunner;
  readonly fileSystem: Pick<FileSystem, "list" | "status">;
  readonly clock: Clock;
  resolvePath(path: string): string;
}

export interface PreparedVolume extends BatchVolume {
  readonly target: PolicyService;
  readonly decision: LevelDecision;
  /** Bytes; 0 if not known. */
  readonly size: number;
  readonly estimate: Estimate | undefined;
}

export interface PreparedUnit extends Omit<BatchUnit, "volumes"> {
  readonly volumes: readonly PreparedVolume[];
}

export interface PrepareOptions {
  /** Paths beside those of the plan. */
  readonly paths?: readonly string[] | undefined;
}

/** @throws UsageError for a plan without volumes, or with an option that cannot be accepted */
export async function prepareBatch(
  parts: BatchParts,
  plan: BatchPlan,
  { paths = [] }: PrepareOptions = {},
): Promise<PreparedUnit[]> {
  const { service, fileSystem } = parts;
  const resolvePath = (path: string): string => parts.resolvePath(path);
  const volumes = await service.listVolumes();
  const units = await selectVolumes(plan, { fileSystem, volumes, paths, resolvePath });
  if (units.length === 0)
    throw new UsageError(
      `Cannot run plan "${plan.name}": it has no volumes; add some, or give paths with --stdin`,
    );
  const runs = await service.batchRuns();
  const preparation = new Preparation(parts, new Estimates(await runs.history(plan.name)));
  const prepared: PreparedUnit[] = [];
  for (const unit of units) {
    const members: PreparedVolume[] = [];
    for (const volume of unit.volumes) members.push(await preparation.prepare(volume));
    prepared.push({ ...unit, volumes: members });
  }
  return prepared;
}

type BackupsByVolume = ReadonlyMap<string, readonly BackupRow[]>;

class Preparation {
  readonly #parts: BatchParts;
  readonly #estimates: Estimates;
  /** By repository: one list for all of its volumes. */
  readonly #backups = new Map<string, Promise<BackupsByVolume>>();

  constructor(parts: BatchParts, estimates: Estimates) {
    this.#parts = parts;
    this.#estimates = estimates;
  }

  async prepare(volume: BatchVolume): Promise<PreparedVolume> {
    const { policy, known, source } = volume;
    const target = await this.#targetOf(volume);
    for (const repository of policy.copyTo) await this.#parts.copiesTo(repository);
    const backups = known === undefined ? [] : ((await this.#backupsIn(target)).get(known.id) ?? []);
    const decision = decideLevel(backups, policy.incremental);
    const estimate = this.#estimates.of(source, decision.isIncremental);
    return { ...volume, target, decision, estimate, size: await this.#sizeOf(volume) };
  }

  async #targetOf({ policy, place }: BatchVolume): Promise<PolicyService> {
    try {
      return await this.#parts.serviceFor(policy);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`Cannot use plan: ${place}: ${error.message}`, { cause: error });
    }
  }

  async #backupsIn({ service, repository }: PolicyService): Promise<BackupsByVolume> {
    let backups = this.#backups.get(repository);
    if (backups === undefined) {
      backups = listByVolume(service);
      this.#backups.set(repository, backups);
    }
    return await backups;
  }

  async #sizeOf({ known, source, fault }: BatchVolume): Promise<number> {
    if (known !== undefined || fault !== undefined) return known?.size ?? 0;
    return (await this.#parts.fileSystem.status(source).catch(() => undefined))?.size ?? 0;
  }
}

async function listByVolume(service: Service): Promise<BackupsByVolume> {
  const byVolume = new Map<string, BackupRow[]>();
  for (const { backup } of await service.listBackups({ inRepository: true, status: "available" })) {
    const backups = byVolume.get(backup.volumeId) ?? [];
    backups.push(backup);
    byVolume.set(backup.volumeId, backups);
  }
  return byVolume;
}
