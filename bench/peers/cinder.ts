/** Real Cinder's posix driver, one operation a process, its database migrated before. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CodecId } from "../../src/codecs/codec.js";
import { KIB } from "../../src/units.js";
import type { Peer } from "./peer.js";
import type { Site } from "./site.js";

/** Debian's packages are for the system's interpreter. */
const PYTHON = "/usr/bin/python3";
const DRIVER: string = fileURLToPath(new URL("../../../test/interop/cinder_driver.py", import.meta.url));
const VOLUME_ID = "11111111-2222-4333-8444-555555555555";

export interface CinderOptions {
  readonly codec: CodecId;
  /** Bytes. */
  readonly objectSize: number;
  /** Of the volume, bytes. */
  readonly volumeSize: number;
}

export function cinder(name: string, { codec, objectSize, volumeSize }: CinderOptions): Peer {
  const command = (site: Site, operation: string, fields: object) => ({
    argv: [
      PYTHON,
      "-B",
      DRIVER,
      "--state",
      join(site.live, "state.sqlite"),
      operation,
      JSON.stringify(fields),
    ],
  });
  return {
    name,
    leavesFiles: true,
    // Whatever is asked first makes the database, with all of its migrations.
    initialise: (site) => [command(site, "list", {})],
    backup: (site, { name: backup, parent }) =>
      command(site, "backup", {
        repository: site.repository,
        volume_file: site.volume,
        volume_id: VOLUME_ID,
        id: idOf(backup),
        parent_id: parent === undefined ? null : idOf(parent),
        compression: codec,
        block_size: 32 * KIB,
        file_size: objectSize,
      }),
    restore: (site, backup) =>
      command(site, "restore", {
        repository: site.repository,
        id: idOf(backup),
        target: join(site.target, "restored.raw"),
        new_size: volumeSize,
      }),
    restored: (site) => join(site.target, "restored.raw"),
  };
}

/** Cinder's backups go by their ID: the name's letters, written as hexadecimal digits. */
export function idOf(name: string): string {
  const digits = Buffer.from(name).toString("hex").padStart(12, "0").slice(-12);
  return `cccccccc-0000-4000-8000-${digits}`;
}
