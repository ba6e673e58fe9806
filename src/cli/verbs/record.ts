/** `ashlar volume backup record …`: export and import of the reference system's record of a backup. */
import type { Command } from "commander";
import { UsageError } from "../../errors.js";
import type { Invocation } from "../invocation.js";
import { RECORD_FIELDS } from "../outcome-fields.js";
import { recordPrinter, rowsPrinter } from "../output/printer.js";
import { type OutputFlags, withOutput } from "./flags.js";
import { addRecordImport } from "./record-import.js";

/** Records are to be copied, so no line of theirs is broken. */
const WHOLE = Number.POSITIVE_INFINITY;
const RECORD_COLUMNS: readonly string[] = ["backup_service", "backup_url"];

export function addRecordVerbs(record: Command, invocation: Invocation): void {
  withOutput(record.command("export"))
    .description("print the record of a backup, which another catalog can import")
    .argument("[backup]", "name or ID")
    .option("--all", "print the records of all available backups of all projects, the oldest first")
    .action(async (name: string | undefined, flags: OutputFlags & { readonly all?: boolean }) => {
      if ((name === undefined) !== (flags.all === true))
        throw new UsageError("Cannot export records: want either a backup or --all");
      if (name === undefined) {
        const printAll = rowsPrinter(RECORD_FIELDS, RECORD_COLUMNS, flags);
        const records = await invocation.use((service) => service.exportRecords());
        return await invocation.host.print(await printAll(records, WHOLE));
      }
      const print = recordPrinter(RECORD_FIELDS, flags);
      const exported = await invocation.use((service) => service.exportRecord(name));
      return await invocation.host.print(await print(exported, WHOLE));
    });
  addRecordImport(record, invocation);
}
