/** The backups of a repository, to choose one from: radio buttons, so that arrow keys do it. */
import type { Repository, RepositoryBackup, SkippedBackup } from "../../src/index.js";
import { create, element } from "./elements.js";
import { formatCount, formatSize } from "./numbers.js";

export interface Found {
  /** Newest first. */
  readonly backups: readonly RepositoryBackup[];
  readonly skipped: readonly SkippedBackup[];
}

export async function findBackups(repository: Repository): Promise<Found> {
  const backups: RepositoryBackup[] = [];
  const skipped: SkippedBackup[] = [];
  for await (const backup of repository.backups({ onSkipped: (each) => skipped.push(each) }))
    backups.push(backup);
  backups.sort((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0));
  return { backups, skipped };
}

/** @param onChosen called with the backup that was chosen, each time */
export function showBackups({ backups, skipped }: Found, onChosen: (backup: RepositoryBackup) => void): void {
  const list = element("backup-list", HTMLUListElement);
  list.replaceChildren(...backups.map((backup) => create("li", {}, rowOf(backup, onChosen))));
  const note = element("skipped", HTMLDivElement);
  note.replaceChildren(
    ...skipped.map(({ prefix, error }) =>
      create("p", {}, `Not shown: ${prefix}, which cannot be read. ${error.message}.`),
    ),
  );
}

function rowOf(backup: RepositoryBackup, onChosen: (backup: RepositoryBackup) => void): HTMLLabelElement {
  const radio = create("input", { type: "radio", name: "backup", value: backup.id });
  radio.addEventListener("change", () => onChosen(backup));
  const kind = create("span", { className: "badge" }, backup.isIncremental ? "incremental" : "full");
  const facts = create("span", { className: "facts" }, factsOf(backup));
  return create("label", {}, radio, create("strong", {}, titleOf(backup)), kind, facts);
}

export function titleOf({ name, id }: RepositoryBackup): string {
  return name === null || name === "" ? id : name;
}

function factsOf({ createdAt, volumeSize, size, objectCount, volumeId }: RepositoryBackup): string {
  const when =
    createdAt?.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" }) ?? "at an unknown time";
  const known = volumeSize ?? (size === undefined ? undefined : size * 1024 ** 3);
  const sizes = known === undefined ? [] : [formatSize(known)];
  const objects = `${formatCount(objectCount)} ${objectCount === 1 ? "object" : "objects"}`;
  return [when, ...sizes, objects, `volume ${volumeId.slice(0, 8)}`].join(" · ");
}
