/** `ashlar volume backup …`, except records: the verbs and flags of `openstack volume backup`. */
import type { Command } from "commander";
import { LIVE_BACKUP_STATUSES } from "../../catalog/backups.js";
import { UsageError } from "../../errors.js";
import { parseDuration } from "../../options/values.js";
import type { RunOptions } from "../../pipeline/run/run.js";
import { SORT_KEYS } from "../../service/backups/list.js";
import type { BackupSort, HintsRequest } from "../../service/requests.js";
import type { Service } from "../../service/service.js";
import {
  BACKUP_COLUMNS,
  BACKUP_COLUMNS_LONG,
  BACKUP_COLUMNS_TABLE,
  BACKUP_FIELDS,
} from "../backup-fields.js";
import type { CommandHost } from "../host.js";
import type { Invocation, ProfileFlag } from "../invocation.js";
import { recordPrinter, rowsPrinter } from "../output/printer.js";
import { readText } from "../read-text.js";
import { addCopyVerb } from "./backup-copy.js";
import { addRestore } from "./backup-restore.js";
import { addBackupStateVerbs } from "./backup-state.js";
import { addVerify } from "./backup-verify.js";
import { type ChoiceFlags, chooseBackup, withChoice } from "./choose-backup.js";
import {
  collect,
  type OutputFlags,
  parseChoice,
  parseCount,
  parseProperties,
  STANDARD_STREAM,
  withExamples,
  withOutput,
  withProfile,
} from "./flags.js";

export function addBackupVerbs(backup: Command, invocation: Invocation): void {
  addCreate(backup, invocation);
  addList(backup, invocation);
  withChoice(withOutput(backup.command("show")))
    .description("show one backup")
    .argument("<backup>", "name or ID")
    .option("--watch", "show live progress of the running operation until it finishes, then the backup")
    .action(async (given: string, { watch, ...flags }: ShowFlags) => {
      const print = recordPrinter(BACKUP_FIELDS, flags);
      const view = await invocation.use(async (service) => {
        const name = await chooseBackup(service, given, flags);
        const isThere = !watch || (await invocation.watch(service, name));
        return isThere ? await service.findBackup(name) : undefined;
      });
      if (view !== undefined) await invocation.show(print, view);
    });
  addBackupStateVerbs(backup, invocation);
  addCopyVerb(backup, invocation);
  addRestore(backup, invocation);
  withOutput(backup.command("consolidate"))
    .description(
      "turn an incremental into a full backup, from stored data, so that its ancestors can be deleted",
    )
    .argument("<backup>", "name or ID")
    .action(async (name: string, flags: OutputFlags) => {
      const print = recordPrinter(BACKUP_FIELDS, flags);
      const view = await invocation.run("consolidate", (service, run) =>
        service.consolidateBackup({ ...run, backup: name }),
      );
      await invocation.show(print, view);
    });
  addVerify(backup, invocation);
}

interface ShowFlags extends OutputFlags, ChoiceFlags {
  readonly watch?: boolean;
}

interface CreateFlags extends OutputFlags, ProfileFlag {
  readonly name?: string;
  readonly description?: string;
  readonly container?: string;
  readonly retention?: string;
  readonly incremental?: boolean;
  readonly incrementalAuto?: boolean;
  readonly hints?: string;
  readonly hintsSince?: string;
  readonly force?: boolean;
  readonly snapshot?: string;
  readonly volume?: string;
  readonly availabilityZone?: string;
  readonly property?: readonly string[];
  readonly checkEncoded?: boolean;
  readonly queue?: boolean;
}

const CREATE_EXAMPLES: readonly string[] = [
  "create --name monday disk",
  "create --incremental=auto --name tuesday disk",
  "create --incremental --hints changes.json disk",
  "create --force /dev/vg0/data",
  "create - --volume database --name monday < database.dump",
];

function addCreate(backup: Command, invocation: Invocation): void {
  withExamples(withProfile(withOutput(backup.command("create"))), CREATE_EXAMPLES)
    .description("back up a volume")
    .argument(
      "<volume>",
      "name or ID, or path or URL of a file, device, NBD export or disk image, which is then registered; - for standard input",
    )
    .option("--name <name>", "name of the backup")
    .option("--description <text>", "description")
    .option("--container <container>", "container for its objects")
    .option(
      "--retention <duration>",
      "lock the backup, and what it is based on, against deletion for that long, e.g. 30d; see docs/retention.md",
    )
    .option("--incremental", "store only what has changed since the volume's latest backup")
    .option("--no-incremental", "store everything (the default)")
    .option(
      "--incremental-auto",
      "as --incremental where that can be, else store everything; also --incremental=auto",
    )
    .option(
      "--hints <list>",
      "read only what this list says has changed since the parent, after a sample has proven it: a file, - for standard input, bitmap:NAME of an NBD server or a qcow2 image, or snapshot:NAME of an RBD image; see docs/volumes.md",
    )
    .option("--hints-since <backup>", "the backup (name or ID) since which the hints hold")
    .option(
      "--check-encoded",
      "decompress what was compressed, and compare it, before it is stored (backup_check_encoded)",
    )
    .option("--no-check-encoded", "store what was compressed without that")
    .option("--property <key=value>", "user metadata; may be repeated", collect)
    .option("--force", "back up a volume that is in use; the result is crash-consistent")
    .option("--snapshot <snapshot>", "read this snapshot (name or ID) instead of the volume")
    .option("--volume <volume>", "with -: the volume that standard input is; a new name is registered")
    .option("--availability-zone <zone>", "availability zone to record")
    .option(
      "--queue",
      "leave the backup to a worker, see ashlar worker run; the volume may be another host's",
    )
    .action(async (given: string, flags: CreateFlags) => {
      const print = recordPrinter(BACKUP_FIELDS, flags);
      const { name, description, container, force, snapshot, availabilityZone, checkEncoded } = flags;
      const incremental = flags.incrementalAuto ? ("auto" as const) : flags.incremental;
      const metadata = parseProperties(flags.property);
      const volume = volumeOf(given, flags);
      const isStream = given === STANDARD_STREAM;
      const asked = {
        ...{ volume, name, description, container, incremental, force, snapshot, availabilityZone, metadata },
        ...(checkEncoded !== undefined && { checkEncoded }),
        ...(flags.retention !== undefined && { retentionMs: parseRetention(flags.retention) }),
      };
      if (flags.queue) {
        checkQueueable(flags, isStream);
        const queued = await invocation.use((service) => service.queueBackup(asked));
        return await invocation.show(print, queued);
      }
      const request = {
        ...asked,
        ...(isStream && { input: await invocation.host.openVolumeInput() }),
        hints: await hintsOf(flags, invocation.host),
      };
      const create = (service: Service, run: RunOptions) => service.createBackup({ ...run, ...request });
      const view = await invocation.run("backup", create, flags);
      await invocation.show(print, view);
    });
}

