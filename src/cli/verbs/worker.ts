/** `ashlar worker`: a process that takes queued operations, and the list of all such processes. */
import type { Command } from "commander";
import { DEFAULT_MAX_OPERATIONS } from "../../pipeline/memory/plan.js";
import type { WorkerView } from "../../service/fleet/fleet.js";
import type { Invocation } from "../invocation.js";
import { type Field, field, momentField } from "../output/field.js";
import { rowsPrinter } from "../output/printer.js";
import { type OutputFlags, parseCount, withOutput } from "./flags.js";

const WORKER_FIELDS: readonly Field<WorkerView>[] = [
  field("host", ({ host }) => host),
  field("state", ({ state }) => state),
  field("operations", ({ operationCount }) => operationCount),
  field("capacity", ({ capacity }) => capacity),
  field("version", ({ version }) => version),
  momentField("started_at", ({ startedAt }) => startedAt),
  momentField("heartbeat_at", ({ heartbeatAt }) => heartbeatAt),
  field("holder", ({ holder }) => holder),
];

const COLUMNS: readonly string[] = ["host", "state", "operations", "capacity", "version", "started_at"];

interface RunFlags {
  readonly operations?: string;
  readonly stopTimeout?: string;
}

export function addWorkerVerbs(worker: Command, invocation: Invocation): void {
  worker
    .command("run")
    .description("take queued operations and run them until it is stopped or drained")
    .option(
      "--operations <count>",
      "operations that this worker runs side by side at most (default: backup_max_operations)",
    )
    .option(
      "--stop-timeout <seconds>",
      "how long running operations may take to end after SIGTERM; what is left is queued again",
      "20",
    )
    .action((flags: RunFlags) => runWorker(flags, invocation));
  withOutput(worker.command("list"))
    .description("list the workers of all hosts that share the catalog")
    .action(async (flags: OutputFlags) => {
      const print = rowsPrinter(WORKER_FIELDS, COLUMNS, flags);
      const workers = await invocation.use(async (service) => await (await service.fleet()).workers());
      await invocation.show(print, workers);
    });
  withOutput(worker.command("drain"))
    .description("ask workers to take nothing more, and to end when their operations are done")
    .argument("[host]", "only the workers of this host")
    .action(async (host: string | undefined, flags: OutputFlags) => {
      const print = rowsPrinter(WORKER_FIELDS, COLUMNS, flags);
      const workers = await invocation.use(async (service) => await (await service.fleet()).drain(host));
      await invocation.show(print, workers);
    });
}

async function runWorker(flags: RunFlags, invocation: Invocation): Promise<void> {
  const { host, signal } = invocation;
  const { settings, digestEngine, repositories, caller } = await invocation.settings();
  const graceMs = parseCount("--stop-timeout", flags.stopTimeout)! * 1000;
  const { maxOperations = DEFAULT_MAX_OPERATIONS } = settings;
  const capacity = parseCount("--operations", flags.operations) || maxOperations || DEFAULT_MAX_OPERATIONS;
  const service = await host.openService(settings, {
    ...{ digestEngine, repositories, caller, graceMs, warn: (text: string) => invocation.warn(text) },
    onBackgroundError: (error, { action, resourceId }) =>
      invocation.note(`${action} ${resourceId}: ${messageOf(error)}`),
  });
  try {
    const fleet = await service.fleet();
    await fleet.work({
      ...{ version: host.version, capacity, signal },
      onTaken: ({ number, kind, backupId }) =>
        invocation.note(`taken: operation ${number}, ${kind} of backup ${backupId}`),
      onError: (error) => invocation.warn(messageOf(error)),
    });
  } finally {
    await service.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
