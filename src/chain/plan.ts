/**
 * The restore plan, which maps each byte of the volume to a stored object.
 *
 * The links of a chain are stacked, the newest on top, and every byte of the volume is taken from the topmost link
 * that has it. So each byte is written once, each needed object is read once, and an object that newer links cover
 * completely is not read at all:
 *
 *     uncovered = [0, volume size)
 *     for each link, newest first: for each object: take object ∩ uncovered, and remove it from uncovered
 *     ranges still uncovered after the full backup are missing
 *
 * A pure function from manifests to ranges.
 */
import { type DamageLocation, IntegrityError } from "../errors.js";
import type { ManifestObject } from "../format/manifest.js";

/** Bytes `[offset, offset + length)` of the volume. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** The fields of one backup of a chain that planning needs. */
export interface PlanLayer {
  readonly backupId: string;
  readonly objects: readonly ManifestObject[];
}

/** The volume's blocks, from the newest link's digest table. */
export interface VolumeShape {
  readonly blockSize: number;
  readonly blockCount: number;
}

/** An object to read, and the parts of it that belong to the restored volume. */
export interface PlannedObject {
  /** Index into the chain, oldest first. */
  readonly linkIndex: number;
  readonly object: ManifestObject;
  /** Ascending, disjoint, never empty, inside the object. */
  readonly ranges: readonly Range[];
}

/** The objects that a restore reads, each once, with the ranges that no newer link has. */
export interface RestorePlan {
  /** Bytes. */
  readonly volumeSize: number;
  readonly shape: VolumeShape;
  /** Ascending by the object's offset. */
  readonly objects: readonly PlannedObject[];
}

/**
 * @param links the chain, oldest (the full backup) first
 * @throws IntegrityError if objects overlap within a link, are not on block boundaries, or leave a gap
 */
export function planRestore(links: readonly PlanLayer[], shape: VolumeShape): RestorePlan {
  const { blockSize } = shape;
  const volumeSize = sizeOfVolume(links, shape);
  const objects: PlannedObject[] = [];
  let uncovered: Range[] = [{ offset: 0, length: volumeSize }];
  for (let linkIndex = links.length - 1; linkIndex >= 0; linkIndex--) {
    const link = links[linkIndex]!;
    const sorted = sortObjects(link, blockSize);
    const taken = takeFrom(uncovered, sorted);
    uncovered = taken.uncovered;
    const { backupId } = link;
    for (const { object, ranges } of plannedOf(sorted, taken)) {
      for (const range of ranges)
        checkWholeBlocks(range, { blockSize, volumeSize, backupId, objectName: object.name });
      objects.push({ linkIndex, object, ranges });
    }
  }
  const [gap] = uncovered;
  if (gap !== undefined) {
    throw new IntegrityError(
      `Cannot restore: no backup of the chain has the ${gap.length} bytes from here on`,
      {
        backupId: links.at(-1)?.backupId,
        offset: gap.offset,
      },
    );
  }
  return { volumeSize, shape, objects: objects.sort(byOffset) };
}

/** Bytes of the volume to be taken from the links before index `below`. */
export interface WantedRange extends Range {
  readonly below: number;
}

/** The objects that have wanted bytes, and the wanted bytes that no link has. */
export interface PartialPlan {
  readonly objects: readonly PlannedObject[];
  readonly uncovered: readonly Range[];
}

/**
 * Plans a restore of parts of a damaged chain. It takes whole blocks only, so that each can be compared with its digest.
 * @param wanted disjoint ranges of whole blocks
 * @throws IntegrityError if objects overlap within a link or are not on block boundaries
 */
export function planWanted(
  links: readonly PlanLayer[],
  { blockSize, volumeSize }: { readonly blockSize: number; readonly volumeSize: number },
  wanted: readonly WantedRange[],
): PartialPlan {
  const objects: PlannedObject[] = [];
  let uncovered: readonly Range[] = [];
  for (let linkIndex = links.length - 1; linkIndex >= 0; linkIndex--) {
    const more = wanted.filter(({ below }) => below === linkIndex + 1);
    const asked = more.length === 0 ? uncovered : [...uncovered, ...more].sort((a, b) => a.offset - b.offset);
    const inside = sortObjects(links[linkIndex]!, blockSize).filter(({ offset }) => offset < volumeSize);
    const claims = inside.map((object) => wholeBlocksOf(object, blockSize, volumeSize));
    const sorted = inside.filter((_, index) => claims[index]!.length > 0);
    const taken = takeFrom(
      asked,
      claims.filter(({ length }) => length > 0),
    );
    uncovered = taken.uncovered;
    for (const planned of plannedOf(sorted, taken)) objects.push({ linkIndex, ...planned });
  }
  return { objects: objects.sort(byOffset), uncovered };
}

