/** `ashlar catalog`: the catalog as a whole. */
import type { Command } from "commander";
import type { CopiedTable } from "../../catalog/copy.js";
import type { Invocation } from "../invocation.js";
import { type Field, field } from "../output/field.js";
import { rowsPrinter } from "../output/printer.js";
import { type OutputFlags, withOutput } from "./flags.js";

const FIELDS: readonly Field<CopiedTable>[] = [
  field("table", ({ table }) => table),
  field("rows", ({ rows }) => rows),
];

export function addCatalogVerbs(catalog: Command, invocation: Invocation): void {
  withOutput(catalog.command("copy"))
    .description("copy a catalog into an empty one, between SQLite and PostgreSQL, and compare every row")
    .argument(
      "<from>",
      "file of SQLite (catalog.sqlite in the state directory), or postgresql://USER@HOST/DATABASE",
    )
    .argument("<to>", "the same; created if it is a file, and empty")
    .action(async (from: string, to: string, flags: OutputFlags) => {
      const print = rowsPrinter(FIELDS, ["table", "rows"], flags);
      const { hostName } = (await invocation.settings()).settings;
      await invocation.show(print, await invocation.host.copyCatalog({ from, to, hostName }));
    });
}
