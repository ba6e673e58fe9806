/** Every route below `/v3`. */
import { ABSENT_ROUTES } from "./absent.js";
import { BACKUP_ROUTES } from "./backups.js";
import { DASHBOARD_ROUTES } from "./dashboard.js";
import { MESSAGE_ROUTES } from "./messages.js";
import { QUOTA_ROUTES } from "./quotas.js";
import type { Route } from "./router.js";
import { SERVICE_INFO_ROUTES } from "./service-info.js";
import { SNAPSHOT_ROUTES } from "./snapshots.js";
import { VOLUME_ACTION_ROUTES } from "./volume-actions.js";
import { VOLUME_ROUTES } from "./volumes.js";

export const ROUTES: readonly Route[] = [
  ...BACKUP_ROUTES,
  ...VOLUME_ROUTES,
  ...VOLUME_ACTION_ROUTES,
  ...SNAPSHOT_ROUTES,
  ...QUOTA_ROUTES,
  ...MESSAGE_ROUTES,
  ...SERVICE_INFO_ROUTES,
  ...DASHBOARD_ROUTES,
  ...ABSENT_ROUTES,
];

/** The first parts of all paths: what stands there else is a project. */
export const COLLECTIONS: ReadonlySet<string> = new Set(ROUTES.map(({ path }) => path.split("/")[1]!));
