/** `ashlar volume backup set|unset|reset-state|delete`: what changes a backup that there is. */
import type { Command } from "commander";
import type { ResetStatus } from "../../service/reset.js";
import type { Invocation } from "../invocation.js";
import { collect, parseChoice, parseProperties } from "./flags.js";

const RESET_STATUSES: readonly ResetStatus[] = ["available", "error"];
const STATE_HELP = `${RESET_STATUSES.join(" or ")}; error stops what is under way on it`;

interface SetFlags {
  readonly name?: string;
  readonly description?: string;
  /** False for `--no-property` alone, before any `--property`. */
  readonly property?: readonly string[];
  readonly clearProperties?: boolean;
  readonly state?: string;
}

export function addBackupStateVerbs(backup: Command, invocation: Invocation): void {
  addSet(backup, invocation);
  backup
    .command("unset")
    .description("take user metadata from a backup")
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
}

function addSet(backup: Command, invocation: Invocation): void {
  backup
    .command("set")
    .description("change what a backup is called, what is noted about it, or its status")
    .argument("<backup>", "name or ID")
    .option("--name <name>", "new name; empty for none")
    .option("--description <text>", "new description; empty for none")
    .option("--property <key=value>", "user metadata, added to what there is; may be repeated", collect)
    .option("--clear-properties", "take away the user metadata that there is first")
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
    .option("--force", "in any status; what is under way on the backup, also its creation, is stopped first")
    .option("--cascade", "delete those that depend on it too, after telling which")
    .action(async (names: string[], { force, cascade }: DeleteFlags) => {
      await invocation.forEach(names, async (service, name) => {
        const chain = cascade ? await service.findChainOf(name) : [{ id: name }];
        if (chain.length > 1) invocation.tell(`deleting ${chain.map(({ id }) => id).join(", ")}`);
        for (const { id } of chain) await service.deleteBackup(id, { force });
      });
    });
}
