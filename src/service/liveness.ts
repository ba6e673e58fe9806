/**
 * Whether the process that works on something still does. Where its id can be looked up, that says it; a process of
 * another host or container is alive as long as it renews the leases of its operations.
 */
import type { CatalogTables } from "../catalog/catalog.js";
import type { OperationRecord } from "../catalog/operations.js";
import type { ServiceParts } from "./host.js";

/**
 * How old a heartbeat may be. Long beside the interval of heartbeats, because hosts have clocks of their own; a process
 * that was taken for dead and is not finds its lease gone and ends its work itself.
 */
export const LEASE_MS = 30_000;

type Parts = Pick<ServiceParts, "host" | "catalog">;

/** Whether nobody works under this name any more. */
export async function isDead({ host, catalog }: Parts, holder: string): Promise<boolean> {
  const isAlive = await host.isAlive(holder);
  if (isAlive !== undefined) return !isAlive;
  const leases = await catalog.operations.heldBy(holder);
  return leases.every((lease) => isExpired({ host }, lease));
}

function isExpired({ host }: Pick<Parts, "host">, { heartbeatAt }: OperationRecord): boolean {
  return heartbeatAt.getTime() + LEASE_MS < host.clock.now().getTime();
}

/** The operations of dead processes among `operations`. */
async function deadAmong(
  { host }: Pick<Parts, "host">,
  operations: readonly OperationRecord[],
): Promise<OperationRecord[]> {
  const dead: OperationRecord[] = [];
  for (const operation of operations) {
    const isAlive = await host.isAlive(operation.holder);
    if (isAlive === false || (isAlive === undefined && isExpired({ host }, operation))) dead.push(operation);
  }
  return dead;
}

/** Removes the operations of dead processes, so that nobody waits for them. How many there were. */
export async function removeDeadOperations(parts: Parts): Promise<number> {
  const dead = await deadAmong(parts, await parts.catalog.operations.list());
  if (dead.length === 0) return 0;
  await parts.catalog.transaction(async ({ operations }: CatalogTables) => {
    for (const operation of dead) await operations.removeUnrenewed(operation);
  });
  return dead.length;
}
