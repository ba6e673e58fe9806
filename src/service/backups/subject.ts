/** The subject that a backup reads: the volume itself, a snapshot of it, or a temporary snapshot. */
import type { SnapshotRow } from "../../catalog/snapshots.js";
import type { VolumeRow } from "../../catalog/volumes.js";
import { InvalidStateError, UsageError } from "../../errors.js";
import type { VolumeStream } from "../../sources/volume.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import type { CreateBackupRequest } from "../requests.js";
import { SNAPSHOT_STATES, VOLUME_STATES } from "../states/states.js";
import { checkName } from "../texts.js";
import { volumeNamed } from "../volumes/meaning.js";
import { finishDeleteSnapshot, freeze } from "../volumes/snapshots.js";
import { resolveVolume } from "../volumes/volumes.js";

export interface Subject {
  /** The catalog's volume; `undefined` if it is registered with this backup. */
  readonly volume: VolumeRow | undefined;
  /** Absolute path of the file or device that is read; or the stream. */
  readonly source: string | VolumeStream;
  readonly snapshot: SnapshotRow | undefined;
}

/** @throws InvalidStateError for a volume or a snapshot whose state does not allow a backup */
export async function resolveSubject(
  context: ServiceContext,
  request: CreateBackupRequest,
): Promise<Subject> {
  if (request.input !== undefined) return await fromStream(context, request, request.input);
  const resolved = await resolveVolume(context, request.volume);
  const { volume, source } = resolved;
  if (request.snapshot !== undefined) return await fromSnapshot(context, resolved, request.snapshot);
  if (volume !== undefined) VOLUME_STATES.check(volume, "backup");
  const users = await context.host.usersOf(source);
  const isInUse = volume?.status === "in-use" || users.length > 0;
  if (isInUse && !request.force) throw inUse(volume?.id ?? source, users);
  if (!isInUse || volume === undefined || !context.settings.useTempSnapshot)
    return { ...resolved, snapshot: undefined };
  const snapshot = await freeze(context, { volume, description: null, metadata: {}, temporary: true });
  return { volume, source: snapshot.source, snapshot };
}

/** Whether the volume's own file or device is in use does not matter, because it is not read. */
async function fromStream(
  context: ServiceContext,
  { volume: given, snapshot }: CreateBackupRequest,
  source: VolumeStream,
): Promise<Subject> {
  if (snapshot !== undefined)
    throw new UsageError(`Cannot read snapshot "${snapshot}": the backup is to be read from a stream`);
  const volume = await volumeNamed(context, given);
  if (volume === undefined) checkName(given);
  else VOLUME_STATES.check(volume, "backup");
  return { volume, source, snapshot: undefined };
}

/** @throws InvalidStateError when the file or device of a volume is in use */
export async function checkUnused({ host }: ServiceContext, volume: string, source: string): Promise<void> {
  const users = await host.usersOf(source);
  if (users.length > 0) throw inUse(volume, users);
}

function inUse(volume: string, users: readonly string[]): InvalidStateError {
  const state = users.length === 0 ? "" : ` It is ${users.join(", ")}`;
  return new InvalidStateError(
    `Invalid volume ${volume}: Backing up an in-use volume must use the force flag.${state}`,
  );
}

/** The volume's own status does not matter, because nobody writes to its snapshot. */
async function fromSnapshot(
  context: ServiceContext,
  { volume, source }: Pick<Subject, "volume" | "source">,
  nameOrId: string,
): Promise<Subject> {
  const snapshot = await findVisible(context, context.catalog.snapshots, nameOrId);
  if (volume === undefined || snapshot.volumeId !== volume.id) {
    throw new InvalidStateError(
      `Invalid volume ${volume?.id ?? source}: Volume ${volume?.id ?? source} does not match with snapshot.volume_id ${snapshot.volumeId}.`,
    );
  }
  SNAPSHOT_STATES.check(snapshot, "backup");
  return { volume, source: snapshot.source, snapshot };
}

/** Deletes a temporary snapshot after its backup. On failure its row is in error, and deleting the row tries again. */
export async function endTemporary(context: ServiceContext, snapshot: SnapshotRow): Promise<void> {
  const { snapshots } = context.catalog;
  await SNAPSHOT_STATES.move(snapshots, snapshot.id, "abandon", { holder: context.host.holder });
  await finishDeleteSnapshot(context, snapshot).catch(() => undefined);
}
