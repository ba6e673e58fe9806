/** `ashlar volume backup record …`: the reference system's record of one backup, in both directions. */
import type { Command } from "commander";
import { UsageError } from "../../errors.js";
import { BACKUP_FIELDS } from "../backup-fields.js";
import type { CommandHost } from "../host.js";
import type { Invocation } from "../invocation.js";
import { RECORD_FIELDS } from "../outcome-fields.js";
import { recordPrinter, rowsPrinter } from "../output/printer.js";
import { type OutputFlags, withOutput } from "./flags.js";

const RECORD_COLUMNS: readonly string[] = ["backup_service", "backup_url"];

export function addRecordVerbs(record: Command, invocation: Invocation): void {
  withOutput(record.command("export"))
    .description("print the record of a backup, by which another catalog can have it")
    .argument("[backup]", "name or ID")
    .option("--all", "of all available backups, the oldest first")
    .action(async (name: string | undefined, flags: OutputFlags & { readonly all?: boolean }) => {
      if ((name === undefined) !== (flags.all === true))
        throw new UsageError("Cannot export records: want either a backup or --all");
      if (name === undefined) {
        const printAll = rowsPrinter(RECORD_FIELDS, RECORD_COLUMNS, flags);
        const records = await invocation.use((service) => service.exportRecords());
        return await invocation.host.print(await printAll(records));
      }
      const print = recordPrinter(RECORD_FIELDS, flags);
      const exported = await invocation.use((service) => service.exportRecord(name));
      return await invocation.host.print(await print(exported));
    });
  withOutput(record.command("import"))
    .description("add the backup of a record to the catalog")
    .argument("<backup_service>", "as the export printed it")
    .argument("<backup_metadata>", "the backup_url that the export printed; @FILE or - to read it from there")
    .action(async (service: string, metadata: string, flags: OutputFlags) => {
      const print = recordPrinter(BACKUP_FIELDS, flags);
      const backupUrl = await readMetadata(metadata, invocation.host);
      const view = await invocation.use(async (catalog) => {
        const imported = await catalog.importRecord({ backup_service: service, backup_url: backupUrl });
        const found = await catalog.findBackup(imported.id);
        if (found.chainLength === undefined)
          invocation.tell("a backup that it is based on is not in the catalog; import its record, too");
        return found;
      });
      await invocation.host.print(await print(view));
    });
}

async function readMetadata(text: string, host: CommandHost): Promise<string> {
  if (text === "-") return (await host.readStandardInput()).trim();
  if (!text.startsWith("@")) return text;
  const path = text.slice(1);
  try {
    return (await host.readTextFile(path)).trim();
  } catch (cause) {
    throw new UsageError(`Cannot read record from "${path}": want a file that is there and can be read`, {
      cause,
    });
  }
}
