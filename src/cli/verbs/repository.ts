/** `ashlar repository …`: what concerns all backups in one place. */
import type { Command } from "commander";
import { StorageError, UsageError } from "../../errors.js";
import type { RepositoryCheck } from "../../service/service.js";
import type { Invocation } from "../invocation.js";
import { CHECK_COLUMNS, CHECK_FIELDS, SCAN_COLUMNS, SCAN_FIELDS } from "../outcome-fields.js";
import { rowsPrinter } from "../output/printer.js";
import { type OutputFlags, withOutput } from "./flags.js";
import { addServeVerb } from "./repository-serve.js";

interface CheckFlags extends OutputFlags {
  readonly listCount?: number;
}

export function addRepositoryVerbs(repository: Command, invocation: Invocation): void {
  withOutput(repository.command("scan"))
    .description("find the backups in the repository from their objects alone and add them to the catalog")
    .action(async (flags: OutputFlags) => {
      const print = rowsPrinter(SCAN_FIELDS, SCAN_COLUMNS, flags);
      const found = await invocation.run("scan", (service, run) => service.scanRepository(run));
      await invocation.host.print(await print(found));
    });
  withOutput(repository.command("check"))
    .description(
      "find out whether the repository does what backups need, with objects that are removed again",
    )
    .option(
      "--list-count <count>",
      "how many objects to list: more than a page of the store has",
      parseListCount,
    )
    .action(async ({ listCount, ...flags }: CheckFlags) => {
      const print = rowsPrinter(CHECK_FIELDS, CHECK_COLUMNS, flags);
      const rows = await invocation.run("check", (service, run) =>
        service.checkRepository({ ...run, listCount }),
      );
      await invocation.host.print(await print(rows));
      throwIfBad(rows);
    });
  addServeVerb(repository, invocation);
}

function parseListCount(text: string): number {
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && count >= 1 && count <= 100_000) return count;
  throw new UsageError(`Cannot use --list-count "${text}": want a whole number from 1 to 100000`);
}

/** The rows say what; this says it to scripts, by the exit code. */
function throwIfBad(rows: readonly RepositoryCheck[]): void {
  const names = rows.filter(({ finding }) => finding === "bad").map(({ check }) => check);
  if (names.length === 0) return;
  throw new StorageError(`Cannot rely on the repository: ${names.join(", ")} failed`, { operation: "check" });
}
