/** restic. It has no way without encryption; without `--force` it would not read a file whose time has not changed. */
import { dirname, join } from "node:path";
import type { Command } from "./command.js";
import type { Peer } from "./peer.js";
import type { Site } from "./site.js";

export function restic(name = "restic"): Peer {
  const command = (site: Site, ...words: string[]): Command => ({
    argv: ["restic", "--quiet", ...words],
    directory: dirname(site.volume),
    environment: {
      RESTIC_REPOSITORY: site.repository,
      RESTIC_PASSWORD: "benchmark",
      RESTIC_CACHE_DIR: join(site.live, "cache"),
    },
  });
  return {
    name,
    leavesFiles: true,
    initialise: (site) => [command(site, "init")],
    backup: (site, { name: backup }) => command(site, "backup", "--force", "--tag", backup, "volume.raw"),
    restore: (site, backup) => command(site, "restore", "latest", "--tag", backup, "--target", site.target),
    restored: (site) => join(site.target, "volume.raw"),
  };
}
