/** Volumes: listed, shown, created, taken from the host, changed and deleted. */

import { gibOf } from "../../units.js";
import { accepted, type Call, json, since } from "../call.js";
import { badRequest, Fault } from "../faults.js";
import { VOLUME_LIST } from "../lists/volumes.js";
import { parseFlag } from "../query.js";
import { check } from "../schemas/check.js";
import { createVolume, manageVolume, updateVolume } from "../schemas/volumes.js";
import { shownMetadata, volumeDetail, volumeSummary, volumeView } from "../views/volume.js";
import { isVolumeType } from "../views/volume-type.js";
import { listRoutes } from "./lists.js";
import { metadataRoutes } from "./metadata.js";
import { get, post, put, type Route, remove } from "./router.js";

const ONE = "/volumes/:id";
const MALFORMED =
  "The server could not comply with the request since it is either malformed or otherwise incorrect.";

async function create(call: Call): Promise<Response> {
  const { volume } = check(createVolume(call.version), call.body);
  if (Object.keys(volume).length === 0) throw badRequest(MALFORMED);
  const { volume_type: type, image_id: image = volume.imageRef, multiattach } = volume;
  if (type != null && type !== "" && !isVolumeType(type))
    throw new Fault(404, `Volume type with name ${type} could not be found.`);
  if (image != null) throw badRequest("Invalid input received: There is no image service here.");
  if (multiattach) throw badRequest("Invalid input received: Volumes are attached once here.");
  const origins = [volume.snapshot_id, volume.source_volid, volume.backup_id];
  if (volume.size == null && origins.every((origin) => origin == null))
    throw badRequest("Invalid input received: Volume size 'None' must be an integer and greater than 0");
  const record = await call.storage.createVolume({
    size: volume.size ?? undefined,
    name: volume.name ?? volume.display_name,
    description: volume.description ?? volume.display_description,
    metadata: volume.metadata ?? undefined,
    availabilityZone: volume.availability_zone ?? undefined,
    snapshotId: volume.snapshot_id ?? undefined,
    sourceVolumeId: volume.source_volid ?? undefined,
    ...(call.version >= 47 && { backupId: volume.backup_id ?? undefined }),
  });
  return json({ volume: volumeView(call, record) }, 202);
}

async function update(call: Call): Promise<Response> {
  const { volume } = check(updateVolume, call.body);
  if (Object.keys(volume).length === 0) throw badRequest(MALFORMED);
  const { name = volume.display_name, description = volume.display_description, metadata } = volume;
  const changes = {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(metadata !== undefined && { metadata }),
  };
  return json({ volume: volumeView(call, await call.storage.updateVolume(call.params.id!, changes)) });
}

async function manage(call: Call): Promise<Response> {
  const { volume } = check(manageVolume, call.body);
  const path = typeof volume.ref === "string" ? volume.ref : volume.ref["source-name"];
  if (path === undefined)
    throw badRequest("Invalid input received: Reference must contain source-name element.");
  const record = await call.storage.manageVolume({
    path,
    name: volume.name,
    description: volume.description,
    metadata: volume.metadata ?? undefined,
    availabilityZone: volume.availability_zone ?? undefined,
    isBootable: volume.bootable,
  });
  return json({ volume: volumeView(call, record) }, 202);
}

async function summary(call: Call): Promise<Response> {
  const { items } = await call.storage.listVolumes({
    allProjects: parseFlag(call.url.searchParams.get("all_tenants") ?? "") === true,
  });
  const metadata: Record<string, string[]> = {};
  for (const volume of items) {
    for (const [key, value] of Object.entries(volume.metadata)) {
      const values = Object.hasOwn(metadata, key) ? metadata[key]! : [];
      metadata[key] = values.includes(value) ? values : [...values, value];
    }
  }
  const answer = {
    total_count: items.length,
    total_size: items.reduce((total, { size }) => total + gibOf(size), 0),
    ...(call.version >= 36 && { metadata }),
  };
  return json({ "volume-summary": answer });
}

export const VOLUME_ROUTES: readonly Route[] = [
  ...listRoutes({
    ...{ name: "volumes", description: VOLUME_LIST, summary: volumeSummary, detail: volumeDetail },
    find: (call, wanted) => call.storage.listVolumes(wanted),
    idOf: ({ id }) => id,
  }),
  get("/volumes/summary", since(12, summary)),
  post("/volumes", create, createVolume),
  post("/os-volume-manage", manage, () => manageVolume),
  get(ONE, async (call) =>
    json({ volume: volumeDetail(call, await call.storage.findVolume(call.params.id!)) }),
  ),
  put(ONE, update, () => updateVolume),
  remove(ONE, async (call) => {
    const query = call.url.searchParams;
    const cascade = parseFlag(query.get("cascade") ?? "") === true;
    const force = call.version >= 23 && parseFlag(query.get("force") ?? "") === true;
    await call.storage.deleteVolume(call.params.id!, { cascade, force });
    return accepted();
  }),
  ...metadataRoutes({
    path: ONE,
    noun: "Volume",
    read: async (call) => shownMetadata(await call.storage.findVolume(call.params.id!)),
    write: async (call, metadata) =>
      (await call.storage.updateVolume(call.params.id!, { metadata })).metadata,
  }),
];
