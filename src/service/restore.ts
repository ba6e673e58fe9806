/**
 * Restoring a backup into a new or an existing volume. Everything that can be known to be wrong is said before the
 * target is touched. A volume that was made for a restore which failed is removed again; an existing one is left in
 * status `error_restoring`, partly written.
 */
import type { BackupRecord } from "../catalog/backups.js";
import type { VolumeRecord } from "../catalog/volumes.js";
import { type Chain, openChain } from "../chain/chain.js";
import { InvalidStateError } from "../errors.js";
import { planRestoreMemory } from "../pipeline/memory.js";
import { restore } from "../pipeline/restore.js";
import { shapeOfRestore } from "../pipeline/restore-shape.js";
import { type Progress, startProgress } from "../pipeline/run.js";
import type { Runtime } from "../pipeline/runtime.js";
import { openFileTarget } from "../sources/file.js";
import type { VolumeTarget } from "../sources/volume.js";
import type { ServiceContext } from "./context.js";
import type { RestoreBackupRequest, RestoreOutcome } from "./service.js";
import { BACKUP_STARTS, checkBackupStatus, checkVolumeStatus, VOLUME_STARTS } from "./states.js";
import { locateChain } from "./stored.js";
import {
  checkName,
  describeVolume,
  findVolume,
  nameOfPath,
  registerVolume,
  sourceOf,
  volumeDirectory,
} from "./volumes.js";

export async function restoreBackup(
  context: ServiceContext,
  request: RestoreBackupRequest,
): Promise<RestoreOutcome> {
  const backup = await context.catalog.backups.find(request.backup);
  checkBackupStatus(backup, "restore");
  const destination = await resolveDestination(context, backup, request);
  const runtime = await context.host.runtime();
  const chain = await openChain(await locateChain(context, backup), runtime.hashes);
  request.signal?.throwIfAborted();
  const plan = planRestoreMemory(shapeOfRestore(chain, runtime.codecs));
  const admitted = { backup, destination, runtime, chain, request };
  return await context.admission.run(plan, request.signal, () => restoreAdmitted(context, admitted));
}

interface Admitted extends Begin {
  readonly runtime: Runtime;
  readonly request: RestoreBackupRequest;
}

async function restoreAdmitted(
  context: ServiceContext,
  { backup, destination, runtime, chain, request }: Admitted,
): Promise<RestoreOutcome> {
  const target = await openTarget(context, destination, chain);
  try {
    const volume = await begin(context, { backup, destination, chain });
    const progress = request.progress ?? startProgress();
    await runRestore(context, { backup, volume, destination, chain, target, runtime, request, progress });
    return {
      backup: (await context.catalog.backups.byId(backup.id))!,
      volume: (await context.catalog.volumes.byId(volume.id))!,
      restoredSize: chain.plan.volumeSize,
      verifiedDigests: progress.digestCount,
    };
  } finally {
    await target.close();
  }
}

/** Where a restore goes. */
interface Destination {
  /** The volume that is there already, in the catalog. */
  readonly volume: VolumeRecord | undefined;
  readonly path: string;
  readonly name: string;
  /** Whether a file is made for it. */
  readonly isNew: boolean;
}

async function resolveDestination(
  context: ServiceContext,
  backup: BackupRecord,
  request: RestoreBackupRequest,
): Promise<Destination> {
  const given = request.volume ?? `restore_backup_${backup.id}`;
  const volume = await findVolume(context, given);
  if (volume !== undefined) {
    requireForce(request, `volume ${volume.id} ("${volume.name}")`);
    checkVolumeStatus(volume, "restore");
    return { volume, path: sourceOf(volume), name: volume.name ?? volume.id, isNew: false };
  }
  const path = context.host.resolvePath(given);
  if ((await context.host.fileSystem.status(path)) !== undefined) {
    requireForce(request, `"${path}"`);
    return { volume: undefined, path, name: await unusedName(context, path), isNew: false };
  }
  if (given.includes("/"))
    return { volume: undefined, path, name: await unusedName(context, path), isNew: true };
  checkName(given);
  const file = `${volumeDirectory(context)}/volume-${crypto.randomUUID()}`;
  return { volume: undefined, path: file, name: given, isNew: true };
}

