/** borg without encryption, at restic's level of zstd; without a files cache, by which it would not read again. */
import { dirname, join } from "node:path";
import type { Command } from "./command.js";
import type { Peer } from "./peer.js";
import type { Site } from "./site.js";

/** `chunker` is borg's `--chunker-params`; its default without it. */
export function borg(name: string, chunker?: string): Peer {
  const command = (site: Site, directory: string, words: readonly string[]): Command => ({
    argv: ["borg", ...words],
    directory,
    environment: {
      BORG_REPO: site.repository,
      BORG_BASE_DIR: join(site.live, "base"),
      BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: "yes",
      BORG_RELOCATED_REPO_ACCESS_IS_OK: "yes",
    },
  });
  const chunking = chunker === undefined ? [] : ["--chunker-params", chunker];
  return {
    name,
    leavesFiles: false,
    initialise: (site) => [command(site, site.directory, ["init", "--encryption", "none"])],
    backup: (site, { name: backup }) =>
      command(site, dirname(site.volume), [
        ...["create", "--files-cache", "disabled", "--compression", "zstd,3", ...chunking],
        ...[`::${backup}`, "volume.raw"],
      ]),
    restore: (site, backup) => command(site, site.target, ["extract", `::${backup}`]),
    restored: (site) => join(site.target, "volume.raw"),
  };
}
