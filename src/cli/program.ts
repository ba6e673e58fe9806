/** The tree of verbs, and the flags that all of them share. */
import { Command, Option } from "commander";
import { defaultTextOf, type OptionTable, optionsIn } from "../options/option.js";
import { environmentName } from "../settings/option-sources.js";
import { SERVICE_OPTIONS } from "../settings/options.js";
import { posix } from "../sinks/posix/definition.js";
import { SINKS } from "../sinks/registry.js";
import { EXIT_CODES } from "./exit-code.js";
import { checkFlagValues } from "./flag-values.js";
import { addHelpVerbs } from "./help-verb.js";
import type { GlobalFlags, Invocation } from "./invocation.js";
import { wrapText } from "./output/display-width.js";
import { PROGRESS_STYLES } from "./progress.js";
import { addBackupVerbs } from "./verbs/backup.js";
import { addBatchVerbs } from "./verbs/batch.js";
import { addBenchmarkVerb } from "./verbs/benchmark.js";
import { addCatalogVerbs } from "./verbs/catalog.js";
import { addCompletionVerb } from "./verbs/completion.js";
import { collect } from "./verbs/flags.js";
import { addLimitVerbs } from "./verbs/limit.js";
import { addMemoryVerb } from "./verbs/memory.js";
import { addOperationVerbs } from "./verbs/operation.js";
import { addRecordVerbs } from "./verbs/record.js";
import { addRepositoryVerbs } from "./verbs/repository.js";
import { addScheduleVerbs } from "./verbs/schedule.js";
import { addServeVerb } from "./verbs/serve.js";
import { addSnapshotVerbs } from "./verbs/snapshot.js";
import { addVolumeVerbs } from "./verbs/volume.js";
import { addWorkerVerbs } from "./verbs/worker.js";

/** Receives the parser's own texts. */
export interface ProgramOutput {
  out(text: string): void;
  error(text: string): void;
}

export function buildProgram(invocation: Invocation, output: ProgramOutput): Command {
  const width = Math.min(invocation.host.tableWidth, HELP_WIDTH_MAX);
  const program = new Command("ashlar")
    .description("Backs up block volumes as streams, in OpenStack Cinder's format.")
    .version(invocation.host.version)
    .exitOverride()
    .configureHelp({ helpWidth: width })
    .configureOutput({
      writeOut: output.out,
      writeErr: output.error,
      outputError: (text, write) => write(`ashlar: ${text.replace(/^error: /, "")}`),
    })
    .hook("preAction", (_, verb) => {
      checkFlagValues(verb);
      invocation.configure(program.opts<GlobalFlags>());
    });
  addGlobalFlags(program);
  program.addHelpText("after", `\n${optionsHelp(width)}\n\n${exitCodesHelp(width)}`);
  program.addHelpText("afterAll", ({ command }) =>
    command === program
      ? ""
      : "\nOptions of all verbs, such as --state-dir and --repository: see ashlar --help",
  );
  const volume = program.command("volume").description("volumes, snapshots and backups");
  addVolumeVerbs(volume, invocation);
  addSnapshotVerbs(volume.command("snapshot").description("frozen views of volumes"), invocation);
  const backup = volume.command("backup").description("backups of volumes");
  addBackupVerbs(backup, invocation);
  addRecordVerbs(backup.command("record").description("portable descriptions of backups"), invocation);
  addRepositoryVerbs(program.command("repository").description("the repository of backups"), invocation);
  addOperationVerbs(program.command("operation").description("running and waiting operations"), invocation);
  addWorkerVerbs(program.command("worker").description("processes that run queued operations"), invocation);
  addLimitVerbs(
    program.command("limit").description("limits of hosts, projects and repositories"),
    invocation,
  );
  addBatchVerbs(program.command("batch").description("backups of many volumes by a plan"), invocation);
  addCatalogVerbs(program.command("catalog").description("the catalog as a whole"), invocation);
  addScheduleVerbs(program.command("schedule").description("runs of plans at set times"), invocation);
  addServeVerb(program, invocation);
  addMemoryVerb(program, invocation);
  addBenchmarkVerb(program, invocation);
  addCompletionVerb(program, invocation);
  addHelpVerbs(program);
  return program;
}

const HELP_WIDTH_MAX = 100;

