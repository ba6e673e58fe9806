/** `ashlar repository …`: what concerns all backups in one place. */
import type { Command } from "commander";
import type { Invocation } from "../invocation.js";
import { SCAN_COLUMNS, SCAN_FIELDS } from "../outcome-fields.js";
import { rowsPrinter } from "../output/printer.js";
import { type OutputFlags, withOutput } from "./flags.js";

export function addRepositoryVerbs(repository: Command, invocation: Invocation): void {
  withOutput(repository.command("scan"))
    .description("find the backups in the repository from their objects alone and add them to the catalog")
    .action(async (flags: OutputFlags) => {
      const print = rowsPrinter(SCAN_FIELDS, SCAN_COLUMNS, flags);
      const found = await invocation.run("scan", (service, run) => service.scanRepository(run));
      await invocation.host.print(await print(found));
    });
}
