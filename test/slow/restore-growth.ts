/** What the test of a restore's growth and its child process agree upon. */
import { MIB } from "../../src/units.js";
import { noise } from "../pipeline/volume-bytes.js";

/** The volume is this, over and over: longer than any codec looks back with its usual settings. */
export const PIECE: Uint8Array = noise(16 * MIB);

export const GROWTH_BACKUP = {
  container: "c",
  prefix: "volume_1",
  backupId: "00000000-0000-4000-8000-000000000001",
  volumeId: "11111111-2222-4333-8444-555555555555",
} as const;
