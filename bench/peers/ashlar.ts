/** Ashlar as its command, with the Node that runs this benchmark. */
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { CodecId } from "../../src/codecs/codec.js";
import { run } from "./command.js";
import type { Peer } from "./peer.js";
import type { Site } from "./site.js";

const BIN: string = fileURLToPath(new URL("../../command/node/bin.js", import.meta.url));

export interface AshlarOptions {
  readonly codec: CodecId;
  /** Bytes. */
  readonly objectSize: number;
  /** @default "auto" */
  readonly digestEngine?: "auto" | "wasm" | "native";
  /** Words before the command, such as those that tie it to one core. */
  readonly before?: readonly string[];
  /** Flags after the verb. */
  readonly after?: readonly string[];
}

export function ashlar(name: string, options: AshlarOptions): Peer {
  const { codec, objectSize, digestEngine = "auto", before = [], after = [] } = options;
  const command = (site: Site, ...words: string[]) => ({
    argv: [
      ...before,
      process.execPath,
      BIN,
      ...["--state-dir", join(site.live, "state"), "--repository", site.repository],
      ...["--digest-engine", digestEngine, "--quiet"],
      ...["--option", `backup_compression_algorithm=${codec}`, "--option", `backup_file_size=${objectSize}`],
      ...words,
    ],
  });
  return {
    name,
    leavesFiles: true,
    initialise: (site) => [command(site, "volume", "create", "disk", "--source", site.volume)],
    backup: (site, { name: backup, parent }) =>
      command(
        site,
        ...["volume", "backup", "create", "disk", "--name", backup, ...after],
        ...(parent === undefined ? [] : ["--incremental"]),
      ),
    restore: (site, backup) =>
      command(site, "volume", "backup", "restore", backup, join(site.target, "restored.raw"), ...after),
    restored: (site) => join(site.target, "restored.raw"),
  };
}

/** What a verb's help says, to learn which flags this version has. */
export async function ashlarHelp(...verb: string[]): Promise<string> {
  return await run({ argv: [process.execPath, BIN, ...verb, "--help"] });
}
