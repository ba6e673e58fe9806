/** Actions on volumes. */
import type { VolumeStatus } from "../../catalog/volumes.js";
import type { VolumeMark } from "../../service/block-storage/block-storage.js";
import { accepted, type Call, type Handler } from "../call.js";
import { badRequest } from "../faults.js";
import { check } from "../schemas/check.js";
import { bootable, extend, readOnly } from "../schemas/volumes.js";
import { action, type Route } from "./router.js";

const ONE = "/volumes/:id";

/** What an administrator may set by hand, in the reference system's order. */
const STATUSES: readonly (VolumeStatus | "awaiting-transfer" | "error_backing-up")[] = [
  ...(["creating", "available", "deleting", "error", "error_deleting", "error_managing"] as const),
  ...(["managing", "attaching", "in-use", "detaching", "maintenance", "restoring-backup"] as const),
  ...(["error_restoring", "reserved", "awaiting-transfer", "backing-up", "error_backing-up"] as const),
  ...(["error_extending", "downloading", "uploading", "retyping", "extending"] as const),
];

function argument(call: Call, name: string): unknown {
  return (call.body as Readonly<Record<string, unknown>>)[name] ?? {};
}

async function resetStatus(call: Call): Promise<Response> {
  const { status: given } = argument(call, "os-reset_status") as { readonly status?: unknown };
  if (given === undefined) {
    // Only the attachment or the migration is reset, of which there is none.
    await call.storage.findVolume(call.params.id!);
    return accepted();
  }
  const status = typeof given === "string" ? given.toLowerCase() : undefined;
  const known = STATUSES.find((each) => each === status);
  if (known === undefined || known === "awaiting-transfer" || known === "error_backing-up") {
    const names = STATUSES.map((each) => `'${each}'`).join(", ");
    throw badRequest(`Volume status: ${given} is invalid, valid statuses are: (${names}).`);
  }
  await call.storage.resetVolume(call.params.id!, known);
  return accepted();
}

const mark =
  (kind: VolumeMark): Handler =>
  async (call) => {
    await call.storage.markVolume(call.params.id!, kind);
    return accepted();
  };

export const VOLUME_ACTION_ROUTES: readonly Route[] = [
  action(
    ONE,
    "os-extend",
    async (call) => {
      const { new_size: size } = check(extend, argument(call, "os-extend"));
      await call.storage.extendVolume(call.params.id!, size);
      return accepted();
    },
    () => extend,
  ),
  action(ONE, "os-reset_status", resetStatus),
  action(ONE, "os-force_delete", async (call) => {
    await call.storage.deleteVolume(call.params.id!, { force: true });
    return accepted();
  }),
  action(ONE, "os-unmanage", async (call) => {
    await call.storage.unmanageVolume(call.params.id!);
    return accepted();
  }),
  action(
    ONE,
    "os-update_readonly_flag",
    async (call) => {
      const { readonly: isReadOnly } = check(readOnly, argument(call, "os-update_readonly_flag"));
      await call.storage.flagVolume(call.params.id!, { isReadOnly });
      return accepted();
    },
    () => readOnly,
  ),
  action(
    ONE,
    "os-set_bootable",
    async (call) => {
      const { bootable: isBootable } = check(bootable, argument(call, "os-set_bootable"));
      await call.storage.flagVolume(call.params.id!, { bootable: isBootable });
      return accepted(200);
    },
    () => bootable,
  ),
  action(ONE, "os-attach", mark("attach")),
  action(ONE, "os-detach", mark("detach")),
  action(ONE, "os-reserve", mark("reserve")),
  action(ONE, "os-unreserve", mark("unreserve")),
  action(ONE, "os-begin_detaching", mark("begin-detaching")),
  action(ONE, "os-roll_detaching", mark("roll-detaching")),
];
