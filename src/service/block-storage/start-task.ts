/** Background work on one record: on failure, the record is settled, and the user gets a message. */
import { isAshlarError } from "../../errors.js";
import type { ServiceContext } from "../context.js";
import type { BackgroundSubject } from "../operations/background-subject.js";

/** How a task failed. */
export interface TaskFailure {
  readonly error: unknown;
  /** Whether it was cut off because the service closes. */
  readonly isStopped: boolean;
}

export interface RecordTask extends Omit<BackgroundSubject, "requestId"> {
  readonly isHeavy: boolean;
  /** Number of the operation, if it was taken from the queue. */
  readonly number?: number | undefined;
  run(): Promise<unknown>;
  /** Settles the record after a failure, and before a turn that does not come. */
  settle(failure: TaskFailure): Promise<void>;
}

/** The reference system's number of "unknown error". */
const DETAIL_UNKNOWN = "001";

export function startTask(context: ServiceContext, task: RecordTask): void {
  const { background } = context;
  const { resourceType, resourceId, number } = task;
  const fail = async (error: unknown): Promise<void> => {
    const isStopped = background.isClosing && isAshlarError(error, "cancelled");
    // If the catalog cannot be written now, the next start repairs the record.
    await task.settle({ error, isStopped }).catch(() => undefined);
    if (isStopped) return;
    await report(context, task, error).catch(() => undefined);
    noteEnd(context, task, error);
  };
  background.start({
    ...{ resourceType, resourceId, number },
    isHeavy: task.isHeavy,
    run: async () => {
      await task.run().then(() => noteEnd(context, task, undefined), fail);
    },
    stop: fail,
  });
}

function noteEnd({ background, caller, host }: ServiceContext, task: RecordTask, error: unknown): void {
  const { resourceType, resourceId, actionId, action } = task;
  const { requestId, projectId } = caller;
  background.ended.add({
    ...{ resourceType, resourceId, actionId, action, requestId, projectId },
    endedAt: host.clock.now(),
    error: error === undefined ? undefined : textOf(error),
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
    text: `${action}: ${textOf(error)}`,
  });
}