function requireForce({ force }: RestoreBackupRequest, existing: string): void {
  if (!force)
    throw new InvalidStateError(`Cannot restore into ${existing}: it exists; use --force to overwrite it`);
}

async function unusedName(context: ServiceContext, path: string): Promise<string> {
  const name = nameOfPath(path);
  return (await context.catalog.volumes.list({ name })).length === 0 ? name : path;
}

async function openTarget(
  context: ServiceContext,
  destination: Destination,
  chain: Chain,
): Promise<VolumeTarget> {
  const { fileSystem } = context.host;
  const { path, isNew } = destination;
  if (isNew && path.startsWith(`${volumeDirectory(context)}/`))
    await fileSystem.makeDirectory(volumeDirectory(context));
  const size = isNew ? chain.plan.volumeSize : 0;
  const target = await openFileTarget(fileSystem, path, { size, create: isNew });
  if (target.size >= chain.plan.volumeSize) return target;
  await target.close();
  throw new InvalidStateError(
    `volume size ${target.size} is too small to restore backup of size ${chain.plan.volumeSize} (bytes)`,
  );
}

interface Begin {
  readonly backup: BackupRecord;
  readonly destination: Destination;
  readonly chain: Chain;
}

/** Marks backup and volume as being worked on; the volume is registered where it is not known yet. */
async function begin(context: ServiceContext, { backup, destination, chain }: Begin): Promise<VolumeRecord> {
  const { catalog, host } = context;
  let volume: VolumeRecord | undefined;
  try {
    volume = destination.volume ?? (await register(context, destination, chain));
    const { id } = volume;
    await catalog.transaction(async ({ volumes, backups }) => {
      const held = { holder: host.holder };
      const isVolumeFree = await volumes.transition(id, VOLUME_STARTS.restore, "restoring-backup", held);
      const restoring = { ...held, restoreVolumeId: id };
      if (
        isVolumeFree &&
        (await backups.transition(backup.id, BACKUP_STARTS.restore, "restoring", restoring))
      )
        return;
      throw new InvalidStateError(
        `Cannot restore backup ${backup.id}: another operation on it or on volume ${id} has just begun`,
      );
    });
    return volume;
  } catch (error) {
    if (destination.volume === undefined && volume !== undefined) await catalog.volumes.remove(volume.id);
    if (destination.isNew) await host.fileSystem.remove(destination.path);
    throw error;
  }
}

async function register(
  context: ServiceContext,
  { path, name }: Destination,
  chain: Chain,
): Promise<VolumeRecord> {
  return await registerVolume(
    context,
    describeVolume(context, { source: path, name, size: chain.plan.volumeSize }),
  );
}

interface RunRestore extends Begin {
  readonly volume: VolumeRecord;
  readonly target: VolumeTarget;
  readonly runtime: Runtime;
  readonly request: RestoreBackupRequest;
  readonly progress: Progress;
}

async function runRestore(context: ServiceContext, work: RunRestore): Promise<void> {
  const { chain, target, runtime, request, progress } = work;
  try {
    await restore(chain, target, { runtime, signal: request.signal, progress });
  } catch (error) {
    await fail(context, work, error);
    throw error;
  }
  await succeed(context, work);
}

async function succeed({ catalog }: ServiceContext, { backup, volume }: RunRestore): Promise<void> {
  await catalog.transaction(async ({ volumes, backups }) => {
    await backups.transition(backup.id, ["restoring"], "available", { failReason: null, holder: null });
    const isElsewhere = volume.id !== backup.volumeId || volume.metadata.src_backup_id !== undefined;
    const metadata = isElsewhere ? { ...volume.metadata, src_backup_id: backup.id } : volume.metadata;
    await volumes.transition(volume.id, ["restoring-backup"], "available", { metadata, holder: null });
  });
}

async function fail({ catalog, host }: ServiceContext, work: RunRestore, error: unknown): Promise<void> {
  const { backup, volume, destination } = work;
  const failReason = error instanceof Error ? error.message : String(error);
  if (destination.isNew) await host.fileSystem.remove(destination.path);
  await catalog.transaction(async ({ volumes, backups }) => {
    await backups.transition(backup.id, ["restoring"], "available", { failReason, holder: null });
    if (destination.isNew) await volumes.remove(volume.id);
    else await volumes.transition(volume.id, ["restoring-backup"], "error_restoring", { holder: null });
  });
}
