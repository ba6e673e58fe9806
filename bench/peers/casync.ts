/** casync, a store of chunks with an index for each backup. */
import { join } from "node:path";
import type { Peer } from "./peer.js";
import type { Site } from "./site.js";

/** @param chunkSize bytes of each chunk; by default casync cuts where the contents say */
export function casync(name: string, chunkSize?: number): Peer {
  const cut = chunkSize === undefined ? [] : [`--chunk-size=${chunkSize}:${chunkSize}:${chunkSize}`];
  const places = (site: Site, backup: string) => [
    `--store=${join(site.repository, "store.castr")}`,
    join(site.repository, `${backup}.caibx`),
  ];
  return {
    name,
    leavesFiles: true,
    initialise: () => [],
    backup: (site, { name: backup }) => ({
      argv: ["casync", "make", ...cut, ...places(site, backup), site.volume],
    }),
    restore: (site, backup) => ({
      argv: ["casync", "extract", ...places(site, backup), join(site.target, "restored.raw")],
    }),
    restored: (site) => join(site.target, "restored.raw"),
  };
}
