/** Repairs that a process makes while it lives, so that what was left on any host does not wait for the next start. */
import { repair } from "../backups/repair.js";
import type { ServiceContext } from "../context.js";
import { endOperation } from "../operations/admission.js";
import { Abandoned, type Findings } from "./abandoned.js";

/** A third of the time after which a process of another host counts as dead. */
const INTERVAL_MS = 10_000;

/** Repairs at intervals until the returned function is called, which resolves when no repair runs. */
export function startUpkeep(context: ServiceContext): () => Promise<void> {
  const abandoned = new Abandoned(context);
  let running: Promise<void> | undefined;
  const stop = context.host.every(INTERVAL_MS, () => {
    // A catalog that does not answer is asked again the next time.
    running ??= abandoned
      .find()
      .then((found) => mend(context, found))
      .catch(() => undefined)
      .finally(() => {
        running = undefined;
      });
  });
  return async () => {
    stop();
    await running;
  };
}

async function mend(context: ServiceContext, { rows, operations }: Findings): Promise<void> {
  if (operations.length > 0)
    await context.catalog.transaction(async (tables) => {
      for (const number of operations) await endOperation(tables, { number }, context.host);
    });
  await repair(context, rows);
}
