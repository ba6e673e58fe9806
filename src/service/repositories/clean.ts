/**
 * Finds and removes what no backup owns: objects and unfinished uploads left by processes that died, by aborted
 * uploads, or by lost catalogs.
 *
 * Something is left over when all of this holds:
 *     its name is that of a backup's object, so nothing else can own it
 *     there is no manifest under its prefix (a manifest that the catalog does not know is another catalog's backup), or
 *       there is nothing but the manifest, which is useless without its digest table: a store may complete a put that
 *       was sent before the backup was cancelled and its objects were deleted
 *     no row of the catalog names its prefix, not even as a spare prefix
 *     none of its objects is locked
 *     everything under the prefix is older than the guard, so that it is not part of a backup that another catalog is
 *       creating
 *
 * The catalog is read after the store was listed. A backup gets its row before its first object, so every listed object
 * of a backup that this catalog is creating has a row by then.
 */
import { UsageError } from "../../errors.js";
import { digestTableName, manifestName, ownerOf } from "../../format/names.js";
import { throwIfCancelled } from "../../pipeline/run/run.js";
import { removeObjects } from "../../pipeline/stages/discard.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { ServiceContext } from "../context.js";
import { isKept, lockOfNames } from "./locks.js";
import { requirePresent } from "./presence.js";
import type { CleanFinding, CleanRepositoryRequest, Remains } from "./requests.js";

const OLDER_THAN_S_USUAL = 24 * 60 * 60;

/** Everything under one prefix. */
interface Group {
  readonly container: string;
  readonly prefix: string;
  readonly backupId: string;
  readonly names: string[];
  storedSize: number;
  unfinishedCount: number;
  /** The latest modification time; `undefined` when the store does not report it for some object. */
  modifiedAt: Date | undefined;
}

export async function cleanRepository(
  context: ServiceContext,
  request: CleanRepositoryRequest = {},
): Promise<Remains[]> {
  const { settings, host } = context;
  const { remove = false, olderThanSeconds = OLDER_THAN_S_USUAL, signal } = request;
  if (!Number.isFinite(olderThanSeconds) || olderThanSeconds < 0)
    throw new UsageError(`Cannot clean what is older than ${olderThanSeconds} seconds: want 0 or more`);
  const before = new Date(host.clock.now().getTime() - olderThanSeconds * 1000);
  const sink = await host.openRepository(settings.repository);
  if (remove) await requirePresent(context, settings.repository);
  const remains: Remains[] = [];
  for await (const container of sink.containers()) {
    throwIfCancelled(signal);
    for (const group of await groupsIn(sink, container)) {
      throwIfCancelled(signal);
      if (await isOwned(context, sink, group)) continue;
      let finding = judge(group, before);
      if (finding === "left over" && (await isLocked(context, sink, group))) finding = "locked";
      if (finding === "left over" && remove) {
        await removeGroup(sink, group);
        finding = "removed";
      }
      remains.push(described(group, finding));
    }
  }
  return remains;
}

function described(group: Group, finding: CleanFinding): Remains {
  const { container, prefix, backupId, names, storedSize, unfinishedCount, modifiedAt } = group;
  return {
    ...{ finding, container, prefix, backupId, storedSize, unfinishedCount, modifiedAt },
    objectCount: names.length,
  };
}

function judge({ modifiedAt }: Group, before: Date): CleanFinding {
  if (modifiedAt === undefined) return "of unknown age";
  return modifiedAt < before ? "left over" : "young";
}

async function isLocked(
  context: ServiceContext,
  sink: ObjectSink,
  { container, names }: Group,
): Promise<boolean> {
  const lock = await lockOfNames(sink, container, names);
  return lock !== undefined && isKept(context, lock);
}

/** The objects by prefix, except prefixes that hold a manifest and other objects. */
async function groupsIn(sink: ObjectSink, container: string): Promise<Group[]> {
  const groups = new Map<string, Group>();
  const complete = new Set<string>();
  const groupOf = (name: string, modifiedAt: Date | undefined): Group | undefined => {
    const owner = ownerOf(name);
    if (owner === undefined) return undefined;
    const blank = { ...owner, container, names: [], storedSize: 0, unfinishedCount: 0 };
    const known = groups.get(owner.prefix);
    const group = known ?? { ...blank, modifiedAt };
    if (group.modifiedAt !== undefined && (modifiedAt === undefined || modifiedAt > group.modifiedAt))
      group.modifiedAt = modifiedAt;
    groups.set(owner.prefix, group);
    return group;
  };
  for await (const { name, size, modifiedAt } of sink.list(container, "")) {
    const group = groupOf(name, modifiedAt);
    if (group === undefined) continue;
    if (name === manifestName(group.prefix)) complete.add(group.prefix);
    group.names.push(name);
    group.storedSize += size;
  }
  for await (const { name, modifiedAt } of sink.listUnfinished(container, "")) {
    const group = groupOf(name, modifiedAt);
    if (group !== undefined) group.unfinishedCount++;
  }
  return [...groups.values()].filter(({ prefix, names }) => !complete.has(prefix) || names.length === 1);
}

/** Ignores the row's repository URL, because one repository may have several URLs. */
async function isOwned({ catalog }: ServiceContext, sink: ObjectSink, group: Group): Promise<boolean> {
  const { container, prefix, backupId, names } = group;
  const row = await catalog.backups.byId(backupId);
  if (row !== undefined && [row.serviceMetadata, row.sparePrefix].includes(prefix)) return true;
  const others = await catalog.backups.list({ serviceMetadata: prefix });
  if (others.length > 0) return true;
  // The backup may have been completed since the listing began, or the listing may have been out of date.
  const manifest = manifestName(prefix);
  const isBare = names.includes(manifest);
  return (await sink.size(container, isBare ? digestTableName(prefix) : manifest)) !== undefined;
}

/** Removes only the names that were listed: objects that have appeared since are not left over. */
async function removeGroup(sink: ObjectSink, { container, prefix, names }: Group): Promise<void> {
  await removeObjects(sink, container, prefix, names);
  await sink.removeUnfinished(container, prefix);
  await sink.removeContainer(container);
}
