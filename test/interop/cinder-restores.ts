/** Restoring by Cinder onto both kinds of target, and what is known to go wrong there. */
import type { ExecutionContext } from "ava";
import type { Cinder } from "./cinder.js";
import { sameBytes, type Workspace, ZEROING_POINT } from "./matrix.js";

/**
 * Restores each of `ids` with Cinder onto a dirty and onto a new target and compares with `volumes`.
 *
 * From 2023.2 on Cinder leaves zeros out when it is told that a volume is new, in incrementals too, so what was
 * zeroed after the full backup keeps its old data there. That is Cinder's fault whoever wrote the backup; such
 * points are compared on the dirty target alone.
 */
export async function cinderRestoresEach(
  t: ExecutionContext,
  cinder: Cinder,
  workspace: Workspace,
  ids: readonly string[],
  volumes: readonly Uint8Array[],
): Promise<void> {
  for (const [point, id] of ids.entries()) {
    const expected = volumes[point]!;
    const { repository } = workspace;
    const dirty = await workspace.dirtyTarget(expected.length);
    await cinder.restore({ repository, id, target: dirty });
    await sameBytes(t, dirty, expected, `Cinder, point ${point}, dirty target`);

    const fresh = workspace.newTarget();
    const { told_volume_is_new: leavesZerosOut } = await cinder.restore({
      repository,
      id,
      target: fresh,
      new_size: expected.length,
    });
    if (leavesZerosOut && point >= ZEROING_POINT) continue;
    await sameBytes(t, fresh, expected, `Cinder, point ${point}, new target`);
  }
}
