/** `ashlar limit`: limits on the concurrent operations of one host, project or repository. */
import type { Command } from "commander";
import { EACH, type LimitScope, type ScopedLimit } from "../../catalog/scoped-limits.js";
import { UsageError } from "../../errors.js";
import { parseSize } from "../../options/values.js";
import type { Invocation } from "../invocation.js";
import { type Field, field, sizeField } from "../output/field.js";
import { rowsPrinter } from "../output/printer.js";
import { type OutputFlags, parseChoice, parseCount, withOutput } from "./flags.js";

const LIMIT_FIELDS: readonly Field<ScopedLimit>[] = [
  field("scope", ({ scope }) => scope),
  field("name", ({ name }) => name),
  field("operations", ({ maxOperations }) => maxOperations),
  sizeField("memory", ({ maxMemory }) => maxMemory),
];

const COLUMNS: readonly string[] = LIMIT_FIELDS.map(({ key }) => key);
const SCOPES: readonly LimitScope[] = ["host", "project", "store"];

interface SetFlags {
  readonly operations?: string;
  readonly memory?: string;
}

export function addLimitVerbs(limit: Command, invocation: Invocation): void {
  const name = `name of the host, ID of the project, or URL of the repository; "${EACH}" for each that has no limit of its own`;
  withOutput(limit.command("list"))
    .description("list the limits of hosts, projects and repositories")
    .action(async (flags: OutputFlags) => {
      const print = rowsPrinter(LIMIT_FIELDS, COLUMNS, flags);
      const limits = await invocation.use(async (service) => await (await service.fleet()).limits());
      await invocation.show(print, limits);
    });
  limit
    .command("set")
    .description("set or replace a limit, for the operations of all processes that share the catalog")
    .argument("<scope>", SCOPES.join(", "))
    .argument("<name>", name)
    .option("--operations <count>", "concurrent operations; 0 to hold them all back")
    .option("--memory <bytes>", "limit on their planned memory, e.g. 2G")
    .action(async (scope: string, given: string, flags: SetFlags) => {
      const maxOperations = parseCount("--operations", flags.operations) ?? null;
      const maxMemory = flags.memory === undefined ? null : memoryOf(flags.memory);
      if (maxOperations === null && maxMemory === null)
        throw new UsageError("Cannot set a limit of nothing: want --operations, --memory, or both");
      const set = { scope: scopeOf(scope), name: given, maxOperations, maxMemory };
      await invocation.use(async (service) => await (await service.fleet()).setLimit(set));
    });
  limit
    .command("unset")
    .description("remove a limit")
    .argument("<scope>", SCOPES.join(", "))
    .argument("<name>", name)
    .action(async (scope: string, given: string) => {
      const known = scopeOf(scope);
      await invocation.use(async (service) => await (await service.fleet()).removeLimit(known, given));
    });
}

function memoryOf(text: string): number {
  try {
    return parseSize(text);
  } catch (error) {
    throw new UsageError(`Cannot use --memory "${text}": ${(error as Error).message}`);
  }
}

function scopeOf(text: string): LimitScope {
  return parseChoice("SCOPE", text, SCOPES)!;
}
