/**
 * Releases the legal hold of a backup. The manifest's is released first and the digest table's last, as the rule of
 * locks wants it: no object is held longer than the digest table or the manifest, and a release that was interrupted is
 * still seen as a hold, and can be repeated.
 */
import type { BackupRow } from "../../catalog/backups.js";
import { InvalidStateError } from "../../errors.js";
import { digestTableName, manifestName } from "../../format/names.js";
import { sideBySide } from "../../side-by-side.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { requirePresent } from "../repositories/presence.js";

const RELEASES_AT_ONCE = 16;
const RELEASED = { isHeld: false } as const;

/** @throws InvalidStateError for a backup at work, and for one on which a held backup is based */
export async function releaseHold(context: ServiceContext, nameOrId: string): Promise<BackupRow> {
  const { catalog } = context;
  const backup = await findVisible(context, catalog.backups, nameOrId);
  const { id, container, serviceMetadata, sparePrefix, repository } = backup;
  if (!["available", "error", "error_deleting"].includes(backup.status))
    throw new InvalidStateError(`Cannot release the hold of backup ${id}: it is ${backup.status}`);
  const held = (await catalog.backups.dependentsOf(id)).filter(({ isHeld }) => isHeld);
  if (held.length > 0)
    throw new InvalidStateError(
      `Cannot release the hold of backup ${id}: ${held.map((each) => each.id).join(", ")}, which is based on it, is on hold; release that first`,
    );
  if (container !== null && serviceMetadata !== null) {
    await requirePresent(context, repository);
    for (const prefix of sparePrefix === null ? [serviceMetadata] : [serviceMetadata, sparePrefix])
      await releasePrefix(context, { repository, container, prefix });
  }
  return await catalog.transaction(async ({ backups }) => {
    await backups.update(id, RELEASED);
    return await backups.find(id);
  });
}

async function releasePrefix(
  { host }: ServiceContext,
  { repository, container, prefix }: { repository: string; container: string; prefix: string },
): Promise<void> {
  const sink = await host.openRepository(repository);
  if (!(await sink.canLock(container))) return;
  const [manifest, table] = [manifestName(prefix), digestTableName(prefix)];
  const names: string[] = [];
  for await (const { name } of sink.list(container, prefix)) names.push(name);
  const release = async (name: string): Promise<void> => {
    if ((await sink.lockOf(container, name))?.isHeld === true) await sink.lock(container, name, RELEASED);
  };
  if (names.includes(manifest)) await release(manifest);
  const others = names.filter((name) => name !== manifest && name !== table);
  await sideBySide(others, RELEASES_AT_ONCE, release);
  if (names.includes(table)) await release(table);
}
