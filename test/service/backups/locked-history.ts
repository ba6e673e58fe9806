/**
 * A history of daily incrementals under a lock, day by day: each day a backup, a pruning and, each week, a
 * consolidation of the oldest backup that is kept. The store enforces the locks by the same clock.
 */
import type { ExecutionContext } from "ava";
import { LockedError } from "../../../src/errors.js";
import { digestTableName, manifestName } from "../../../src/format/names.js";
import type { BackupView } from "../../../src/service/requests.js";
import type { Service } from "../../../src/service/service.js";
import { isLockedAt } from "../../../src/sinks/lock.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { listNames } from "../../../src/testing/objects.js";
import { BLOCK_SIZE, start, VOLUME_SIZE, type World, withBlock } from "../fixture.js";

export const DAY_MS = 86_400_000;

/** A sink that counts the locks it is asked for. */
export class LockingSink extends MemorySink {
  lockCount = 0;

  override async lock(...call: Parameters<MemorySink["lock"]>): Promise<void> {
    this.lockCount++;
    await super.lock(...call);
  }
}

export interface LockedWorld {
  readonly world: World;
  readonly sink: LockingSink;
  readonly service: Service;
  readonly bytes: Uint8Array;
  readonly path: string;
}

export async function startLocked(t: ExecutionContext, retentionDays: number): Promise<LockedWorld> {
  const { world, bytes, path } = await start(t);
  const sink = new LockingSink({ clock: world.clock });
  const retention = { mode: "governance", durationMs: retentionDays * DAY_MS } as const;
  const service = await world.open({ sink, settings: { container: "locked", retention } });
  return { world, sink, service, bytes, path };
}

export interface History {
  readonly days: number;
  readonly retentionDays: number;
}

/** What a history came to. */
export interface HistoryOutcome {
  readonly backupsMax: number;
  readonly objectsMax: number;
  readonly locks: number;
  readonly refusals: number;
  readonly consolidations: number;
}

export async function runHistory(
  t: ExecutionContext,
  { days, retentionDays }: History,
): Promise<HistoryOutcome> {
  const locked = await startLocked(t, retentionDays);
  const { world, sink, service } = locked;
  const contents = new Map<string, Uint8Array>();
  let { bytes } = locked;
  const outcome = { backupsMax: 0, objectsMax: 0, locks: 0, refusals: 0, consolidations: 0 };
  for (let day = 0; day < days; day++) {
    bytes = withBlock(bytes, day % Math.floor(VOLUME_SIZE / BLOCK_SIZE), day);
    await world.write("disk.img", bytes);
    const { backup } = await service.createBackup({ volume: "disk", incremental: day > 0 });
    contents.set(backup.id, bytes);
    world.clock.advance(DAY_MS);
    if (day % 7 === 6 && (await consolidateOldest(service, retentionDays, world))) outcome.consolidations++;
    await service.pruneBackups({ daily: retentionDays });
    // A start removes what consolidations have replaced, once it is unlocked.
    const { sparePrefix } = (await world.catalog.backups.withSpare())[0] ?? { sparePrefix: null };
    if (sparePrefix !== null) await world.open({ sink, settings: { container: "locked" } });
    const views = await service.listBackups();
    outcome.refusals += await checkLocks(t, { ...locked, views, day, retentionDays });
    const objects = await listNames(sink, "locked", "");
    outcome.backupsMax = Math.max(outcome.backupsMax, views.length);
    outcome.objectsMax = Math.max(outcome.objectsMax, objects.length);
    if (day % 10 === 9) await checkContents(t, service, { views, contents });
  }
  outcome.locks = sink.lockCount;
  return outcome;
}

/** Makes the oldest backup within the retention a full one, so that older ones can go. */
async function consolidateOldest(service: Service, retentionDays: number, world: World): Promise<boolean> {
  const since = world.clock.now().getTime() - retentionDays * DAY_MS;
  const young = (await service.listBackups()).filter(({ backup }) => backup.createdAt.getTime() >= since);
  const oldest = young.at(-1);
  if (oldest === undefined || oldest.backup.parentId === null) return false;
  await service.consolidateBackup({ backup: oldest.backup.id });
  return true;
}

interface Checked extends LockedWorld {
  readonly views: readonly BackupView[];
  readonly day: number;
  readonly retentionDays: number;
}

/** Every backup within its retention, and all that it is based on, is locked by the store, and no verb deletes it. */
async function checkLocks(t: ExecutionContext, { world, sink, service, views, day, retentionDays }: Checked) {
  const byId = new Map(views.map((view) => [view.backup.id, view.backup]));
  const now = world.clock.now();
  let refusals = 0;
  for (const { backup } of views) {
    const until = backup.createdAt.getTime() + retentionDays * DAY_MS;
    if (until <= now.getTime()) continue;
    for (let id: string | null = backup.id; id !== null; id = byId.get(id)?.parentId ?? null) {
      const row = byId.get(id);
      if (row === undefined) throw new Error(`day ${day}: ${backup.id} has lost its parent ${id}`);
      const { serviceMetadata: prefix } = row;
      for (const name of [manifestName(prefix!), digestTableName(prefix!)]) {
        const lock = await sink.lockOf("locked", name);
        if ((lock?.retention?.until.getTime() ?? 0) < until)
          t.fail(`day ${day}: ${name} ends before ${backup.id}`);
      }
    }
  }
  const [newest] = views;
  for (const force of [false, true])
    await t.throwsAsync(
      service.deleteBackup(newest!.backup.id, { force }),
      { instanceOf: LockedError },
      `day ${day}`,
    );
  refusals += 2;
  for (const name of await listNames(sink, "locked", newest!.backup.serviceMetadata!)) {
    const lock = await sink.lockOf("locked", name);
    if (lock === undefined || !isLockedAt(lock, now)) t.fail(`day ${day}: ${name} is not locked`);
  }
  return refusals;
}

async function checkContents(
  t: ExecutionContext,
  service: Service,
  {
    views,
    contents,
  }: { readonly views: readonly BackupView[]; readonly contents: ReadonlyMap<string, Uint8Array> },
): Promise<void> {
  for (const { backup } of [views[0]!, views.at(-1)!]) {
    const pieces: Uint8Array[] = [];
    const write = async (bytes: Uint8Array) => void pieces.push(bytes.slice());
    await service.streamBackup({ backup: backup.id, output: { write, finish: async () => {} } });
    t.is(Buffer.compare(Buffer.concat(pieces), contents.get(backup.id)!), 0);
  }
}
