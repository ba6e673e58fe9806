import type { ExecutionContext } from "ava";
import type { Ashlar } from "./ashlar.js";
import { sameBytes, type Workspace } from "./matrix.js";

/** Restores each of `ids` with Ashlar onto a dirty and onto a new target and compares with `volumes`. */
export async function ashlarRestoresEach(
  t: ExecutionContext,
  ashlar: Ashlar,
  workspace: Workspace,
  ids: readonly string[],
  volumes: readonly Uint8Array[],
): Promise<void> {
  for (const [point, id] of ids.entries()) {
    const expected = volumes[point]!;
    const dirty = await workspace.dirtyTarget(expected.length);
    await ashlar.restore(id, dirty);
    await sameBytes(t, dirty, expected, `Ashlar, point ${point}, dirty target`);

    const fresh = workspace.newTarget();
    await ashlar.restore(id, fresh);
    await sameBytes(t, fresh, expected, `Ashlar, point ${point}, new target`);
  }
}
