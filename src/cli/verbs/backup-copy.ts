/** `ashlar volume backup copy`: backups into another repository. */
import type { Command } from "commander";
import { isAshlarError, UsageError } from "../../errors.js";
import { type RunOptions, startProgress } from "../../pipeline/run/run.js";
import type { BackupView, CopyOutcome } from "../../service/requests.js";
import type { Service } from "../../service/service.js";
import type { Invocation } from "../invocation.js";
import { COPY_FIELDS } from "../outcome-fields.js";
import { rowsPrinter } from "../output/printer.js";
import { type OutputFlags, parseAge, withExamples, withOutput } from "./flags.js";

interface CopyFlags extends OutputFlags {
  readonly to: string;
  readonly container?: string;
  readonly all?: boolean;
  readonly newerThan?: string;
  readonly volume?: string;
}

const COPY_EXAMPLES: readonly string[] = [
  "copy latest --to s3://offsite?endpoint=https://s3.example.org",
  "copy --all --newer-than 7d --to /mnt/nas/backups",
];

export function addCopyVerb(backup: Command, invocation: Invocation): void {
  withExamples(withOutput(backup.command("copy")), COPY_EXAMPLES)
    .description("copy backups with their chains into another repository, checked on the way")
    .argument("[backup...]", "names or IDs")
    .requiredOption("--to <url>", "the repository for the copies: a path or a URL")
    .option("--container <container>", "container for the copies")
    .option("--all", "copy all available backups in the configured repository (--repository)")
    .option("--newer-than <age>", "with --all: only backups with newer data: 90m, 24h or 7d")
    .option("--volume <volume>", "with --all: only backups of this volume (name or ID)")
    .action((names: string[], flags: CopyFlags) => copy(invocation, names, flags));
}

async function copy(invocation: Invocation, names: readonly string[], flags: CopyFlags): Promise<void> {
  const print = rowsPrinter(
    COPY_FIELDS,
    COPY_FIELDS.map(({ key }) => key),
    flags,
  );
  checkFlags(names, flags);
  const ageSeconds = flags.newerThan === undefined ? undefined : parseAge("--newer-than", flags.newerThan);
  const { settings } = await invocation.settingsWith({ repository: flags.to });
  const host = await invocation.host.openBatchHost();
  const target = { ...settings, repository: await host.canonicalUrl(settings.repository) };
  const outcomes: CopyOutcome[] = [];
  const failures = await invocation.run("copy", async (service, run) => {
    const chosen = flags.all ? await chooseAll(invocation, service, { flags, ageSeconds }) : names;
    const request = { ...run, container: flags.container };
    return await copyEach(service.withSettings(target), { chosen, request, outcomes });
  });
  await invocation.show(print, outcomes);
  if (failures.length > 0) throw new AggregateError(failures);
}

function checkFlags(names: readonly string[], { all, newerThan, volume }: CopyFlags): void {
  if (all && names.length > 0) throw new UsageError("Cannot copy named backups and --all: want one of both");
  if (!all && names.length === 0) throw new UsageError("Cannot copy nothing: want names or IDs, or --all");
  if (!all && (newerThan !== undefined || volume !== undefined))
    throw new UsageError("Cannot use --newer-than or --volume with names: want --all with them");
}

interface Choice {
  readonly flags: CopyFlags;
  readonly ageSeconds: number | undefined;
}

/** IDs, the oldest data first, so that parents come before their children. */
async function chooseAll(
  { host }: Invocation,
  service: Service,
  { flags: { volume }, ageSeconds }: Choice,
): Promise<string[]> {
  const views = await service.listBackups({ status: "available", inRepository: true, volume });
  const momentOf = ({ backup }: BackupView): number => (backup.dataTimestamp ?? backup.createdAt).getTime();
  const since = ageSeconds === undefined ? 0 : host.clock.now().getTime() - ageSeconds * 1000;
  return views
    .filter((view) => momentOf(view) >= since)
    .sort((a, b) => momentOf(a) - momentOf(b))
    .map(({ backup }) => backup.id);
}

interface Copies {
  readonly chosen: readonly string[];
  readonly request: RunOptions & { readonly container: string | undefined };
  /** Receives what was copied. */
  readonly outcomes: CopyOutcome[];
}

/** Copies one after the other, going on after failures. Resolves to the failures. */
async function copyEach(service: Service, { chosen, request, outcomes }: Copies): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const backup of chosen) {
    try {
      if (request.progress !== undefined) Object.assign(request.progress, startProgress());
      outcomes.push(await service.copyBackup({ ...request, backup }));
    } catch (error) {
      failures.push(error);
      if (isAshlarError(error, "cancelled")) break;
    }
  }
  return failures;
}
