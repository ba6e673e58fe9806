/** Commands that read a sparse volume: backups that know its holes, backups that do not, and copies by other tools. */
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Command } from "../peers/command.js";

const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Where the volumes are, and what may be overwritten. */
export interface Places {
  /** A sparse file. */
  readonly sparse: string;
  /** A file with the same data and no holes. */
  readonly dense: string;
  /** URL of an NBD export of the sparse file. */
  readonly export: string;
  /** URL of the same export by a server that states no holes. */
  readonly exportWithoutHoles: string;
  /** A directory that is emptied before each command. */
  readonly output: string;
  /** An empty directory. */
  readonly nowhere: string;
}

export interface Contender {
  readonly volume: "file" | "NBD export";
  readonly title: string;
  /** Whether the command reports how much it read. */
  readonly isAshlar: boolean;
  command(places: Places): Command;
}

function backup(volume: string, { output, nowhere }: Places, knowsHoles: boolean): Command {
  const flags = ["--state-dir", join(output, "state"), "--repository", join(output, "repository")];
  const options = ["--option", "backup_compression_algorithm=zstd", "--progress", "json", "-f", "json"];
  return {
    argv: [
      process.execPath,
      join(ROOT, "build/command/node/bin.js"),
      ...flags,
      ...["volume", "backup", "create", volume, ...options],
    ],
    // Without Perl and Python, the holes of a file are unknown.
    environment: knowsHoles ? {} : { PATH: nowhere },
  };
}

function ashlar(
  volume: Contender["volume"],
  title: string,
  place: (places: Places) => string,
  knowsHoles = true,
): Contender {
  return { volume, title, isAshlar: true, command: (places) => backup(place(places), places, knowsHoles) };
}

export const CONTENDERS: readonly Contender[] = [
  ashlar("file", "Ashlar", ({ sparse }) => sparse),
  ashlar("file", "Ashlar, holes unknown", ({ sparse }) => sparse, false),
  ashlar("file", "Ashlar, a volume of the data alone", ({ dense }) => dense),
  {
    ...{ volume: "file", title: "qemu-img convert", isAshlar: false },
    command: ({ sparse, output }) => ({
      argv: ["qemu-img", "convert", "-f", "raw", "-O", "raw", sparse, join(output, "copy")],
    }),
  },
  ashlar("NBD export", "Ashlar", (places) => places.export),
  ashlar("NBD export", "Ashlar, holes unknown", (places) => places.exportWithoutHoles),
  {
    ...{ volume: "NBD export", title: "nbdcopy", isAshlar: false },
    command: (places) => ({ argv: ["nbdcopy", places.export, join(places.output, "copy")] }),
  },
  {
    ...{ volume: "NBD export", title: "nbdcopy, holes unknown", isAshlar: false },
    command: (places) => ({ argv: ["nbdcopy", places.exportWithoutHoles, join(places.output, "copy")] }),
  },
];
