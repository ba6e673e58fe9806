/** `ashlar volume backup record import`: one record as in the `openstack` client, or many at once. */
import type { Command } from "commander";
import { InvalidStateError, UsageError } from "../../errors.js";
import type { ExportedRecord } from "../../service/repositories/requests.js";
import { BACKUP_FIELDS } from "../backup-fields.js";
import type { CommandHost } from "../host.js";
import type { Invocation } from "../invocation.js";
import { IMPORT_COLUMNS, IMPORT_FIELDS } from "../outcome-fields.js";
import { recordPrinter, rowsPrinter } from "../output/printer.js";
import { readText } from "../read-text.js";
import { parseRecords } from "../record-lines.js";
import { collect, type OutputFlags, withOutput } from "./flags.js";

interface ImportFlags extends OutputFlags {
  readonly from?: readonly string[];
  readonly keepOwner?: boolean;
}

export function addRecordImport(record: Command, invocation: Invocation): void {
  withOutput(record.command("import"))
    .description("add the backups of records to the catalog")
    .argument("[backup_service]", "as the export printed it")
    .argument(
      "[backup_metadata...]",
      "the backup_url that the export printed; @FILE reads it from a file, - from standard input",
    )
    .option(
      "--from <file>",
      "import all records of a file that record export --all -f json wrote; - for standard input; may be repeated",
      collect,
    )
    .option("--keep-owner", "backups belong to the users and projects of their records, not to the caller")
    .action(async (service: string | undefined, urls: string[], flags: ImportFlags) => {
      const { from, keepOwner } = flags;
      const isOne = from === undefined && urls.length === 1;
      if (isOne) return await importOne(invocation, { service: service!, url: urls[0]! }, flags);
      if (from === undefined ? urls.length === 0 : service !== undefined)
        throw new UsageError(
          "Cannot import records: want either BACKUP_SERVICE and BACKUP_METADATA or --from",
        );
      const print = rowsPrinter(IMPORT_FIELDS, IMPORT_COLUMNS, flags);
      const records =
        from === undefined
          ? await recordsOf(service!, urls, invocation.host)
          : await recordsFrom(from, invocation.host);
      const imported = await invocation.use((catalog) =>
        catalog.importRecords({ records, keepOwner, signal: invocation.signal }),
      );
      await invocation.show(print, imported);
      const refused = imported.filter(({ finding }) => finding === "refused").length;
      if (refused > 0)
        throw new InvalidStateError(
          `Cannot import ${refused} of ${imported.length} records: see their reasons`,
        );
    });
}

async function importOne(
  invocation: Invocation,
  { service, url }: { readonly service: string; readonly url: string },
  { keepOwner, ...flags }: ImportFlags,
): Promise<void> {
  const print = recordPrinter(BACKUP_FIELDS, flags);
  const backupUrl = await readMetadata(url, invocation.host);
  const view = await invocation.use(async (catalog) => {
    const record = { backup_service: service, backup_url: backupUrl };
    const imported = await catalog.importRecord(record, { keepOwner });
    const found = await catalog.findBackup(imported.id);
    if (found.chainLength === undefined)
      invocation.note("a backup that it is based on is not in the catalog; import its record, too");
    return found;
  });
  await invocation.show(print, view);
}

async function recordsOf(
  service: string,
  urls: readonly string[],
  host: CommandHost,
): Promise<ExportedRecord[]> {
  const records: ExportedRecord[] = [];
  for (const url of urls)
    records.push({ backup_service: service, backup_url: await readMetadata(url, host) });
  return records;
}

async function recordsFrom(paths: readonly string[], host: CommandHost): Promise<ExportedRecord[]> {
  const records: ExportedRecord[] = [];
  for (const path of paths) {
    const origin = path === "-" ? "standard input" : `"${path}"`;
    records.push(...parseRecords(await readText("record", path, host), origin));
  }
  return records;
}

async function readMetadata(text: string, host: CommandHost): Promise<string> {
  if (text !== "-" && !text.startsWith("@")) return text;
  return (await readText("record", text === "-" ? text : text.slice(1), host)).trim();
}
