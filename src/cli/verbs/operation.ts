/** `ashlar operation`: running and waiting operations of all processes that share the catalog. */
import type { Command } from "commander";
import type { OperationRow } from "../../catalog/operations.js";
import type { Invocation } from "../invocation.js";
import {
  type Field,
  field,
  idField,
  momentField,
  percentField,
  rateField,
  sizeField,
} from "../output/field.js";
import { rowsPrinter } from "../output/printer.js";
import { percentOf } from "../progress-text.js";
import { volumeField, type WithVolumeName, withVolumeNames } from "../volume-names.js";
import { type OutputFlags, parseCount, withOutput } from "./flags.js";

export const OPERATION_FIELDS: readonly Field<WithVolumeName<OperationRow>>[] = [
  field("number", ({ number }) => number),
  field("kind", ({ kind }) => kind),
  field("stage", ({ stage }) => stage),
  percentField("percent", (operation) => percentOf(operation)),
  idField("backup_id", ({ backupId }) => backupId),
  volumeField<OperationRow>(),
  sizeField("bytes_done", ({ bytesDone }) => bytesDone),
  sizeField("bytes_total", ({ bytesTotal }) => bytesTotal),
  sizeField("stored_bytes", ({ storedBytes }) => storedBytes),
  rateField("bytes_per_second", ({ bytesPerSecond }) => bytesPerSecond),
  sizeField("memory", ({ memory }) => memory),
  momentField("created_at", ({ createdAt }) => createdAt),
  momentField("started_at", ({ startedAt }) => startedAt),
  momentField("heartbeat_at", ({ heartbeatAt }) => heartbeatAt),
  field("holder", ({ holder }) => holder),
];

const COLUMNS: readonly string[] = ["number", "kind", "stage", "percent", "backup_id", "volume_id"];

export function addOperationVerbs(operation: Command, invocation: Invocation): void {
  withOutput(operation.command("list"))
    .description("list running and waiting operations, in order of arrival")
    .action(async (flags: OutputFlags) => {
      const print = rowsPrinter(OPERATION_FIELDS, COLUMNS, flags);
      const operations = await invocation.use(
        async (service) => await withVolumeNames(service, await service.listOperations(), flags),
      );
      await invocation.show(print, operations);
    });
  operation
    .command("cancel")
    .description("cancel running or queued operations and wait until they have stopped")
    .argument("<number...>", "numbers that `operation list` shows")
    .action(async (texts: string[]) => {
      const numbers = texts.map((text) => parseCount("NUMBER", text)!);
      await invocation.use(async (service) => {
        for (const number of numbers) await service.cancelOperation(number);
      });
    });
}
