/** `ashlar volume backup restore`: into a volume, a path, or standard output. */
import type { Command } from "commander";
import type { RunOptions } from "../../pipeline/run/run.js";
import type { Service } from "../../service/service.js";
import type { Invocation, ProfileFlag } from "../invocation.js";
import { RESTORE_FIELDS, STREAM_FIELDS } from "../outcome-fields.js";
import { recordPrinter } from "../output/printer.js";
import { type ChoiceFlags, chooseBackup, withChoice } from "./choose-backup.js";
import { type OutputFlags, STANDARD_STREAM, withExamples, withOutput, withProfile } from "./flags.js";

interface RestoreFlags extends OutputFlags, ProfileFlag, ChoiceFlags {
  readonly force?: boolean;
  readonly forceInUse?: boolean;
}

const RESTORE_EXAMPLES: readonly string[] = [
  "restore monday ./copy.img",
  "restore --force latest --volume disk /dev/vg0/data",
  "restore latest --volume disk --at 2026-11-22T12:00 yesterday",
  "restore monday - | dd of=/dev/vg0/data bs=1M",
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
    .action(async (name: string, volume: string | undefined, flags: RestoreFlags) => {
      const print = recordPrinter(RESTORE_FIELDS, flags);
      if (volume === STANDARD_STREAM) return await restoreToOutput(invocation, name, flags);
      const { force, forceInUse } = flags;
      const restore = async (service: Service, run: RunOptions) => {
        const backup = await chooseBackup(service, name, flags);
        return await service.restoreBackup({ ...run, backup, volume, force, forceInUse });
      };
      const outcome = await invocation.run("restore", restore, flags);
      if (outcome.volume.source !== null) invocation.note(`restored into "${outcome.volume.source}"`);
      await invocation.show(print, outcome);
    });
}

/** Data goes to standard output, and so the result to standard error. */
async function restoreToOutput(invocation: Invocation, name: string, flags: RestoreFlags): Promise<void> {
  const print = recordPrinter(STREAM_FIELDS, flags);
  const output = await invocation.host.openVolumeOutput();
  const restore = async (service: Service, run: RunOptions) => {
    const backup = await chooseBackup(service, name, flags);
    return await service.streamBackup({ ...run, backup, output });
  };
  const outcome = await invocation.run("restore", restore, flags);
  await invocation.showAside(print, outcome);
}