/** @throws UsageError for what no other process can do */
function checkQueueable({ hints, profile }: CreateFlags, isStream: boolean): void {
  if (isStream) throw new UsageError("Cannot queue a backup of standard input (-): want a volume");
  if (hints !== undefined) throw new UsageError("Cannot use --hints with --queue: they would be old by then");
  if (profile) throw new UsageError("Cannot use --profile with --queue: a worker makes the backup");
}

function parseRetention(given: string): number {
  try {
    return parseDuration(given);
  } catch (error) {
    throw new UsageError(`Cannot use --retention "${given}": ${(error as Error).message}`);
  }
}

/** @throws UsageError unless a volume is named for standard input, and only for that */
function volumeOf(given: string, { volume }: CreateFlags): string {
  if (given === STANDARD_STREAM && volume === undefined)
    throw new UsageError("Cannot back up standard input (-): want --volume NAME, the volume that it is");
  if (given !== STANDARD_STREAM && volume !== undefined)
    throw new UsageError(`Cannot use --volume "${volume}" beside "${given}": it names standard input (-)`);
  return volume ?? given;
}

const BITMAP = "bitmap:";
const SNAPSHOT = "snapshot:";

async function hintsOf(
  { hints, hintsSince: since }: CreateFlags,
  host: CommandHost,
): Promise<HintsRequest | undefined> {
  if (hints === undefined) {
    if (since === undefined) return undefined;
    throw new UsageError(`Cannot use --hints-since ${JSON.stringify(since)} without --hints`);
  }
  if (hints.startsWith(BITMAP)) return { bitmap: hints.slice(BITMAP.length), since };
  if (hints.startsWith(SNAPSHOT)) return { snapshot: hints.slice(SNAPSHOT.length), since };
  return { text: await readText("hints", hints, host), since };
}

interface ListFlags extends OutputFlags {
  readonly long?: boolean;
  readonly name?: string;
  readonly status?: string;
  readonly volume?: string;
  readonly inRepository?: boolean;
  readonly limit?: string;
  readonly marker?: string;
  readonly property?: readonly string[];
  readonly sort?: string;
  readonly allProjects?: boolean;
}

/** `name:asc,created_at` as in the `openstack` client; the default direction is descending. */
function parseSort(text: string | undefined): BackupSort[] {
  if (text === undefined) return [];
  return text.split(",").map((part) => {
    const [name, direction] = part.split(":");
    const key = parseChoice("--sort", name, SORT_KEYS)!;
    return { key, descending: parseChoice("--sort", direction, ["asc", "desc"] as const) !== "asc" };
  });
}

function addList(backup: Command, invocation: Invocation): void {
  withOutput(backup.command("list"))
    .description("list the backups, newest first")
    .option("--long", "show more columns")
    .option("--name <name>", "only backups with this name")
    .option("--status <status>", `only backups in this status: ${LIVE_BACKUP_STATUSES.join(", ")}`)
    .option("--volume <volume>", "only backups of this volume (name or ID)")
    .option("--in-repository", "only backups in the configured repository (--repository)")
    .option("--limit <count>", "at most this many")
    .option("--marker <backup>", "start after this backup (name or ID)")
    .option("--property <key=value>", "only backups with this user metadata; may be repeated", collect)
    .option("--sort <key:direction>", `order, e.g. name:asc,created_at:desc; keys: ${SORT_KEYS.join(", ")}`)
    .option("--all-projects", "include other projects (ignored unless the caller is an admin)")
    .action(async (flags: ListFlags) => {
      const short = flags.format === "table" ? BACKUP_COLUMNS_TABLE : BACKUP_COLUMNS;
      const usual = flags.long ? BACKUP_COLUMNS_LONG : short;
      const print = rowsPrinter(BACKUP_FIELDS, usual, flags);
      const { name, volume, inRepository, marker, allProjects } = flags;
      const status = parseChoice("--status", flags.status, LIVE_BACKUP_STATUSES);
      const limit = parseCount("--limit", flags.limit);
      const metadata = parseProperties(flags.property);
      const sort = parseSort(flags.sort);
      const views = await invocation.use((service) =>
        service.listBackups({
          ...{ name, status, volume, inRepository, limit, marker, metadata, sort, allProjects },
        }),
      );
      if (views.length === 0 && name !== undefined) invocation.note(`no backup here has the name "${name}"`);
      await invocation.show(print, views);
    });
}
