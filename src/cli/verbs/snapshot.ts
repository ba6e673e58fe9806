/** `ashlar volume snapshot …`: frozen views of volumes, as in the `openstack` client. */
import type { Command } from "commander";
import type { SnapshotRow } from "../../catalog/snapshots.js";
import { GIB, gibOf } from "../../units.js";
import type { Invocation } from "../invocation.js";
import { type Field, field, idField, momentField, sizeField } from "../output/field.js";
import { recordPrinter, rowsPrinter } from "../output/printer.js";
import { volumeField, type WithVolumeName, withVolumeNames } from "../volume-names.js";
import { collect, type OutputFlags, parseProperties, withOutput } from "./flags.js";

export const SNAPSHOT_FIELDS: readonly Field<WithVolumeName<SnapshotRow>>[] = [
  idField("id", ({ id }) => id),
  field("name", ({ name }) => name),
  field("description", ({ description }) => description),
  field("status", ({ status }) => status),
  sizeField("size", ({ size }) => gibOf(size), GIB),
  volumeField<SnapshotRow>(),
  momentField("created_at", ({ createdAt }) => createdAt),
  field("kind", ({ kind }) => kind),
  field("source", ({ source }) => source),
  field("temporary", ({ temporary }) => temporary),
  field("metadata", ({ metadata }) => metadata),
  momentField("updated_at", ({ updatedAt }) => updatedAt),
  field("project_id", ({ projectId }) => projectId),
  field("user_id", ({ userId }) => userId),
];

const COLUMNS: readonly string[] = ["id", "name", "description", "status", "size"];
/** In a table, as in that of backups. */
const COLUMNS_TABLE: readonly string[] = [...COLUMNS, "volume_id", "created_at"];

interface TextFlags {
  readonly name?: string;
  readonly description?: string;
  readonly property?: readonly string[];
}

interface ListFlags extends OutputFlags {
  readonly volume?: string;
  readonly allProjects?: boolean;
}

interface CreateFlags extends OutputFlags, TextFlags {
  readonly volume?: string;
  readonly source?: string;
}

export function addSnapshotVerbs(snapshot: Command, invocation: Invocation): void {
  addCreate(snapshot, invocation);
  withOutput(snapshot.command("list"))
    .description("list the snapshots, newest first")
    .option("--volume <volume>", "only snapshots of this volume (name or ID)")
    .option("--all-projects", "include other projects (ignored unless the caller is an admin)")
    .action(async ({ volume, allProjects, ...flags }: ListFlags) => {
      const usual = flags.format === "table" ? COLUMNS_TABLE : COLUMNS;
      const print = rowsPrinter(SNAPSHOT_FIELDS, usual, flags);
      const snapshots = await invocation.use(async (service) => {
        const records = await service.listSnapshots(volume, { allProjects });
        return await withVolumeNames(service, records, flags);
      });
      await invocation.show(print, snapshots);
    });
  withOutput(snapshot.command("show"))
    .description("show one snapshot")
    .argument("<snapshot>", "name or ID")
    .action(async (name: string, flags: OutputFlags) => {
      const print = recordPrinter(SNAPSHOT_FIELDS, flags);
      const record = await invocation.use(async (service) =>
        withVolumeNames(service, [await service.findSnapshot(name)], flags),
      );
      await invocation.show(print, record[0]!);
    });
  snapshot
    .command("set")
    .description("change a snapshot's name, description or user metadata")
    .argument("<snapshot>", "name or ID")
    .option("--name <name>", "new name")
    .option("--description <text>", "new description")
    .option("--property <key=value>", "user metadata, added to what there is; may be repeated", collect)
    .action(async (given: string, { name, description, property }: TextFlags) => {
      const metadata = parseProperties(property);
      await invocation.use((service) =>
        service.updateSnapshot({ snapshot: given, name, description, metadata }),
      );
    });
  snapshot
    .command("delete")
    .description("delete snapshots; the view of a registered snapshot stays")
    .argument("<snapshot...>", "names or IDs")
    .action((names: string[]) => invocation.forEach(names, (service, name) => service.deleteSnapshot(name)));
}

function addCreate(snapshot: Command, invocation: Invocation): void {
  withOutput(snapshot.command("create"))
    .description("freeze a view of a volume, or register one that was frozen by other means")
    .argument("<name>", "name of the snapshot")
    .option("--volume <volume>", "the volume (name or ID); default: the one with the snapshot's name")
    .option("--source <path>", "an existing view, which is only registered")
    .option("--description <text>", "description")
    .option("--property <key=value>", "user metadata; may be repeated", collect)
    .action(async (name: string, flags: CreateFlags) => {
      const print = recordPrinter(SNAPSHOT_FIELDS, flags);
      const { volume = name, source, description } = flags;
      const metadata = parseProperties(flags.property);
      const record = await invocation.use(async (service) => {
        const made = await service.createSnapshot({ name, volume, source, description, metadata });
        return await withVolumeNames(service, [made], flags);
      });
      await invocation.show(print, record[0]!);
    });
}
