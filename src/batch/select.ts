/** Turns the selectors of a plan into volumes, each of them once. */
import type { VolumeRow } from "../catalog/volumes.js";
import type { FileSystem } from "../ports.js";
import { isVolumeUrl } from "../sources/open.js";
import { expandGlob } from "./glob.js";
import type { BatchPlan, PlanGroup, PlanVolume, Selector, VolumePolicy } from "./plan.js";

/** A volume of a batch. */
export interface BatchVolume {
  /** Absolute path of its file or device; of a selector that found nothing, its text. */
  readonly source: string;
  /** The volume's row if it is registered. */
  readonly known: VolumeRow | undefined;
  readonly policy: VolumePolicy;
  /** Where the plan names it. */
  readonly place: string;
  /** Why it cannot be backed up. */
  readonly fault?: string | undefined;
}

/** Volumes that are frozen at one moment, or a single volume. */
export interface BatchUnit extends Omit<PlanGroup, "volumes"> {
  readonly volumes: readonly BatchVolume[];
}

export interface SelectOptions {
  readonly fileSystem: Pick<FileSystem, "list" | "status">;
  /** The registered volumes. */
  readonly volumes: readonly VolumeRow[];
  /** Paths beside those of the plan, with the plan's defaults. */
  readonly paths: readonly string[];
  resolvePath(path: string): string;
}

/**
 * The first selector that names a volume decides how it is backed up, so special cases come before globs. A selector
 * that finds nothing becomes a volume with a fault: a directory that is not mounted must not pass for an empty one.
 */
export async function selectVolumes(plan: BatchPlan, options: SelectOptions): Promise<BatchUnit[]> {
  const selection = new Selection(options);
  const units: BatchUnit[] = [];
  for (const group of plan.groups) {
    const volumes: BatchVolume[] = [];
    for (const volume of group.volumes) volumes.push(...(await selection.find(volume)));
    if (group.name !== undefined && volumes.length > 0) units.push({ ...group, volumes });
    if (group.name === undefined) units.push(...volumes.map(alone));
  }
  for (const path of options.paths) {
    const selector: Selector = { kind: "path", text: path, exclude: [], place: "standard input" };
    units.push(...(await selection.find({ selector, policy: plan.defaults })).map(alone));
  }
  return units;
}

function alone(volume: BatchVolume): BatchUnit {
  return { name: undefined, snapshot: volume.policy.snapshot, volumes: [volume] };
}

class Selection {
  readonly #options: SelectOptions;
  readonly #bySource: ReadonlyMap<string, VolumeRow>;
  readonly #seen = new Set<string>();

  constructor(options: SelectOptions) {
    this.#options = options;
    this.#bySource = new Map(
      options.volumes.flatMap((volume) => (volume.source === null ? [] : [[volume.source, volume]])),
    );
  }

  async find({ selector, policy }: PlanVolume): Promise<BatchVolume[]> {
    const found = await this.#matches(selector);
    return found
      .filter(({ source }) => !this.#seen.has(source) && this.#seen.add(source))
      .map((volume) => ({ ...volume, policy, place: selector.place }));
  }

  async #matches(selector: Selector): Promise<Pick<BatchVolume, "source" | "known" | "fault">[]> {
    const { kind, text, exclude } = selector;
    const { resolvePath, fileSystem } = this.#options;
    if (kind === "volume") return [this.#named(text)];
    if (kind === "path") return [this.#at(isVolumeUrl(text) ? text : resolvePath(text))];
    const excluded = exclude.map((pattern) => (pattern.includes("/") ? resolvePath(pattern) : pattern));
    const paths = await expandGlob(fileSystem, resolvePath(text), excluded);
    if (paths.length > 0) return paths.map((path) => this.#at(path));
    return [{ source: text, known: undefined, fault: `no file or device matches "${text}"` }];
  }

  #at(path: string): Pick<BatchVolume, "source" | "known"> {
    return { source: path, known: this.#bySource.get(path) };
  }

  #named(given: string): Pick<BatchVolume, "source" | "known" | "fault"> {
    const { volumes } = this.#options;
    const [known, ...others] = volumes.filter(({ id, name }) => id === given || name === given);
    const fault =
      known === undefined
        ? `no volume with a name or ID of "${given}" exists`
        : others.length > 0
          ? `more than one volume has the name "${given}"`
          : known.source === null
            ? `volume "${given}" is known from its backups only`
            : undefined;
    return { source: known?.source ?? given, known, fault };
  }
}
