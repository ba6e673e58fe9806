/**
 * A damaged chain, opened for what can still be read of it.
 *
 *     a manifest that cannot be read     its link is left out: older links then provide older data, which the digest
 *                                        table of the newest backup tells apart, block by block
 *     a digest table that cannot be read the MD5s in the manifests decide, object by object; only above the newest gap
 *                                        in the chain, because below it an intact object may be out of date
 *     an object that cannot be read      found when it is read
 */
import { IntegrityError } from "../errors.js";
import { manifestName } from "../format/names.js";
import type { Hashes } from "../ports.js";
import { sideBySide } from "../side-by-side.js";
import { type Chain, checkParent } from "./chain.js";
import { orDamage } from "./damage.js";
import { inspectTable, type TableCondition } from "./damaged-table.js";
import { type ChainLink, readLink } from "./link.js";
import { type PartialPlan, planWanted, type Range, sizeOfVolume } from "./plan.js";
import { readAgain } from "./read-again.js";
import type { ReadingOptions, StoredBackup } from "./stored-backup.js";

/** A backup of the chain whose objects cannot be found, and why. */
export interface MissingBackup {
  readonly missing: IntegrityError;
}

export interface DamagedChainOptions extends ReadingOptions {
  /** Bytes of the newest backup's volume, if the catalog has them. */
  readonly volumeSize?: number | undefined;
}

/** A chain of the links whose manifests can be read; its plan leaves out what no link has. */
export interface DamagedChain {
  readonly chain: Chain;
  /** The backup to restore; its manifest may not be among the links. */
  readonly newest: StoredBackup;
  readonly table: TableCondition;
  /** Damage of manifests and digest tables, oldest first. */
  readonly findings: readonly IntegrityError[];
  /** Bytes of the volume that no link has. */
  readonly uncovered: readonly Range[];
  /** For each link, the damage due to which newer data may be missing; `undefined` if none is. */
  readonly outdatedBy: readonly (IntegrityError | undefined)[];
  /** Whether the MD5 of an object of the link proves blocks without a known digest. */
  readonly isProvenByMd5: readonly boolean[];
}

const LINKS_AT_ONCE = 8;

/**
 * Opens what is left of a chain.
 * @param backups the chain, oldest first
 * @throws IntegrityError when nothing of it can be restored
 */
export async function openDamagedChain(
  backups: readonly (StoredBackup | MissingBackup)[],
  hashes: Hashes,
  options: DamagedChainOptions,
): Promise<DamagedChain> {
  const newest = backups.at(-1)!;
  if ("missing" in newest) throw newest.missing;
  const [read, inspected] = await Promise.all([
    sideBySide(backups, LINKS_AT_ONCE, (backup) => readPosition(backup, hashes, options)),
    inspectTable(newest, hashes, options),
  ]);
  const joined = read.map((position, index) => checkBase(position, backups[index - 1]));
  const table = fitTable(inspected, joined, options);
  const { positions, planned } = planPositions(joined, table, options);
  const usable = positions.filter(hasLink);
  const damages = positions.flatMap(({ damage }) => damage ?? []);
  const findings = table.damage === undefined ? damages : [...damages, table.damage];
  if (planned.plan.objects.length === 0) throw findings.at(-1) ?? nothingLeft(newest);
  const outdatedBy = usable.map((position) => gapAbove(positions, position));
  return {
    chain: { links: usable.map(({ link }) => link), plan: planned.plan, unlisted: [] },
    newest,
    table,
    findings,
    uncovered: planned.uncovered,
    outdatedBy,
    isProvenByMd5: usable.map(
      ({ link, damage }, index) =>
        !table.isProven &&
        damage === undefined &&
        link.backup.manifestSha256 !== undefined &&
        outdatedBy[index] === undefined,
    ),
  };
}

/** One backup of the chain: its manifest, if it can be read, and what is wrong with it. */
interface Position {
  readonly link: ChainLink | undefined;
  readonly damage: IntegrityError | undefined;
}

interface ReadablePosition extends Position {
  readonly link: ChainLink;
}

function hasLink(position: Position): position is ReadablePosition {
  return position.link !== undefined;
}

async function readPosition(
  backup: StoredBackup | MissingBackup,
  hashes: Hashes,
  { signal }: ReadingOptions,
): Promise<Position> {
  if ("missing" in backup) return { link: undefined, damage: backup.missing };
  const location = { backupId: backup.backupId, objectName: manifestName(backup.prefix) };
  const strict = await orDamage(location, () =>
    readAgain([backup.sink], () => readLink(backup, hashes, { signal })),
  );
  if ("value" in strict) return { link: strict.value, damage: undefined };
  const lenient = await orDamage(location, () =>
    readLink(backup, hashes, { signal, onWrongBytes: () => {} }),
  );
  return { link: "value" in lenient ? lenient.value : undefined, damage: strict.damage };
}