function addGlobalFlags(program: Command): void {
  program
    .option(
      "--state-dir <path>",
      "directory of the catalog and of volumes that restores create (ASHLAR_STATE_DIR; default: ashlar in the XDG state directory)",
    )
    .option(
      "--catalog <url>",
      "catalog for several hosts, in PostgreSQL: postgresql://USER@HOST/DATABASE, see docs/fleet.md (ASHLAR_CATALOG; default: a file in the state directory)",
    )
    .option(
      "--repository <url>",
      "where backups are stored: a path or a URL, see docs/stores.md (ASHLAR_REPOSITORY; default: backup_posix_path, else repository in the state directory)",
    )
    .option(
      "--config-file <path>",
      "read options from this file, which may be a cinder.conf (ASHLAR_CONFIG_FILE)",
    )
    .option(
      "--encryption-key <ids>",
      "encrypt backups with this key, see docs/encryption.md (ASHLAR_ENCRYPTION_KEY)",
    )
    .option("--identity <path>", "file of age identities that open the key (ASHLAR_IDENTITY)")
    .option("--passphrase-file <path>", "file with a passphrase that opens the key (ASHLAR_PASSPHRASE_FILE)")
    .option("--digest-engine <engine>", "auto, wasm or native (ASHLAR_DIGEST_ENGINE; default: auto)")
    .option("--limit-upload <rate>", "limit on bytes written per second, e.g. 10M (ASHLAR_LIMIT_UPLOAD)")
    .option("--limit-download <rate>", "limit on bytes read per second, e.g. 10M (ASHLAR_LIMIT_DOWNLOAD)")
    .option("--project <id>", "project to act in (ASHLAR_PROJECT, OS_PROJECT_ID; default: admin)")
    .option("--user <id>", "user to act as (ASHLAR_USER, OS_USER_ID; default: admin)")
    .option("--roles <roles>", "admin, member, reader (ASHLAR_ROLES; default: admin)")
    .option(
      "--log-requests",
      "log every call of the repository as a line of JSON on standard error (ASHLAR_LOG_REQUESTS)",
    )
    .option("--option <name=value>", "set one of the options below; may be repeated", collect)
    .addOption(
      new Option("--progress <style>", "how to show progress on standard error")
        .choices(PROGRESS_STYLES)
        .default("auto"),
    )
    .option("--quiet", "print no progress and no warnings");
}

function optionsHelp(width: number): string {
  const others = SINKS.filter(({ name }) => name !== posix.name).map(({ name }) => name);
  const title = `Options by Cinder's names, as --option NAME=VALUE, as ${environmentName("NAME")}, or in the [DEFAULT] section of the configuration file:`;
  const more = `The options of other repositories (${others.join(", ")}) are in docs/stores.md.`;
  const lines = [title, more].map((text) => wrapText(text, width).join("\n"));
  return lines.join(`\n${columnsOf(optionTexts(), width)}\n`);
}

/** Name and help of each option: those of all repositories, and those of directories. */
export function optionTexts(): [name: string, text: string][] {
  return [...optionRows(SERVICE_OPTIONS), ...optionRows(posix.options)];
}

function optionRows<Values>(table: OptionTable<Values>): [name: string, text: string][] {
  return optionsIn(table).map(([name, option]) => {
    const usual = defaultTextOf(option);
    return [name, usual === undefined ? option.help : `${option.help} (default: ${usual})`];
  });
}

function exitCodesHelp(width: number): string {
  return `Exit codes:\n${columnsOf(
    EXIT_CODES.map(([code, meaning]) => [String(code), meaning]),
    width,
  )}`;
}

/** Names with texts beside them, or below them if the terminal is too narrow. */
function columnsOf(rows: readonly (readonly [string, string])[], width: number): string {
  const beside = Math.max(...rows.map(([first]) => first.length)) + 4;
  const indent = width - beside >= TEXT_WIDTH_MIN ? beside : 6;
  return rows
    .map(([first, second]) => {
      const [start = "", ...rest] = wrapText(second, width - indent);
      const name = `  ${first}`;
      const head = indent === beside ? [name.padEnd(indent) + start] : [name, " ".repeat(indent) + start];
      return [...head, ...rest.map((line) => " ".repeat(indent) + line)].join("\n");
    })
    .join("\n");
}

const TEXT_WIDTH_MIN = 30;
