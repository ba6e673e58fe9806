/** `ashlar volume backup restore`: into a volume, a path, or standard output. */
import type { Command } from "commander";
import { UsageError } from "../../errors.js";
import type { RunOptions } from "../../pipeline/run/run.js";
import type { RestoreOutcome } from "../../service/requests.js";
import type { Service } from "../../service/service.js";
import { BACKUP_FIELDS } from "../backup-fields.js";
import { EXIT_LOST, IncompleteError } from "../exit-code.js";
import type { Invocation, ProfileFlag } from "../invocation.js";
import { RESTORE_FIELDS, SALVAGE_COLUMNS, SALVAGE_FIELDS, STREAM_FIELDS } from "../outcome-fields.js";
import { recordPrinter, rowsPrinter } from "../output/printer.js";
import { type ChoiceFlags, chooseBackup, withChoice } from "./choose-backup.js";
import { type OutputFlags, STANDARD_STREAM, withExamples, withOutput, withProfile } from "./flags.js";

interface RestoreFlags extends OutputFlags, ProfileFlag, ChoiceFlags {
  readonly force?: boolean;
  readonly forceInUse?: boolean;
  readonly salvage?: boolean;
  readonly queue?: boolean;
}

const RESTORE_EXAMPLES: readonly string[] = [
  "restore monday ./copy.img",
  "restore --force latest --volume disk /dev/vg0/data",
  "restore latest --volume disk --at 2026-11-22T12:00 yesterday",
  "restore monday - | dd of=/dev/vg0/data bs=1M",
  "restore --salvage monday ./left.img -f json",
];

export function addRestore(backup: Command, invocation: Invocation): void {
  withExamples(withChoice(withProfile(withOutput(backup.command("restore")))), RESTORE_EXAMPLES)
    .description("restore a backup into a volume")
    .argument("<backup>", "name or ID")
    .argument(
      "[volume]",
      "an existing volume (name or ID), a path, a new name, for which a file is created in the state directory, or - for standard output",
    )
    .option("--force", "overwrite an existing volume or file")
    .option("--force-in-use", "with --force: even if it is mounted, attached, used as swap, held or locked")
    .option(
      "--salvage",
      "go on past damaged or missing data, fill what is lost with zeros, and list the lost ranges",
    )
    .option("--queue", "leave the restore to a worker of this host, see ashlar worker run")
    .action(async (name: string, volume: string | undefined, flags: RestoreFlags) => {
      const { force, forceInUse, salvage } = flags;
      if (flags.queue) return await queueRestore(invocation, { name, volume, flags });
      if (volume === STANDARD_STREAM) return await restoreToOutput(invocation, name, flags);
      const show = salvage ? salvagePrinter(invocation, flags) : restorePrinter(invocation, flags);
      const restore = async (service: Service, run: RunOptions) => {
        const backup = await chooseBackup(service, name, flags);
        return await service.restoreBackup({ ...run, backup, volume, force, forceInUse, salvage });
      };
      await show(await invocation.run("restore", restore, flags));
    });
}

interface QueuedRestore {
  readonly name: string;
  readonly volume: string | undefined;
  readonly flags: RestoreFlags;
}

async function queueRestore(invocation: Invocation, { name, volume, flags }: QueuedRestore): Promise<void> {
  const { force, forceInUse, salvage, profile } = flags;
  const beside = [
    ...(volume === STANDARD_STREAM ? ["standard output (-)"] : []),
    ...(salvage ? ["--salvage"] : []),
    ...(profile ? ["--profile"] : []),
  ];
  if (beside.length > 0)
    throw new UsageError(`Cannot use --queue with ${beside.join(", ")}: a worker runs the restore`);
  const print = recordPrinter(BACKUP_FIELDS, flags);
  const view = await invocation.use(async (service) => {
    const backup = await chooseBackup(service, name, flags);
    return await service.queueRestore({ backup, volume, force, forceInUse });
  });
  await invocation.show(print, view);
}

type ShowOutcome = (outcome: RestoreOutcome) => Promise<void>;

function restorePrinter(invocation: Invocation, flags: RestoreFlags): ShowOutcome {
  const print = recordPrinter(RESTORE_FIELDS, flags);
  return async (outcome) => {
    noteTarget(invocation, outcome);
    await invocation.show(print, outcome);
  };
}

/** The result of a salvage is the list of what is damaged. */
function salvagePrinter(invocation: Invocation, flags: RestoreFlags): ShowOutcome {
  const print = rowsPrinter(SALVAGE_FIELDS, SALVAGE_COLUMNS, flags);
  return async (outcome) => {
    const { lost, findings } = outcome.salvage!;
    const volumeId = outcome.volume.id;
    noteTarget(invocation, outcome);
    await invocation.show(print, [
      ...lost.map((range) => ({ volumeId, ...range })),
      ...findings.map((error) => ({ volumeId, offset: null, length: null, error })),
    ]);
    const lostSize = lost.reduce((sum, { length }) => sum + length, 0);
    if (lostSize === 0) return;
    const ranges = lost.length === 1 ? "1 range" : `${lost.length} ranges`;
    throw new IncompleteError(
      `Cannot restore all of volume ${volumeId}: ${lostSize} of ${outcome.restoredSize} bytes are lost, in ${ranges}, which are filled with zeros`,
      EXIT_LOST,
    );
  };
}

function noteTarget(invocation: Invocation, { volume }: RestoreOutcome): void {
  if (volume.source !== null) invocation.note(`restored into "${volume.source}"`);
}

/** Data goes to standard output, and so the result to standard error. */
async function restoreToOutput(invocation: Invocation, name: string, flags: RestoreFlags): Promise<void> {
  if (flags.salvage) {
    const wanted = "want a volume or a path, in which lost ranges can be filled";
    throw new UsageError(`Cannot salvage to standard output, where lost ranges look like data: ${wanted}`);
  }
  const print = recordPrinter(STREAM_FIELDS, flags);
  const output = await invocation.host.openVolumeOutput();
  const restore = async (service: Service, run: RunOptions) => {
    const backup = await chooseBackup(service, name, flags);
    return await service.streamBackup({ ...run, backup, output });
  };
  const outcome = await invocation.run("restore", restore, flags);
  await invocation.showAside(print, outcome);
}
