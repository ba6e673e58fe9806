/** `ashlar volume backup set|unset|reset-state|delete|prune`: verbs that change or delete existing backups. */
import type { Command } from "commander";
import type { PruneDecision, ResetStatus } from "../../service/requests.js";
import type { Invocation } from "../invocation.js";
import { type Field, field, idField, momentField } from "../output/field.js";
import { rowsPrinter } from "../output/printer.js";
import {
  collect,
  type OutputFlags,
  parseChoice,
  parseCount,
  parseProperties,
  withExamples,
  withOutput,
} from "./flags.js";

const RESET_STATUSES: readonly ResetStatus[] = ["available", "error"];
const STATE_HELP = `${RESET_STATUSES.join(" or ")}; error stops running operations on it`;

interface SetFlags {
  readonly name?: string;
  readonly description?: string;
  readonly property?: readonly string[];
  readonly clearProperties?: boolean;
  readonly state?: string;
}

export function addBackupStateVerbs(backup: Command, invocation: Invocation): void {
  addSet(backup, invocation);
  addRelease(backup, invocation);
  backup
    .command("unset")
    .description("remove user metadata from a backup")
    .argument("<backup>", "name or ID")
    .requiredOption("--property <key>", "the key; may be repeated", collect)
    .action(async (name: string, { property }: { readonly property: readonly string[] }) => {
      await invocation.use((service) => service.updateBackup({ backup: name, removedKeys: property }));
    });
  backup
    .command("reset-state")
    .description("set the status of backups by hand")
    .argument("<backup...>", "names or IDs")
    .option("--state <state>", STATE_HELP, "available")
    .action(async (names: string[], flags: { readonly state: string }) => {
      const state = parseChoice("--state", flags.state, RESET_STATUSES)!;
      await invocation.forEach(names, (service, name) => service.resetBackup(name, state));
    });
  addDelete(backup, invocation);
  addPrune(backup, invocation);
}

function addRelease(backup: Command, invocation: Invocation): void {
  backup
    .command("release")
    .description("release the legal hold of backups, so that they can be deleted; a date of their lock stays")
    .argument("<backups...>", "names or IDs, those that depend on others first")
    .action(async (names: string[]) => {
      await invocation.forEach(names, async (service, name) => {
        await service.releaseHold(name);
      });
    });
}

function addSet(backup: Command, invocation: Invocation): void {
  backup
    .command("set")
    .description("change a backup's name, description, user metadata or status")
    .argument("<backup>", "name or ID")
    .option("--name <name>", "new name; empty removes it")
    .option("--description <text>", "new description; empty removes it")
    .option("--property <key=value>", "user metadata to add; may be repeated", collect)
    .option("--clear-properties", "remove existing user metadata first")
    .option("--state <state>", STATE_HELP)
    .action(async (given: string, flags: SetFlags) => {
      const { name, description, clearProperties } = flags;
      const state = parseChoice("--state", flags.state, RESET_STATUSES);
      const metadata = parseProperties(flags.property);
      await invocation.use(async (service) => {
        const { id } = await service.updateBackup({
          backup: given,
          name,
          description,
          metadata,
          replaceMetadata: clearProperties,
        });
        if (state !== undefined) await service.resetBackup(id, state);
      });
    });
}

interface DeleteFlags {
  readonly force?: boolean;
  readonly cascade?: boolean;
}

function addDelete(backup: Command, invocation: Invocation): void {
  backup
    .command("delete")
    .description("delete backups and their objects")
    .argument("<backup...>", "names or IDs")
    .option(
      "--force",
      "delete in any status; a running operation, also the backup's creation, is stopped first",
    )
    .option("--cascade", "also delete all backups that depend on it, after listing them")
    .action(async (names: string[], { force, cascade }: DeleteFlags) => {
      await invocation.forEach(names, async (service, name) => {
        const chain = cascade ? await service.findChainOf(name) : [{ id: name }];
        if (chain.length > 1) invocation.note(`deleting ${chain.map(({ id }) => id).join(", ")}`);
        for (const { id } of chain) await service.deleteBackup(id, { force });
      });
    });
}

export const PRUNE_FIELDS: readonly Field<PruneDecision>[] = [
  idField("id", ({ backup }) => backup.id),
  field("name", ({ backup }) => backup.name),
  field(
    "volume_id",
    ({ backup }) => backup.volumeId,
    "Volume",
    ({ backup, volumeName }) => volumeName ?? backup.volumeId,
  ),
  momentField("data_timestamp", ({ backup }) => backup.dataTimestamp),
  field("repository", ({ backup }) => backup.repository),
  field("kept", ({ isKept }) => isKept),
  field("reasons", ({ reasons }) => reasons.join(", ")),
];

const PRUNE_COLUMNS: readonly string[] = [
  "id",
  "name",
  "volume_id",
  "data_timestamp",
  "repository",
  "kept",
  "reasons",
];

/** Sorts by volume, then newest first. */
function inOrder(decisions: readonly PruneDecision[]): PruneDecision[] {
  const momentOf = ({ backup }: PruneDecision): number =>
    (backup.dataTimestamp ?? backup.createdAt).getTime();
  return [...decisions].sort(
    (a, b) => a.backup.volumeId.localeCompare(b.backup.volumeId) || momentOf(b) - momentOf(a),
  );
}

interface PruneFlags extends OutputFlags {
  readonly keepLast?: string;
  readonly keepDaily?: string;
  readonly keepWeekly?: string;
  readonly keepMonthly?: string;
  readonly keepYearly?: string;
  readonly volume?: string;
  readonly allProjects?: boolean;
  readonly dryRun?: boolean;
}

const PRUNE_EXAMPLES: readonly string[] = [
  "prune --keep-daily 7 --keep-weekly 4 --dry-run",
  "prune --keep-last 3 --volume disk",
];

function addPrune(backup: Command, invocation: Invocation): void {
  withExamples(withOutput(backup.command("prune")), PRUNE_EXAMPLES)
    .description("delete the backups that no rule keeps, for each volume; ancestors of kept backups stay")
    .option("--keep-last <count>", "keep the newest")
    .option("--keep-daily <count>", "keep the newest of each of the last days that have one, in UTC")
    .option("--keep-weekly <count>", "the same by weeks, which begin on Monday")
    .option("--keep-monthly <count>", "the same by months")
    .option("--keep-yearly <count>", "the same by years")
    .option("--volume <volume>", "only backups of this volume (name or ID)")
    .option(
      "--all-projects",
      "also consider backups of other projects (ignored unless the caller is an admin)",
    )
    .option("--dry-run", "delete nothing, show what would be deleted")
    .action(async (flags: PruneFlags) => {
      const print = rowsPrinter(PRUNE_FIELDS, PRUNE_COLUMNS, flags);
      const { volume, dryRun, allProjects } = flags;
      const rules = {
        last: parseCount("--keep-last", flags.keepLast),
        daily: parseCount("--keep-daily", flags.keepDaily),
        weekly: parseCount("--keep-weekly", flags.keepWeekly),
        monthly: parseCount("--keep-monthly", flags.keepMonthly),
        yearly: parseCount("--keep-yearly", flags.keepYearly),
      };
      const decisions = await invocation.use((service) =>
        service.pruneBackups({ ...rules, volume, dryRun, allProjects, signal: invocation.signal }),
      );
      await invocation.show(print, inOrder(decisions));
    });
}
