/**
 * Lists of what the reference system can have and this service never has. They are empty, as there where nobody has made
 * any, because clients that only look take 404 for a failure.
 */
import { json } from "../call.js";
import { get, type Route } from "./router.js";

const TRANSFERS = [
  "/os-volume-transfer",
  "/os-volume-transfer/detail",
  "/volume-transfers",
  "/volume-transfers/detail",
];

export const ABSENT_ROUTES: readonly Route[] = [
  get("/qos-specs", async () => json({ qos_specs: [] })),
  get("/types/:id/encryption", async () => json({})),
  ...TRANSFERS.map((path) => get(path, async () => json({ transfers: [] }))),
];
