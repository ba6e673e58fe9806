/** casync, a store of chunks with an index for each backup. */
import { join } from "node:path";
import type { Peer } from "./peer.js";
import type { Site } from "./site.js";

export function casync(name = "casync"): Peer {
  const places = (site: Site, backup: string) => [
    `--store=${join(site.repository, "store.castr")}`,
    join(site.repository, `${backup}.caibx`),
  ];
  return {
    name,
    leavesFiles: true,
    initialise: () => [],
    backup: (site, { name: backup }) => ({ argv: ["casync", "make", ...places(site, backup), site.volume] }),
    restore: (site, backup) => ({
      argv: ["casync", "extract", ...places(site, backup), join(site.target, "restored.raw")],
    }),
    restored: (site) => join(site.target, "restored.raw"),
  };
}
