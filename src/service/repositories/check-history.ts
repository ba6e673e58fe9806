/**
 * Checks the signed history of a repository: every entry again, and whether what it says is stored is there. It reads no
 * manifest: a verification or a restore compares those that it uses.
 */
import { IntegrityError } from "../../errors.js";
import { manifestName } from "../../format/names.js";
import type { StoredEvent } from "../../history/entry.js";
import { throwIfCancelled } from "../../pipeline/run/run.js";
import type { ServiceContext } from "../context.js";
import { entryIn, openHistory, type RepositoryHistory } from "./history.js";
import type { RepositoryCheck } from "./requests.js";
import { storedIdOf } from "./stored.js";

const CHECK = "history";
/** Backups named in a finding. */
const NAMED_MAX = 5;

/** The row of the history in the check of a repository; `undefined` without a key. */
export async function checkHistory(
  context: ServiceContext,
  signal: AbortSignal | undefined,
): Promise<RepositoryCheck | undefined> {
  try {
    const history = await openHistory(context, context.settings.repository);
    return history && (await judge(context, history, signal));
  } catch (error) {
    throwIfCancelled(signal);
    const detail = error instanceof Error ? error.message : String(error);
    const advice = "find out who changed the store; restore the objects of the history from a copy";
    return { check: CHECK, finding: "bad", detail, advice };
  }
}

async function judge(
  context: ServiceContext,
  history: RepositoryHistory,
  signal: AbortSignal | undefined,
): Promise<RepositoryCheck> {
  const entries = await history.entries();
  await requireAll(
    history,
    entries.map(({ hash }) => hash),
    signal,
  );
  const live = new Map<string, StoredEvent[]>();
  for (const entry of entries.map(entryIn))
    if (entry.event === "removed") live.delete(entry.backup_id);
    else live.set(entry.backup_id, [...(live.get(entry.backup_id) ?? []), entry]);
  const { repository } = context.settings;
  const sink = await context.host.openRepository(repository);
  const missing: string[] = [];
  for (const [backupId, events] of live) {
    throwIfCancelled(signal);
    const sizes = await Promise.all(
      events.map(({ container, prefix }) => sink.size(container, manifestName(prefix))),
    );
    if (sizes.every((size) => size === undefined)) missing.push(backupId);
  }
  const rows = await context.catalog.backups.list({ repository, status: "available" });
  const unknown = rows
    .map(({ id, serviceMetadata }) => storedIdOf(serviceMetadata ?? "") ?? id)
    .filter((id) => !live.has(id));
  const head = entries.at(-1);
  const detail = [
    `${entries.length} entries, ${live.size} backups`,
    ...(head === undefined ? [] : [`head ${head.number} ${head.hash}`]),
    ...(missing.length === 0 ? [] : [`missing: ${named(missing)}`]),
    ...(unknown.length === 0 ? [] : [`not in the history: ${named(unknown)}`]),
  ].join("; ");
  if (missing.length > 0)
    return {
      ...{ check: CHECK, finding: "bad", detail },
      advice: "backups that were not deleted by Ashlar are gone: restore them from a copy",
    };
  const advice = "add them by `ashlar repository history add` if you trust them";
  return unknown.length === 0
    ? { check: CHECK, finding: "good", detail, advice: undefined }
    : { check: CHECK, finding: "warning", detail, advice };
}

/** @throws IntegrityError unless the store has all the entries that the catalog has */
async function requireAll(
  { log }: RepositoryHistory,
  hashes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  let number = 0;
  for await (const { hash } of log.after(undefined)) {
    throwIfCancelled(signal);
    if (hash !== (hashes[number] ?? hash))
      throw new IntegrityError("Cannot trust history: another entry is in the place of a known one", {
        objectName: log.nameOf(number + 1),
      });
    number++;
  }
  if (number < hashes.length)
    throw new IntegrityError("Cannot trust history: an entry that was there is missing", {
      objectName: log.nameOf(number + 1),
    });
}

function named(ids: readonly string[]): string {
  const more = ids.length > NAMED_MAX ? ` and ${ids.length - NAMED_MAX} more` : "";
  return ids.slice(0, NAMED_MAX).join(", ") + more;
}
