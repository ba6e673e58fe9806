/** `ashlar volume backup verify`: what is stored, or a volume against it. */
import type { Command } from "commander";
import { UsageError } from "../../errors.js";
import { parseDuration, parseSize } from "../../options/values.js";
import type { CompareOutcome, VerifySubset } from "../../service/backups/requests.js";
import { EXIT_DIFFERS, IncompleteError } from "../exit-code.js";
import type { Invocation, ProfileFlag } from "../invocation.js";
import {
  COMPARE_FIELDS,
  type ComparedRange,
  VERIFY_FIELDS,
  VERIFY_SUBSET_FIELDS,
} from "../outcome-fields.js";
import { recordPrinter, rowsPrinter } from "../output/printer.js";
import { type ChoiceFlags, chooseBackup, withChoice } from "./choose-backup.js";
import { type OutputFlags, withExamples, withOutput, withProfile } from "./flags.js";

interface VerifyFlags extends OutputFlags, ProfileFlag, ChoiceFlags {
  /** Above 0 and below 1. */
  readonly sample?: number;
  readonly readDataSubset?: VerifySubset;
  readonly againstSource?: string;
}

const EXAMPLES: readonly string[] = [
  "verify monday",
  "verify --sample 10% latest",
  "verify --read-data-subset 1h latest",
  "verify --against-source disk monday -f json",
];

export function addVerify(backup: Command, invocation: Invocation): void {
  withExamples(withChoice(withProfile(withOutput(backup.command("verify")))), EXAMPLES)
    .description("read everything that a restore reads and check every digest, without writing")
    .argument("<backup>", "name or ID")
    .option("--sample <share>", "read only this share of the objects, chosen at random, e.g. 10%", parseShare)
    .option(
      "--read-data-subset <part>",
      "read only the next part of the objects, and remember it, so that runs cover everything in time: a share, a duration or a size, e.g. 10%, 1h or 50GiB",
      parseSubset,
    )
    .option(
      "--against-source <volume>",
      "read this volume (name, ID or path) instead of the backup, compare it with the backup's digests, and list the ranges that differ",
    )
    .action(async (given: string, flags: VerifyFlags) => {
      if (flags.againstSource !== undefined)
        return await compare(invocation, { given, flags, volume: flags.againstSource });
      const { sample, readDataSubset: subset } = flags;
      const print = recordPrinter(subset === undefined ? VERIFY_FIELDS : VERIFY_SUBSET_FIELDS, flags);
      const outcome = await invocation.run(
        "verify",
        async (service, run) => {
          const backup = await chooseBackup(service, given, flags);
          return await service.verifyBackup({ ...run, backup, sample, ...(subset && { subset }) });
        },
        flags,
      );
      await invocation.show(print, outcome);
    });
}

interface Compare {
  readonly given: string;
  readonly flags: VerifyFlags;
  readonly volume: string;
}

async function compare(invocation: Invocation, { given, flags, volume }: Compare): Promise<void> {
  if (flags.sample !== undefined || flags.readDataSubset !== undefined)
    throw new UsageError(
      "Cannot use --sample or --read-data-subset with --against-source: every block of the volume is compared",
    );
  const columns = COMPARE_FIELDS.map(({ key }) => key);
  const print = rowsPrinter(COMPARE_FIELDS, columns, flags);
  const outcome = await invocation.run(
    "verify",
    async (service, run) =>
      await service.compareBackup({ ...run, backup: await chooseBackup(service, given, flags), volume }),
    flags,
  );
  await invocation.show(print, rangesOf(outcome));
  const { differingSize, differing, isCut, missing, beyond } = outcome;
  if (differingSize === 0 && missing === undefined && beyond === undefined) return;
  const unlisted = isCut ? `, of which the first ${differing.length} ranges are listed` : "";
  const others = [
    ...(missing === undefined ? [] : [`${missing.length} bytes at its end are missing`]),
    ...(beyond === undefined ? [] : [`it has ${beyond.length} bytes more`]),
  ];
  throw new IncompleteError(
    [
      `Volume "${volume}" differs from backup ${outcome.backup.id} in ${differingSize} bytes${unlisted}`,
      ...others,
    ].join("; "),
    EXIT_DIFFERS,
  );
}

/** One row that says that all is equal, or the ranges that are not. */
function rangesOf(outcome: CompareOutcome): ComparedRange[] {
  const { backup, source, differing, missing, beyond, comparedSize } = outcome;
  const place = { backup, source };
  const rows: ComparedRange[] = [
    ...differing.map((range) => ({ ...place, finding: "differs" as const, ...range })),
    ...(missing === undefined ? [] : [{ ...place, finding: "missing" as const, ...missing }]),
    ...(beyond === undefined ? [] : [{ ...place, finding: "beyond" as const, ...beyond }]),
  ];
  return rows.length > 0 ? rows : [{ ...place, finding: "equal", offset: 0, length: comparedSize }];
}

/** @throws UsageError for anything but a percentage, a duration or a size */
function parseSubset(text: string): VerifySubset {
  const share = /^\d+(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : undefined;
  if (share !== undefined && share > 0 && share <= 1) return { share };
  try {
    // Units of durations are small letters, and those of sizes are not.
    if (/^\d+[smhdwy]$/.test(text)) return { durationMs: parseDuration(text) };
    if (share === undefined) return { size: parseSize(text.replace(/(?<=[KMGT])iB$/, "")) };
  } catch {
    // Not a duration or a size either.
  }
  throw new UsageError(
    `Cannot use --read-data-subset "${text}": want a share such as 10%, a duration such as 1h, or a size such as 50GiB`,
  );
}

/** @throws UsageError for anything but a percentage above 0 and below 100 */
function parseShare(text: string): number {
  const share = /^\d+(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : Number.NaN;
  if (share > 0 && share < 1) return share;
  throw new UsageError(`Cannot use --sample "${text}": want a percentage above 0% and below 100%, e.g. 10%`);
}
