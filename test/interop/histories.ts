/** The volume of `historyOf`, backed up at every point of its history, by either side. */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { Ashlar, type AshlarBackup } from "./ashlar.js";
import type { Cinder, CinderBackup } from "./cinder.js";
import type { Combination, Workspace } from "./matrix.js";

export const NAME = "täglich №1 \u{1f600}";
export const DESCRIPTION = 'quote " backslash \\ end';

/** The command with `combination` for options; `state` names the catalog it has. */
export function ashlarIn(
  workspace: Workspace,
  combination: Combination,
  state: string,
  environment: Readonly<Record<string, string>> = {},
): Ashlar {
  const { compression, blockSize, objectSize } = combination;
  const { repository } = workspace;
  const stateDir = workspace.path(state);
  return new Ashlar({ stateDir, repository, environment, compression, blockSize, objectSize });
}

/** A chain by Ashlar: one backup for each of `volumes`. */
export async function ashlarBacksUp(
  ashlar: Ashlar,
  workspace: Workspace,
  volumes: readonly Uint8Array[],
): Promise<AshlarBackup[]> {
  const backups: AshlarBackup[] = [];
  for (const [point, volume] of volumes.entries()) {
    await writeFile(workspace.source, volume);
    if (point === 0) await ashlar.createVolume("protected", workspace.source);
    const texts = { name: NAME, description: DESCRIPTION };
    backups.push(await ashlar.createBackup("protected", { incremental: point > 0, ...texts }));
  }
  return backups;
}

/** What a backup by Cinder is told, for `combination`. */
export function cinderRequest(workspace: Workspace, combination: Combination, volume_id: string) {
  return {
    repository: workspace.repository,
    volume_file: workspace.source,
    volume_id,
    compression: combination.compression,
    block_size: combination.blockSize,
    file_size: combination.objectSize,
    volume_name: "protected",
    name: NAME,
    description: DESCRIPTION,
  };
}

/** A chain by Cinder: one backup for each of `volumes`. */
export async function cinderBacksUp(
  cinder: Cinder,
  workspace: Workspace,
  combination: Combination,
  volumes: readonly Uint8Array[],
): Promise<CinderBackup[]> {
  const request = cinderRequest(workspace, combination, randomUUID());
  const backups: CinderBackup[] = [];
  for (const volume of volumes) {
    await writeFile(workspace.source, volume);
    const parent_id = backups.at(-1)?.id ?? null;
    backups.push(await cinder.backup({ ...request, id: randomUUID(), parent_id }));
  }
  return backups;
}