/** The part of an object that is whole blocks of the volume; the volume's last block may be short. */
function wholeBlocksOf(object: Range, blockSize: number, volumeSize: number): Range {
  const end = endOf(object);
  const wholeEnd = end >= volumeSize ? volumeSize : end - (end % blockSize);
  return { offset: object.offset, length: Math.max(0, wholeEnd - object.offset) };
}

function plannedOf(
  objects: readonly ManifestObject[],
  { ranges }: Taken,
): readonly Pick<PlannedObject, "object" | "ranges">[] {
  return objects
    .map((object, index) => ({ object, ranges: ranges[index]! }))
    .filter(({ ranges }) => ranges.length > 0);
}

function byOffset(a: PlannedObject, b: PlannedObject): number {
  return a.object.offset - b.object.offset || b.linkIndex - a.linkIndex;
}

/**
 * Bytes of the volume at the newest link. The format does not record them, and the last block may be short. Its length
 * follows from the newest object that contains it: a block whose length changed has another digest, so it was stored
 * again.
 */
export function sizeOfVolume(links: readonly PlanLayer[], { blockSize, blockCount }: VolumeShape): number {
  const backupId = links.at(-1)?.backupId;
  if (blockCount === 0) throw new IntegrityError("Cannot restore: the digest table is empty", { backupId });
  const lastBlockOffset = (blockCount - 1) * blockSize;
  for (let index = links.length - 1; index >= 0; index--) {
    const link = links[index]!;
    // An older link with more blocks has this one in full length; if it is short now, a newer link has it.
    const end = endOfBlock(link, lastBlockOffset, blockSize);
    if (end !== undefined) return end;
  }
  throw new IntegrityError("Cannot restore: no backup of the chain has the volume's last block", {
    backupId,
    blockIndex: blockCount - 1,
  });
}

function endOfBlock(link: PlanLayer, blockOffset: number, blockSize: number): number | undefined {
  for (const { offset, length } of link.objects) {
    if (offset <= blockOffset && blockOffset < offset + length) {
      return Math.min(offset + length, blockOffset + blockSize);
    }
  }
  return undefined;
}

function sortObjects(link: PlanLayer, blockSize: number): ManifestObject[] {
  const sorted = [...link.objects].sort((a, b) => a.offset - b.offset);
  sorted.forEach((object, index) => {
    const location = { backupId: link.backupId, objectName: object.name, offset: object.offset };
    const end = object.offset + object.length;
    const next = sorted[index + 1];
    if (next !== undefined && end > next.offset) {
      throw new IntegrityError(`Cannot restore: object overlaps "${next.name}"`, location);
    }
    // Only the volume's last block may be short, so no object may follow it.
    if (object.offset % blockSize !== 0 || (end % blockSize !== 0 && next !== undefined)) {
      throw notOnBoundaries(blockSize, location);
    }
  });
  return sorted;
}

/** Checks a range of the plan: a link's last object must not end inside a block that another link continues. */
function checkWholeBlocks(
  { offset, length }: Range,
  location: {
    readonly blockSize: number;
    readonly volumeSize: number;
    readonly backupId: string;
    readonly objectName: string;
  },
): void {
  const { blockSize, volumeSize, backupId, objectName } = location;
  const end = offset + length;
  if (offset % blockSize === 0 && (end % blockSize === 0 || end === volumeSize)) return;
  throw notOnBoundaries(blockSize, { backupId, objectName, offset });
}

function notOnBoundaries(blockSize: number, location: DamageLocation): IntegrityError {
  return new IntegrityError(`Cannot restore: object is not on boundaries of ${blockSize} bytes`, location);
}

interface Taken {
  /** The ranges taken of each object, in the order of the objects. */
  readonly ranges: Range[][];
  readonly uncovered: Range[];
}

/** Takes each object's part of `uncovered`. Both lists are ascending and disjoint, so one pass is enough. */
function takeFrom(uncovered: readonly Range[], objects: readonly Range[]): Taken {
  const ranges: Range[][] = objects.map(() => []);
  const left: Range[] = [];
  let first = 0;
  for (const range of uncovered) {
    const rangeEnd = range.offset + range.length;
    while (first < objects.length && endOf(objects[first]!) <= range.offset) first++;
    let at = range.offset;
    for (let index = first; index < objects.length && objects[index]!.offset < rangeEnd; index++) {
      const object = objects[index]!;
      const from = Math.max(at, object.offset);
      const to = Math.min(rangeEnd, endOf(object));
      if (from > at) left.push({ offset: at, length: from - at });
      ranges[index]!.push({ offset: from, length: to - from });
      at = to;
    }
    if (at < rangeEnd) left.push({ offset: at, length: rangeEnd - at });
  }
  return { ranges, uncovered: left };
}

function endOf(range: Range): number {
  return range.offset + range.length;
}
