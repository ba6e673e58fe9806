/** Limits and quotas of projects. */
import type { QuotaLimits, QuotaResource } from "../../catalog/quotas.js";
import { QUOTA_RESOURCES } from "../../service/block-storage/quotas.js";
import { accepted, type Call, json } from "../call.js";
import { badRequest } from "../faults.js";
import { parseFlag } from "../query.js";
import { VOLUME_TYPE } from "../views/volume-type.js";
import { get, put, type Route, remove } from "./router.js";

const PROJECT = "/os-quota-sets/:project";
const CLASS = "/os-quota-class-sets/:class";
const UNLIMITED = -1;
/** Quotas by volume type, of which there is one, without limits of its own. */
const BY_TYPE = ["volumes", "gigabytes", "snapshots"] as const;

type Numbers = Readonly<Record<QuotaResource, number>>;

function setOf(limits: Numbers): object {
  const byType = BY_TYPE.map((resource) => [`${resource}_${VOLUME_TYPE.name}`, UNLIMITED]);
  return { ...limits, ...Object.fromEntries(byType) };
}

async function limitsOf(call: Call, project: string): Promise<Numbers> {
  const uses = await call.storage.quotasOf(project);
  return Object.fromEntries(QUOTA_RESOURCES.map((name) => [name, uses[name].limit])) as Numbers;
}

async function show(call: Call): Promise<Response> {
  const id = call.params.project!;
  if (parseFlag(call.url.searchParams.get("usage") ?? "") !== true)
    return json({ quota_set: { ...setOf(await limitsOf(call, id)), id } });
  const uses = await call.storage.quotasOf(id);
  const use = (resource: QuotaResource, limit: number): [string, object] => {
    const name = limit === UNLIMITED ? `${resource}_${VOLUME_TYPE.name}` : resource;
    return [name, { limit, in_use: uses[resource].used, reserved: 0 }];
  };
  const all = QUOTA_RESOURCES.map((name): [string, object] => [
    name,
    { limit: uses[name].limit, in_use: uses[name].used, reserved: 0 },
  ]);
  const byType = BY_TYPE.map((name) => use(name, UNLIMITED));
  return json({ quota_set: { ...Object.fromEntries([...all, ...byType]), id } });
}

function limitsIn(call: Call, member: string): QuotaLimits {
  const given = (call.body as Readonly<Record<string, unknown>>)[member];
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw badRequest(`Missing required element '${member}' in request body.`);
  const entries = Object.entries(given).filter(([name]) => name !== "tenant_id" && name !== "force");
  const isKnown = (name: string): boolean =>
    QUOTA_RESOURCES.some((resource) => resource === name) || name.endsWith(`_${VOLUME_TYPE.name}`);
  const unknown = entries.map(([name]) => name).filter((name) => !isKnown(name));
  if (unknown.length > 0)
    throw badRequest(`Invalid input received: Bad key(s) in quota set: ${unknown.join(",")}`);
  const limits = entries.map(([name, value]): [string, number] => {
    const limit = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
    if (typeof limit === "number" && Number.isSafeInteger(limit) && limit >= UNLIMITED) return [name, limit];
    throw badRequest(
      `Invalid input for field/attribute ${name}. Value: ${value}. Want an integer from -1 on`,
    );
  });
  return Object.fromEntries(limits.filter(([name]) => QUOTA_RESOURCES.some((each) => each === name)));
}

async function absoluteLimits(call: Call): Promise<Response> {
  const asked = call.url.searchParams.get("project_id");
  call.storage.authorize("limits_extension:used_limits");
  const mayAsk = asked !== null && call.storage.allows("context_is_admin");
  const project = mayAsk ? asked : call.caller.projectId;
  const {
    volumes,
    gigabytes,
    snapshots,
    backups,
    backup_gigabytes: backupGigabytes,
  } = await call.storage.quotasOf(project);
  const absolute = {
    maxTotalVolumes: volumes.limit,
    maxTotalSnapshots: snapshots.limit,
    maxTotalVolumeGigabytes: gigabytes.limit,
    maxTotalBackups: backups.limit,
    maxTotalBackupGigabytes: backupGigabytes.limit,
    totalVolumesUsed: volumes.used,
    totalGigabytesUsed: gigabytes.used,
    totalSnapshotsUsed: snapshots.used,
    totalBackupsUsed: backups.used,
    totalBackupGigabytesUsed: backupGigabytes.used,
  };
  return json({ limits: { rate: [], absolute } });
}

export const QUOTA_ROUTES: readonly Route[] = [
  get("/limits", absoluteLimits),
  get(PROJECT, show),
  get(`${PROJECT}/defaults`, async (call) =>
    json({ quota_set: { ...setOf(await call.storage.defaultQuotas()), id: call.params.project } }),
  ),
  put(PROJECT, async (call) => {
    const id = call.params.project!;
    await call.storage.setQuotas(id, limitsIn(call, "quota_set"));
    return json({ quota_set: setOf(await limitsOf(call, id)) });
  }),
  remove(PROJECT, async (call) => {
    await call.storage.removeQuotas(call.params.project!);
    return accepted(200);
  }),
  get(CLASS, async (call) => {
    call.storage.authorize("volume_extension:quota_classes:get");
    return json({ quota_class_set: { ...setOf(await call.storage.defaultQuotas()), id: call.params.class } });
  }),
  put(CLASS, async (call) => {
    await call.storage.setDefaultQuotas(limitsIn(call, "quota_class_set"));
    return json({ quota_class_set: setOf(await call.storage.defaultQuotas()) });
  }),
];
