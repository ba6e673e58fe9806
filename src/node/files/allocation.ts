/**
 * Data ranges of sparse files, by SEEK_DATA and SEEK_HOLE. Node cannot call lseek, so a script in a language that
 * nearly every Linux system has makes the calls, on a descriptor that it inherits: the file is the one that is open,
 * whatever its path names now. Both calls know data that has not reached the disk yet.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { FileHandle as NodeHandle } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { RangeCollector, type Ranges } from "../../sources/ranges.js";

/** Smaller holes are read in less time than a program takes to start. */
const HOLES_MIN = 64 * 1024 * 1024;
/** `stat` counts in these units, whatever the file system's blocks are. */
const STAT_UNIT = 512;
/** The last line of a complete output. */
const END = "end";

// 3 is SEEK_DATA, 4 is SEEK_HOLE, and error 6 (ENXIO) reports that no data follows.
const PERL = `my ($at, $end) = (0, @ARGV);
while ($at < $end) {
  my $data = sysseek(STDIN, $at, 3);
  last if !defined $data && $! == 6;
  exit 1 if !defined $data;
  $at = sysseek(STDIN, $data, 4) // exit 1;
  printf "%d %d\\n", $data, $at - $data;
}
print "${END}\\n";`;

const PYTHON = `import os, sys
at, end = 0, int(sys.argv[1])
while at < end:
    try:
        data = os.lseek(0, at, os.SEEK_DATA)
    except OSError as error:
        if error.errno == 6: break
        raise
    at = os.lseek(0, data, os.SEEK_HOLE)
    print(data, at - data)
print("${END}")`;

/** Debian and its descendants always have Perl, Red Hat's have Python. */
const PROGRAMS: readonly (readonly [program: string, ...args: string[]])[] = [
  ["perl", "-e", PERL],
  ["python3", "-I", "-c", PYTHON],
];

/** A part of the system's environment: variables such as PERL5OPT could change what the scripts do. */
type Search = NodeJS.Dict<string>;

/**
 * The ranges of the first `size` bytes of a sparse file that may have other bytes than zeros; `undefined` if they
 * cannot be determined, or all of them may.
 */
export async function fileDataRanges(
  handle: NodeHandle,
  size: number,
  signal?: AbortSignal,
  { PATH }: Search = process.env,
): Promise<Ranges | undefined> {
  const stats = await handle.stat();
  if (!stats.isFile() || size - stats.blocks * STAT_UNIT < HOLES_MIN || process.platform !== "linux")
    return undefined;
  for (const [program, ...args] of PROGRAMS) {
    const ranges = await rangesBy(program, [...args, String(size)], {
      fd: handle.fd,
      size,
      signal,
      env: { PATH },
    });
    signal?.throwIfAborted();
    if (ranges !== undefined) return ranges;
  }
  return undefined;
}

interface Asked {
  readonly fd: number;
  readonly size: number;
  readonly signal: AbortSignal | undefined;
  readonly env: Search;
}

/** `undefined` where a process may start no other, e.g. under Node's or Deno's permissions. */
function start(spawned: () => ChildProcess): ChildProcess | undefined {
  try {
    return spawned();
  } catch {
    return undefined;
  }
}

/** The ranges that a script prints, a line each; `undefined` if it does not run, or not to its end. */
async function rangesBy(
  program: string,
  args: readonly string[],
  { fd, size, signal, env }: Asked,
): Promise<Ranges | undefined> {
  const child = start(() => spawn(program, args, { stdio: [fd, "pipe", "ignore"], signal, env }));
  if (child === undefined) return undefined;
  // Node creates no streams if it has no descriptors left for them.
  const { stdout } = child as { readonly stdout: Readable | null | undefined };
  const ended = new Promise<number | null>((end) => {
    child.on("error", () => end(null));
    child.on("close", end);
  });
  const collector = new RangeCollector();
  let isWhole = false;
  for await (const line of stdout ? createInterface({ input: stdout }) : []) {
    isWhole = line === END;
    const [offset, length] = line.split(" ").map(Number) as [number, number];
    if (!isWhole && offset < size) collector.add(offset, Math.min(length, size - offset));
  }
  return (await ended) === 0 && isWhole ? collector.ranges : undefined;
}
