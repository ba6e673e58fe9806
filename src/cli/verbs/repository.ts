/** `ashlar repository …`: verbs for all backups of a repository. */
import type { Command } from "commander";
import { StorageError, UsageError } from "../../errors.js";
import type { RepositoryCheck } from "../../service/repositories/requests.js";
import type { Invocation } from "../invocation.js";
import {
  CHECK_COLUMNS,
  CHECK_FIELDS,
  CLEAN_COLUMNS,
  CLEAN_FIELDS,
  SCAN_COLUMNS,
  SCAN_FIELDS,
} from "../outcome-fields.js";
import { rowsPrinter } from "../output/printer.js";
import { type OutputFlags, parseAge, withOutput } from "./flags.js";
import { addHistoryVerbs } from "./repository-history.js";
import { addKeyVerbs } from "./repository-key.js";
import { addServeVerb } from "./repository-serve.js";

interface CheckFlags extends OutputFlags {
  readonly listCount?: number;
}

interface ScanFlags extends OutputFlags {
  readonly keepOwner?: boolean;
  readonly accept?: boolean;
}

export function addRepositoryVerbs(repository: Command, invocation: Invocation): void {
  withOutput(repository.command("scan"))
    .description("find the backups in the repository from their objects alone and add them to the catalog")
    .option("--keep-owner", "backups belong to the users and projects of their volumes, not to the caller")
    .option("--accept", "take what is there for the repository, although the catalog knows another there")
    .action(async ({ keepOwner, accept, ...flags }: ScanFlags) => {
      const print = rowsPrinter(SCAN_FIELDS, SCAN_COLUMNS, flags);
      const found = await invocation.run("scan", (service, run) =>
        service.scanRepository({ ...run, keepOwner, accept }),
      );
      await invocation.show(print, found);
    });
  addClean(repository, invocation);
  withOutput(repository.command("check"))
    .description(
      "test whether the repository can do what backups need, with objects that are removed afterwards",
    )
    .option(
      "--list-count <count>",
      "how many objects to list; more than the store lists in a page",
      parseListCount,
    )
    .action(async ({ listCount, ...flags }: CheckFlags) => {
      const print = rowsPrinter(CHECK_FIELDS, CHECK_COLUMNS, flags);
      const rows = await invocation.run("check", (service, run) =>
        service.checkRepository({ ...run, listCount }),
      );
      await invocation.show(print, rows);
      throwIfBad(rows);
    });
  addServeVerb(repository, invocation);
  const history = repository.command("history").description("the signed history of a repository");
  addHistoryVerbs(history, invocation);
  addKeyVerbs(repository.command("key").description("keys of an encrypted repository"), invocation);
}

interface CleanFlags extends OutputFlags {
  readonly delete?: boolean;
  readonly olderThan?: number;
}

function addClean(repository: Command, invocation: Invocation): void {
  withOutput(repository.command("clean"))
    .description("find objects in the repository that belong to no backup")
    .option("--delete", "remove them; without this they are only shown")
    .option(
      "--older-than <age>",
      "keep what changed more recently: 90m, 24h (default) or 7d",
      (text: string) => parseAge("--older-than", text),
    )
    .action(async ({ delete: remove, olderThan: olderThanSeconds, ...flags }: CleanFlags) => {
      const print = rowsPrinter(CLEAN_FIELDS, CLEAN_COLUMNS, flags);
      const rows = await invocation.run("clean", (service, run) =>
        service.cleanRepository({ ...run, remove, olderThanSeconds }),
      );
      await invocation.show(print, rows);
    });
}

function parseListCount(text: string): number {
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && count >= 1 && count <= 100_000) return count;
  throw new UsageError(`Cannot use --list-count "${text}": want a whole number from 1 to 100000`);
}

/** Reports failed checks to scripts by the exit code; the rows contain the details. */
function throwIfBad(rows: readonly RepositoryCheck[]): void {
  const names = rows.filter(({ finding }) => finding === "bad").map(({ check }) => check);
  if (names.length === 0) return;
  throw new StorageError(`Cannot rely on the repository: ${names.join(", ")} failed`, { call: "check" });
}
