/** `ashlar volume …`, except its backups. */
import type { Command } from "commander";
import { UsageError } from "../../errors.js";
import type { VolumeResetStatus } from "../../service/requests.js";
import type { Invocation } from "../invocation.js";
import { recordPrinter, rowsPrinter } from "../output/printer.js";
import { VOLUME_COLUMNS, VOLUME_FIELDS } from "../volume-fields.js";
import { collect, type OutputFlags, parseChoice, parseProperties, withOutput } from "./flags.js";

const VOLUME_STATES: readonly VolumeResetStatus[] = ["available", "in-use", "error"];

export function addVolumeVerbs(volume: Command, invocation: Invocation): void {
  addCreate(volume, invocation);
  withOutput(volume.command("list"))
    .description("list the volumes")
    .option("--all-projects", "include other projects (ignored unless the caller is an admin)")
    .action(async ({ allProjects, ...flags }: OutputFlags & { readonly allProjects?: boolean }) => {
      const print = rowsPrinter(VOLUME_FIELDS, VOLUME_COLUMNS, flags);
      const volumes = await invocation.use((service) => service.listVolumes({ allProjects }));
      await invocation.show(print, volumes);
    });
  withOutput(volume.command("show"))
    .description("show one volume")
    .argument("<volume>", "name or ID")
    .action(async (name: string, flags: OutputFlags) => {
      const print = recordPrinter(VOLUME_FIELDS, flags);
      const record = await invocation.use((service) => service.findVolume(name));
      await invocation.show(print, record);
    });
  volume
    .command("set")
    .description("change a volume's name, source or status")
    .argument("<volume>", "name or ID")
    .option("--name <name>", "new name")
    .option("--source <path>", "another existing file or block device; the present one stays as it is")
    .option(
      "--state <state>",
      `${VOLUME_STATES.join(", ")}; one that is in-use is backed up with --force only`,
    )
    .action((volume: string, flags: SetFlags) => setVolume(invocation, volume, flags));
  volume
    .command("delete")
    .description("remove volumes from the catalog; data and backups stay, except files that restores created")
    .argument("<volume...>", "names or IDs")
    .action((names: string[]) => invocation.forEach(names, (service, name) => service.deleteVolume(name)));
}

interface SetFlags {
  readonly name?: string;
  readonly source?: string;
  readonly state?: string;
}

async function setVolume(
  invocation: Invocation,
  volume: string,
  { name, source, ...flags }: SetFlags,
): Promise<void> {
  const state = parseChoice("--state", flags.state, VOLUME_STATES);
  const isUpdate = name !== undefined || source !== undefined;
  if (!isUpdate && state === undefined)
    throw new UsageError("Cannot set nothing of a volume: want --name, --source or --state");
  await invocation.use(async (service) => {
    // By its ID from then on, because the name may have changed.
    const found = isUpdate ? (await service.updateVolume({ volume, name, source })).id : volume;
    if (state !== undefined) await service.resetVolume(found, state);
  });
}

interface CreateFlags extends OutputFlags {
  readonly source: string;
  readonly description?: string;
  readonly property?: readonly string[];
}

function addCreate(volume: Command, invocation: Invocation): void {
  withOutput(volume.command("create"))
    .description("register an existing file or block device as a volume")
    .argument("<name>")
    .requiredOption("--source <path>", "the file or block device")
    .option("--description <text>", "description")
    .option("--property <key=value>", "user metadata; may be repeated", collect)
    .action(async (name: string, flags: CreateFlags) => {
      const print = recordPrinter(VOLUME_FIELDS, flags);
      const { source, description } = flags;
      const metadata = parseProperties(flags.property);
      const record = await invocation.use((service) =>
        service.createVolume({ name, source, description, metadata }),
      );
      await invocation.show(print, record);
    });
}
