/** Snapshots: listed, shown, created, changed and deleted. */
import type { SnapshotStatus } from "../../catalog/snapshots.js";
import { accepted, type Call, json } from "../call.js";
import { badRequest, Fault } from "../faults.js";
import { SNAPSHOT_LIST } from "../lists/snapshots.js";
import { repr } from "../python-text.js";
import { check } from "../schemas/check.js";
import { createSnapshot, updateSnapshot, updateStatus } from "../schemas/snapshots.js";
import { snapshotDetail, snapshotView } from "../views/snapshot.js";
import { listRoutes } from "./lists.js";
import { metadataRoutes } from "./metadata.js";
import { action, get, post, put, type Route, remove } from "./router.js";

const ONE = "/snapshots/:id";
/** Since then snapshots of volumes in use need no force. */
const FORCE_INVALID_SINCE = 66;
const RESET_STATUSES: readonly SnapshotStatus[] = [
  ...(["available", "creating", "deleting", "error", "error_deleting"] as const),
];
/** What a status may be updated to from outside. */
const UPDATES: Readonly<Partial<Record<SnapshotStatus, readonly SnapshotStatus[]>>> = {
  creating: ["creating", "available", "error"],
  deleting: ["deleting", "error_deleting"],
};

async function create(call: Call): Promise<Response> {
  const { snapshot } = check(createSnapshot, call.body);
  if (snapshot.volume_id === null) throw new Fault(404, "Volume None could not be found.");
  const isForceless = call.version >= FORCE_INVALID_SINCE;
  if (isForceless && snapshot.force === false)
    throw badRequest(
      "Since microversion 3.66 of the Block Storage API,  the 'force' option is invalid for this request.  For backward compatibility, however, when the 'force' flag is passed with a value evaluating to True, it is silently ignored.",
    );
  const record = await call.storage.createSnapshot({
    volumeId: snapshot.volume_id,
    name: snapshot.name ?? snapshot.display_name,
    description: snapshot.description ?? snapshot.display_description,
    metadata: snapshot.metadata ?? undefined,
    force: isForceless || snapshot.force === true,
  });
  return json({ snapshot: snapshotView(call, record) }, 202);
}

async function update(call: Call): Promise<Response> {
  const { snapshot } = check(updateSnapshot, call.body);
  const { name = snapshot.display_name, description = snapshot.display_description } = snapshot;
  const changes = {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
  };
  const record = await call.storage.updateSnapshot(call.params.id!, changes);
  return json({ snapshot: snapshotView(call, record) });
}

function statusIn(call: Call, name: string): { readonly status?: unknown } {
  return ((call.body as Readonly<Record<string, unknown>>)[name] ?? {}) as { readonly status?: unknown };
}

async function resetStatus(call: Call): Promise<Response> {
  const { status } = statusIn(call, "os-reset_status");
  const known = RESET_STATUSES.find((each) => each === status);
  if (known === undefined)
    throw badRequest(`Snapshot status: ${status} is invalid, valid statuses are: ${repr(RESET_STATUSES)}.`);
  await call.storage.resetSnapshot(call.params.id!, known);
  return accepted();
}

async function updateFromOutside(call: Call): Promise<Response> {
  const given = check(updateStatus, statusIn(call, "os-update_snapshot_status"));
  const snapshot = await call.storage.findSnapshot(call.params.id!);
  const status = UPDATES[snapshot.status]?.find((each) => each === given.status);
  if (status === undefined)
    throw badRequest(
      `Provided snapshot status ${given.status} not allowed for snapshot with status ${snapshot.status}.`,
    );
  await call.storage.updateSnapshotStatus(snapshot.id, status, given.progress);
  return accepted();
}

export const SNAPSHOT_ROUTES: readonly Route[] = [
  ...listRoutes({
    ...{ name: "snapshots", description: SNAPSHOT_LIST, summary: snapshotView, detail: snapshotDetail },
    find: (call, wanted) => call.storage.listSnapshots(wanted),
    idOf: ({ id }) => id,
  }),
  post("/snapshots", create, () => createSnapshot),
  get(ONE, async (call) =>
    json({ snapshot: snapshotDetail(call, await call.storage.findSnapshot(call.params.id!)) }),
  ),
  put(ONE, update, () => updateSnapshot),
  remove(ONE, async (call) => {
    await call.storage.deleteSnapshot(call.params.id!);
    return accepted();
  }),
  action(ONE, "os-reset_status", resetStatus),
  action(ONE, "os-update_snapshot_status", updateFromOutside, () => updateStatus),
  action(ONE, "os-force_delete", async (call) => {
    await call.storage.deleteSnapshot(call.params.id!, { force: true });
    return accepted();
  }),
  ...metadataRoutes({
    path: ONE,
    noun: "Snapshot",
    read: async (call) => (await call.storage.findSnapshot(call.params.id!)).metadata,
    write: async (call, metadata) =>
      (await call.storage.updateSnapshot(call.params.id!, { metadata })).metadata,
  }),
];
