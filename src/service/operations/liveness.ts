/**
 * Tells whether a process that works on something is still alive. If the host can look up its id, that decides; a
 * process of another host or container is alive as long as it renews the leases of its operations.
 */
import type { CatalogTables } from "../../catalog/catalog.js";
import { type OperationRow, PARKED } from "../../catalog/operations.js";
import type { ServiceParts } from "../host.js";

/**
 * Maximum age of a heartbeat. Much longer than the interval of heartbeats, because the clocks of hosts differ; a
 * process that was wrongly taken for dead finds its lease gone and ends its work itself.
 */
export const LEASE_MS = 30_000;

type Parts = Pick<ServiceParts, "host" | "catalog">;

/** Whether the process of this name is dead. */
export async function isDead({ host, catalog }: Parts, holder: string): Promise<boolean> {
  if (holder === PARKED) return false;
  const isAlive = await host.isAlive(holder);
  if (isAlive !== undefined) return !isAlive;
  const leases = await catalog.operations.heldBy(holder);
  return leases.every((lease) => isExpired({ host }, lease));
}

function isExpired({ host }: Pick<Parts, "host">, { heartbeatAt }: OperationRow): boolean {
  return heartbeatAt.getTime() + LEASE_MS < host.clock.now().getTime();
}

/** The operations of dead processes among `operations`. */
async function deadAmong(
  { host }: Pick<Parts, "host">,
  operations: readonly OperationRow[],
): Promise<OperationRow[]> {
  const dead: OperationRow[] = [];
  const known = new Map<string, boolean | undefined>();
  for (const operation of operations) {
    const { holder } = operation;
    if (holder === PARKED) continue;
    if (!known.has(holder)) known.set(holder, await host.isAlive(holder));
    const isAlive = known.get(holder);
    if (isAlive === false || (isAlive === undefined && isExpired({ host }, operation))) dead.push(operation);
  }
  return dead;
}

/** Removes the operations of dead processes, so that no operation waits for them. Resolves to their number. */
export async function removeDeadOperations(parts: Parts): Promise<number> {
  const dead = await deadAmong(parts, await parts.catalog.operations.list());
  if (dead.length === 0) return 0;
  await parts.catalog.transaction(async ({ operations }: CatalogTables) => {
    for (const operation of dead) await operations.removeUnrenewed(operation);
  });
  return dead.length;
}
