/** Arranges backups for the picture and the tables: by volume, and by chain. */
import type { ChainLink } from "../api/views/dashboard.js";
import { timeOf } from "./texts.js";

export interface VolumeBackups {
  readonly id: string;
  readonly name: string | null;
  /** The newest first. */
  readonly backups: readonly ChainLink[];
}

export interface Filter {
  readonly text: string;
  readonly status: string;
}

/** Backups by volume, the volume with the newest backup first. */
export function byVolume(backups: readonly ChainLink[]): readonly VolumeBackups[] {
  const groups = new Map<string, ChainLink[]>();
  for (const backup of backups) {
    const group = groups.get(backup.volume_id);
    if (group === undefined) groups.set(backup.volume_id, [backup]);
    else group.push(backup);
  }
  return [...groups].map(([id, group]) => ({ id, name: group[0]!.volume_name, backups: group }));
}

export function matches({ id, name, volume_id, volume_name, status }: ChainLink, filter: Filter): boolean {
  if (filter.status !== "" && status !== filter.status) return false;
  const wanted = filter.text.trim().toLowerCase();
  if (wanted === "") return true;
  const isIn = (text: string | null): boolean => text?.toLowerCase().includes(wanted) ?? false;
  return id.startsWith(wanted) || volume_id.startsWith(wanted) || isIn(name) || isIn(volume_name);
}

/** A backup's place in the picture. */
export interface Point {
  readonly backup: ChainLink;
  readonly x: number;
  /** 0 for the first line of the picture. */
  readonly lane: number;
}

/** Pixels between two marks. */
const GAP = 18;
const MARGIN = 10;

/**
 * Places the newest backups of a volume over time. Marks that would cover each other are moved apart. Chains that
 * overlap in time get lanes of their own.
 * @returns in the order of time; as many as there is room for
 */
export function placePoints(backups: readonly ChainLink[], width: number): readonly Point[] {
  const room = Math.max(1, Math.floor((width - 2 * MARGIN) / GAP));
  const shown = backups.slice(0, room).reverse();
  const times = shown.map(({ created_at }) => timeOf(created_at).getTime());
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const scale = last > first ? (width - 2 * MARGIN) / (last - first) : 0;
  const xs: number[] = [];
  times.forEach((time, i) => {
    xs.push(Math.max(MARGIN + (time - first) * scale, i === 0 ? 0 : xs[i - 1]! + GAP));
  });
  for (let i = xs.length - 1, limit = width - MARGIN; i >= 0 && xs[i]! > limit; i--, limit -= GAP)
    xs[i] = limit;
  const lanes = lanesOf(shown);
  return shown.map((backup, i) => ({ backup, x: xs[i]!, lane: lanes.get(backup.id)! }));
}

/** Number of chains among backups: each begins with one whose parent is not among them. */
export function chainCount(backups: readonly ChainLink[]): number {
  const ids = new Set(backups.map(({ id }) => id));
  return backups.filter(({ parent_id }) => parent_id === null || !ids.has(parent_id)).length;
}

/** @param shown in the order of time */
function lanesOf(shown: readonly ChainLink[]): ReadonlyMap<string, number> {
  const roots = new Map<string, string>();
  const lastOf = new Map<string, number>();
  shown.forEach(({ id, parent_id }, i) => {
    const root = (parent_id === null ? undefined : roots.get(parent_id)) ?? id;
    roots.set(id, root);
    lastOf.set(root, i);
  });
  const ends: number[] = [];
  const lanes = new Map<string, number>();
  shown.forEach(({ id }, i) => {
    const root = roots.get(id)!;
    if (root === id) {
      const free = ends.findIndex((end) => end < i);
      const lane = free === -1 ? ends.length : free;
      ends[lane] = lastOf.get(root)!;
      lanes.set(id, lane);
    } else lanes.set(id, lanes.get(root)!);
  });
  return lanes;
}
