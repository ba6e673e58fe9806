/** Backups: listed, shown, created, changed, deleted, restored, exported and imported. */
import { isAshlarError } from "../../errors.js";
import { accepted, type Call, json, since } from "../call.js";
import { badRequest, publicText } from "../faults.js";
import { BACKUP_LIST } from "../lists/backups.js";
import { repr } from "../python-text.js";
import { createBackup, importRecord, restoreBackup, updateBackup } from "../schemas/backups.js";
import { check } from "../schemas/check.js";
import { verifyBackup } from "../schemas/verify.js";
import { backupDetail, backupSummary } from "../views/backup.js";
import { listRoutes } from "./lists.js";
import { action, get, post, put, type Route, remove } from "./router.js";

const ONE = "/backups/:id";
const RESET_STATUSES = ["available", "error"] as const;

async function create(call: Call): Promise<Response> {
  const { backup } = check(createBackup(call.version), call.body);
  const record = await call.storage.createBackup({
    volumeId: backup.volume_id,
    snapshotId: backup.snapshot_id ?? undefined,
    name: backup.name,
    description: backup.description,
    container: backup.container ?? undefined,
    availabilityZone: backup.availability_zone ?? undefined,
    metadata: backup.metadata ?? undefined,
    isIncremental: backup.incremental,
    force: backup.force,
  });
  return json({ backup: backupSummary(call, record) }, 202);
}

async function update(call: Call): Promise<Response> {
  const { backup } = check(updateBackup(call.version), call.body);
  const record = await call.storage.updateBackup(call.params.id!, backup);
  return json({ backup: backupSummary(call, record) });
}

async function restore(call: Call): Promise<Response> {
  const { volume_id: volumeId, name } = check(restoreBackup, call.body).restore;
  const { backupId, volume } = await call.storage.restoreBackup(call.params.id!, {
    volumeId: volumeId ?? undefined,
    name: name ?? undefined,
  });
  const answer = { backup_id: backupId, volume_id: volume.id, volume_name: volume.name };
  return json({ restore: answer }, 202);
}

async function exportRecord(call: Call): Promise<Response> {
  const { backup } = await call.storage.findBackup(call.params.id!);
  return json({ "backup-record": await call.service.exportRecord(backup.id) });
}

async function importOne(call: Call): Promise<Response> {
  const record = check(importRecord, call.body)["backup-record"];
  const backup = await call.storage.importBackup(record).catch((error: unknown) => {
    if (isAshlarError(error, "usage"))
      throw badRequest(`Invalid input received: ${publicText(error.message)}`);
    throw error;
  });
  return json({ backup: { ...backupSummary(call, backup), name: null } }, 201);
}

async function resetStatus(call: Call): Promise<Response> {
  const { status } =
    (call.body as { readonly "os-reset_status": { readonly status?: unknown } })["os-reset_status"] ?? {};
  const known = RESET_STATUSES.find((each) => each === status);
  if (known === undefined)
    throw badRequest(`Backup status: ${status} is invalid, valid statuses are: ${repr(RESET_STATUSES)}.`);
  const { backup } = await call.storage.findBackup(call.params.id!);
  await call.service.resetBackup(backup.id, known);
  return accepted();
}

async function verify(call: Call): Promise<Response> {
  const asked = (call.body as Readonly<Record<string, unknown>>)["os-verify"] ?? {};
  const { sample } = check(verifyBackup, asked);
  await call.storage.verifyBackup(call.params.id!, { sample: sample ?? undefined });
  return accepted();
}

export const BACKUP_ROUTES: readonly Route[] = [
  ...listRoutes({
    ...{ name: "backups", description: BACKUP_LIST, detail: backupDetail },
    find: (call, wanted) => call.storage.listBackups(wanted),
    idOf: ({ backup }) => backup.id,
    summary: (call, { backup }) => backupSummary(call, backup),
  }),
  post("/backups", create, createBackup),
  post("/backups/import_record", importOne, () => importRecord),
  get(ONE, async (call) =>
    json({ backup: backupDetail(call, await call.storage.findBackup(call.params.id!)) }),
  ),
  put(ONE, since(9, update), updateBackup),
  remove(ONE, async (call) => {
    await call.storage.deleteBackup(call.params.id!);
    return accepted();
  }),
  post(`${ONE}/restore`, restore, () => restoreBackup),
  get(`${ONE}/export_record`, exportRecord),
  action(ONE, "os-reset_status", resetStatus),
  action(ONE, "os-verify", verify, () => verifyBackup),
  action(ONE, "os-force_delete", async (call) => {
    await call.storage.deleteBackup(call.params.id!, { force: true });
    return accepted();
  }),
];
