/** Background work on one row: on failure, the row is settled, and the user gets a message. */
import { isAshlarError } from "../../errors.js";
import type { ServiceContext } from "../context.js";
import type { BackgroundSubject } from "../operations/background.js";

export interface RecordTask extends Omit<BackgroundSubject, "requestId"> {
  readonly isHeavy: boolean;
  run(): Promise<unknown>;
  /** Settles the row after a failure. */
  settle(error: unknown): Promise<void>;
}

/** The reference system's number of "unknown error". */
const DETAIL_UNKNOWN = "001";

export function startTask(context: ServiceContext, task: RecordTask): void {
  context.background.start({
    isHeavy: task.isHeavy,
    async run() {
      try {
        await task.run();
      } catch (error) {
        // If the catalog cannot be written now, the next start repairs the row.
        await task.settle(error).catch(() => undefined);
        await report(context, task, error).catch(() => undefined);
      }
    },
  });
}

async function report(context: ServiceContext, task: RecordTask, error: unknown): Promise<void> {
  const { resourceType, resourceId, actionId, action } = task;
  const { requestId, projectId } = context.caller;
  context.onBackgroundError?.(error, { resourceType, resourceId, actionId, action, requestId });
  if (isAshlarError(error, "cancelled")) return;
  await context.catalog.messages.add({
    ...{
      projectId,
      requestId: requestId ?? "",
      resourceType,
      resourceId,
      actionId,
      detailId: DETAIL_UNKNOWN,
    },
    text: `${action}: ${error instanceof Error ? error.message : String(error)}`,
  });
}
