/** What the service is: its parts, zones, volume type, filters and extensions. */
import { type Call, json, since } from "../call.js";
import { Fault } from "../faults.js";
import { BACKUP_LIST } from "../lists/backups.js";
import { SNAPSHOT_LIST } from "../lists/snapshots.js";
import { VOLUME_LIST } from "../lists/volumes.js";
import { parseFlag } from "../query.js";
import { backendOf, volumeHostOf } from "../views/backend.js";
import { moment } from "../views/dates.js";
import { isVolumeType, VOLUME_TYPE } from "../views/volume-type.js";
import { get, type Route } from "./router.js";

const FILTERS: Readonly<Record<string, readonly string[]>> = {
  volume: VOLUME_LIST.filters,
  backup: BACKUP_LIST.filters,
  snapshot: SNAPSHOT_LIST.filters,
  message: ["resource_uuid", "resource_type", "request_id"],
};

/** The reference system's names of what is here. */
const EXTENSIONS: readonly (readonly [name: string, alias: string, description: string, updated: string])[] =
  [
    ["Backups", "backups", "Backups support.", "2012-12-12T00:00:00+00:00"],
    ["AdminActions", "os-admin-actions", "Enable admin actions.", "2012-08-25T00:00:00+00:00"],
    [
      "AvailabilityZones",
      "os-availability-zone",
      "Describe Availability Zones.",
      "2013-06-27T00:00:00+00:00",
    ],
    ["Quotas", "os-quota-sets", "Quota management support.", "2011-08-08T00:00:00+00:00"],
    ["QuotaClasses", "os-quota-class-sets", "Quota classes management support.", "2012-03-12T00:00:00+00:00"],
    ["Services", "os-services", "Services support.", "2012-10-28T00:00:00-00:00"],
    [
      "SnapshotActions",
      "os-snapshot-actions",
      "Enable snapshot manager actions.",
      "2013-07-16T00:00:00+00:00",
    ],
    [
      "UsedLimits",
      "os-used-limits",
      "Provide data on limited resources that are being used.",
      "2013-10-03T00:00:00+00:00",
    ],
    ["VolumeActions", "os-volume-actions", "Enable volume actions.", "2012-05-31T00:00:00+00:00"],
    [
      "VolumeManage",
      "os-volume-manage",
      "Allows existing backend storage to be 'managed' by Cinder.",
      "2014-02-10T00:00:00+00:00",
    ],
    [
      "VolumeUnmanage",
      "os-volume-unmanage",
      "Enable volume unmanage operation.",
      "2012-05-31T00:00:00+00:00",
    ],
  ];

async function services(call: Call): Promise<Response> {
  call.storage.authorize("volume_extension:services:index");
  const { identity, version, url } = call;
  const common = {
    ...{ zone: identity.availabilityZone, status: "enabled", state: "up", disabled_reason: null },
    updated_at: moment(identity.now()),
    ...(version >= 7 && { cluster: null }),
  };
  const volume = {
    ...{ replication_status: "disabled", active_backend_id: null, frozen: false },
    ...(version >= 49 && { backend_state: "up" }),
  };
  const all = [
    { binary: "cinder-scheduler", host: identity.hostName, ...common },
    { binary: "cinder-volume", host: volumeHostOf(identity), ...common, ...volume },
    { binary: "cinder-backup", host: identity.hostName, ...common },
  ];
  const [binary, host] = [url.searchParams.get("binary"), url.searchParams.get("host")];
  const found = all.filter(
    (each) =>
      (binary === null || each.binary === binary) &&
      (host === null || each.host === host || each.host.startsWith(`${host}@`)),
  );
  return json({ services: found });
}

/** Free space is what the operator gives the state directory, which the API does not show. */
function capabilities({ identity }: Call): object {
  return {
    ...{ volume_backend_name: volumeHostOf(identity).split("@")[1], vendor_name: "Ashlar" },
    ...{ storage_protocol: "file", driver_version: "1", timestamp: moment(identity.now()) },
    ...{
      total_capacity_gb: "unknown",
      free_capacity_gb: "unknown",
      reserved_percentage: 0,
      QoS_support: false,
    },
  };
}

function typeView(call: Call): object {
  return {
    ...{ id: VOLUME_TYPE.id, name: VOLUME_TYPE.name, is_public: true, description: VOLUME_TYPE.description },
    ...{ extra_specs: {} },
    ...(call.storage.allows("volume_extension:access_types_qos_specs_id") && { qos_specs_id: null }),
  };
}

async function showType(call: Call): Promise<Response> {
  const id = call.params.id!;
  if (id !== "default" && !isVolumeType(id)) throw new Fault(404, `Volume type ${id} could not be found.`);
  return json({ volume_type: typeView(call) });
}

async function resourceFilters(call: Call): Promise<Response> {
  const wanted = call.url.searchParams.get("resource");
  const found = Object.entries(FILTERS).filter(([resource]) => wanted === null || resource === wanted);
  return json({ resource_filters: found.map(([resource, filters]) => ({ resource, filters })) });
}

export const SERVICE_INFO_ROUTES: readonly Route[] = [
  get("/os-services", services),
  get("/os-availability-zone", async ({ identity }) =>
    json({
      availabilityZoneInfo: [{ zoneName: identity.availabilityZone, zoneState: { available: true } }],
    }),
  ),
  get("/types", async (call) =>
    json({ volume_types: [{ ...typeView(call), "os-volume-type-access:is_public": true }] }),
  ),
  get("/types/:id", showType),
  get("/resource_filters", since(33, resourceFilters)),
  get("/extensions", async () =>
    json({
      extensions: EXTENSIONS.map(([name, alias, description, updated]) => ({
        ...{ name, alias, description, updated, links: [] },
      })),
    }),
  ),
  get("/scheduler-stats/get_pools", async (call) => {
    call.storage.authorize("scheduler_extension:scheduler_stats:get_pools");
    const isDetailed = parseFlag(call.url.searchParams.get("detail") ?? "") === true;
    const pool = { name: backendOf(call.identity) };
    return json({ pools: [isDetailed ? { ...pool, capabilities: capabilities(call) } : pool] });
  }),
];
