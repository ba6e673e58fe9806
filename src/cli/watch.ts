/** Shows the progress of an operation of any process until it ends. */
import { InvalidStateError, StorageError } from "../errors.js";
import { startProgress } from "../pipeline/run/run.js";
import type { WatchedBackup } from "../service/requests.js";
import type { Service } from "../service/service.js";
import type { CommandHost } from "./host.js";
import { type ProgressDisplay, type ProgressStyle, showProgress } from "./progress.js";

export interface WatchRequest {
  readonly backup: string;
  readonly style: ProgressStyle;
  readonly signal: AbortSignal;
}

/**
 * Resolves when the operation is done, to whether the backup still exists; at once if no operation runs and none has
 * failed.
 * @throws StorageError when it failed; InvalidStateError when it was stopped; CancelledError when the watch was
 */
export async function watch(
  host: Pick<CommandHost, "clock" | "every" | "screen">,
  service: Service,
  { backup, style, signal }: WatchRequest,
): Promise<boolean> {
  let display: ProgressDisplay | undefined;
  let last: WatchedBackup | undefined;
  try {
    for await (const point of service.watchBackup(backup, { signal })) {
      last = point;
      if (point.kind === undefined) continue;
      display ??= begin(host, point, style);
      const { bytesDone, bytesTotal, storedBytes, queuePosition } = point;
      Object.assign(display.progress, {
        bytesDone,
        bytesTotal,
        storedBytes,
        queuePosition,
        stage: stageOf(point),
      });
    }
  } finally {
    display?.finish();
  }
  if (last !== undefined) report(last);
  return last?.kind !== "delete";
}

function begin(
  host: Pick<CommandHost, "clock" | "every" | "screen">,
  point: WatchedBackup,
  style: ProgressStyle,
): ProgressDisplay {
  const { kind = "", startedAt, bytesDone, bytesTotal } = point;
  const elapsedMs = startedAt === null ? 0 : host.clock.now().getTime() - startedAt.getTime();
  // Without a terminal, print lines for programs: a user who watches wants output.
  const shown = style === "auto" && !host.screen.isTerminal ? "json" : style;
  const progress = { ...startProgress(), bytesDone, bytesTotal };
  return showProgress(host, {
    label: kind,
    style: shown,
    begun: { progress, elapsedMs: Math.max(0, elapsedMs) },
  });
}

function stageOf({ stage }: WatchedBackup): "waiting" | "running" | "completing" {
  return stage === "waiting" || stage === "running" ? stage : "completing";
}

function report({ backup, kind, outcome, reason }: WatchedBackup): void {
  if (outcome === "done") return;
  const message = `Cannot complete ${kind ?? "backup"} of ${backup.id}: ${reason}`;
  if (outcome === "stopped") throw new InvalidStateError(message);
  throw new StorageError(message, { call: "watch" });
}