/** Notes a manifest that names another parent than the catalog: everything below may be out of date. */
function checkBase(position: Position, base: StoredBackup | MissingBackup | undefined): Position {
  const { link, damage } = position;
  if (link === undefined || damage !== undefined) return position;
  if (base !== undefined && "missing" in base) return position;
  try {
    checkParent(link, base);
    return position;
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    return { link, damage: error };
  }
}

/** Discards a table that is not proven and does not fit the volume: a byte of its header may be wrong. */
function fitTable(
  table: TableCondition,
  positions: readonly Position[],
  { volumeSize }: DamagedChainOptions,
): TableCondition {
  const { header, isWhole, isProven, knownCount } = table;
  if (isProven || header === undefined) return table;
  const { blockSize } = header;
  const objects = positions.flatMap(({ link }) => link?.manifest.objects ?? []);
  const isOnBoundaries = objects.every(({ offset }) => offset % blockSize === 0);
  const blockCount = volumeSize === undefined ? knownCount : Math.ceil(volumeSize / blockSize);
  const fits = isOnBoundaries && (isWhole ? knownCount === blockCount : knownCount <= blockCount);
  return fits ? table : { ...table, header: undefined, knownCount: 0, isWhole: false };
}

/** The newest damage above a position that may have hidden newer data. A manifest with a wrong byte may, too. */
function gapAbove(positions: readonly Position[], position: Position): IntegrityError | undefined {
  return positions.slice(positions.indexOf(position) + 1).findLast(({ damage }) => damage !== undefined)
    ?.damage;
}

interface Planned {
  readonly plan: Chain["plan"];
  readonly uncovered: readonly Range[];
}

/** Plans with all links whose objects make sense; the others become unreadable. */
function planPositions(
  read: readonly Position[],
  table: TableCondition,
  options: DamagedChainOptions,
): { readonly positions: readonly Position[]; readonly planned: Planned } {
  let positions = read;
  for (;;) {
    const links = positions.flatMap(({ link }) => link ?? []);
    try {
      return { positions, planned: planLinks(links, table, options) };
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      const wrong = positions.findIndex(({ link }) => link?.backup.backupId === error.location.backupId);
      if (wrong < 0) throw error;
      positions = positions.with(wrong, { link: undefined, damage: positions[wrong]!.damage ?? error });
    }
  }
}

function planLinks(
  links: readonly ChainLink[],
  table: TableCondition,
  options: DamagedChainOptions,
): Planned {
  const layers = links.map(({ backup, manifest }) => ({
    backupId: backup.backupId,
    objects: manifest.objects,
  }));
  const blockSize = table.header?.blockSize ?? commonBlockSize(links);
  const volumeSize = volumeSizeOf(links, table, { ...options, blockSize });
  const shape = { blockSize, blockCount: Math.ceil(volumeSize / blockSize) };
  const wanted = [{ offset: 0, length: volumeSize, below: links.length }];
  const { objects, uncovered }: PartialPlan = planWanted(layers, { blockSize, volumeSize }, wanted);
  return { plan: { volumeSize, shape, objects }, uncovered };
}

/** A block size that fits all objects, for a volume without a digest table; blocks are then not compared at all. */
function commonBlockSize(links: readonly ChainLink[]): number {
  const offsets = links.flatMap(({ manifest }) => manifest.objects.map(({ offset }) => offset));
  return offsets.reduce(greatestCommonDivisor, 32 * 1024);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function volumeSizeOf(
  links: readonly ChainLink[],
  { isWhole, knownCount }: TableCondition,
  { volumeSize, blockSize }: DamagedChainOptions & { readonly blockSize: number },
): number {
  const isKnown = volumeSize !== undefined && (!isWhole || Math.ceil(volumeSize / blockSize) === knownCount);
  if (isKnown) return volumeSize;
  const layers = links.map(({ backup: { backupId }, manifest: { objects } }) => ({ backupId, objects }));
  const ends = layers.flatMap(({ objects }) => objects.map(({ offset, length }) => offset + length));
  const end = ends.reduce((a, b) => Math.max(a, b), 0);
  if (!isWhole) return end;
  const blockCount = knownCount;
  const hasLast = end > (blockCount - 1) * blockSize;
  return hasLast ? sizeOfVolume(layers, { blockSize, blockCount }) : blockCount * blockSize;
}

function nothingLeft({ backupId }: StoredBackup): IntegrityError {
  return new IntegrityError("Cannot restore: no backup of the chain has data that can be read", { backupId });
}
