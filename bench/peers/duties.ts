/**
 * Work that not every tool does, so that a time is compared with what was done in it. The syncs were counted by
 * `strace -f -e trace=fsync,fdatasync,sync_file_range`.
 */
import type { ToolName } from "./tools.js";

interface Duties {
  /** The files that a backup has on stable storage when it ends. */
  readonly synced: string;
  /** What a restore has on stable storage when it ends. */
  readonly restored: string;
  readonly digests: string;
  readonly isEncrypted: boolean;
}

export const DUTIES: readonly (Duties & { readonly tool: "ashlar" | ToolName })[] = [
  {
    ...{ tool: "ashlar", synced: "its objects", restored: "the volume" },
    ...{ digests: "SHA-256 of blocks, MD5 of objects", isEncrypted: false },
  },
  {
    ...{ tool: "cinder", synced: "nothing", restored: "the volume" },
    ...{ digests: "SHA-256 of blocks, MD5 of objects", isEncrypted: false },
  },
  {
    ...{ tool: "restic", synced: "its packs", restored: "nothing" },
    ...{ digests: "SHA-256 of chunks and packs", isEncrypted: true },
  },
  {
    ...{ tool: "borg", synced: "its segments", restored: "nothing" },
    ...{ digests: "SHA-256 of chunks, CRC-32 of segments", isEncrypted: false },
  },
  {
    ...{ tool: "casync", synced: "nothing", restored: "nothing" },
    ...{ digests: "SHA-512/256 of chunks", isEncrypted: false },
  },
];
