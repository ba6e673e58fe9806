/** Choosing among backups by their volume and their time, for verbs that take one. */
import type { Command } from "commander";
import { NotFoundError, UsageError } from "../../errors.js";
import type { Service } from "../../service/service.js";

export interface ChoiceFlags {
  readonly volume?: string | undefined;
  readonly at?: string | undefined;
}

export function withChoice(command: Command): Command {
  return command
    .option("--volume <volume>", "choose among the available backups of this volume (name or ID)")
    .option(
      "--at <time>",
      "choose the newest at or before this time, e.g. 2026-11-22T12:56Z, or day; without Z in local time",
    );
}

/**
 * The name or ID for the service: `given` itself if neither flag is set, else the ID of the newest available backup
 * of that name, or of any name for `latest`.
 * @throws UsageError for a time that is none; NotFoundError
 */
export async function chooseBackup(
  service: Service,
  given: string,
  { volume, at }: ChoiceFlags,
): Promise<string> {
  if (volume === undefined && at === undefined) return given;
  const end = at === undefined ? Number.POSITIVE_INFINITY : endOf(at);
  const name = given === "latest" ? undefined : given;
  const views = await service.listBackups({ volume, name, status: "available" });
  const candidates = views
    .map(({ backup }) => ({ id: backup.id, time: (backup.dataTimestamp ?? backup.createdAt).getTime() }))
    .filter(({ time }) => time <= end)
    .sort((a, b) => b.time - a.time);
  const [newest] = candidates;
  if (newest !== undefined) return newest.id;
  const which = `${name === undefined ? "" : ` with the name "${name}"`}${volume === undefined ? "" : ` of volume "${volume}"`}`;
  throw new NotFoundError(
    `No available backup${which}${at === undefined ? "" : ` at or before ${at}`} exists`,
  );
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$/;
const SECOND_MS = 1000;

/** The end of the day, minute or second that `text` names. */
function endOf(text: string): number {
  const [, day, minute = "23:59", second = ":59", zone = ""] = TIME.exec(text) ?? [];
  const start = day === undefined ? Number.NaN : Date.parse(`${day}T${minute}${second}${zone}`);
  if (!Number.isNaN(start)) return start + SECOND_MS - 1;
  throw new UsageError(
    `Cannot use --at "${text}": want YYYY-MM-DD, with THH:MM, with :SS and with Z or an offset as +01:00 where wanted`,
  );
}
