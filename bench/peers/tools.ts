/** Which programs are installed, and in which version. Nothing is ever installed. */
import { execute } from "./command.js";

/** The words that ask for a version. */
const QUESTIONS = {
  cinder: ["/usr/bin/python3", "-c", "from cinder import version; print(version.version_string())"],
  restic: ["restic", "version"],
  borg: ["borg", "--version"],
  casync: ["casync", "--version"],
  pigz: ["pigz", "--version"],
  "libdeflate-gzip": ["libdeflate-gzip", "-V"],
  igzip: ["igzip", "--version"],
  "qemu-img": ["qemu-img", "--version"],
  zstd: ["zstd", "--version"],
  bzip2: ["bzip2", "--help"],
  openssl: ["openssl", "version"],
  cp: ["cp", "--version"],
  dd: ["dd", "--version"],
  taskset: ["taskset", "--version"],
  time: ["/usr/bin/time", "--version"],
} as const satisfies Record<string, readonly string[]>;

export type ToolName = keyof typeof QUESTIONS;
/** Version by name; what is missing is not installed. */
export type Tools = Partial<Record<ToolName, string>>;

export type Ask = (
  argv: readonly string[],
) => Promise<{ code: number | null; stdout: string; stderr: string }>;

export async function findTools(ask: Ask = (argv) => execute({ argv })): Promise<Tools> {
  const found = await Promise.all(
    Object.entries(QUESTIONS).map(async ([name, argv]) => {
      const answer = await ask(argv).catch(() => undefined);
      if (answer === undefined || answer.code !== 0) return [];
      return [[name, versionOf(`${answer.stdout}\n${answer.stderr}`)] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** The first number with a dot, or else the first number at all: `casync 2` has no more. */
export function versionOf(text: string): string {
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? /\b\d+\b/.exec(text)?.[0] ?? "unknown";
}
