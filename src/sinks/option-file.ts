/** Small files that options name: certificates and keys. */
import { UsageError } from "../errors.js";
import type { FileSystem } from "../ports.js";
import type { SinkHost } from "./host.js";

/** Four times the size of a system's whole certificate store. */
const SIZE_MAX: number = 4 * 1024 * 1024;

/** The text of the file that `option` names. @throws UsageError if it cannot be read */
export async function readOptionFile(
  option: string,
  path: string,
  { fileSystem }: SinkHost,
): Promise<string> {
  if (fileSystem === undefined)
    throw new UsageError(`Cannot use ${option} "${path}": there are no files here`);
  try {
    return await readTextFile(fileSystem, path);
  } catch (cause) {
    throw new UsageError(
      `Cannot use ${option} "${path}": want a file that exists and can be read, of at most 4 MiB`,
      { cause },
    );
  }
}

/** The PEM certificates that `option` names, if it is set. @throws UsageError if they cannot be read */
export async function readCertificates(
  option: string,
  path: string | undefined,
  host: SinkHost,
): Promise<string | undefined> {
  return path === undefined ? undefined : await readOptionFile(option, path, host);
}

/** @throws the file system's errors; RangeError for a file that is too large */
export async function readTextFile(fileSystem: FileSystem, path: string): Promise<string> {
  const file = await fileSystem.open(path, "read");
  try {
    const size = await file.size();
    if (size > SIZE_MAX) throw new RangeError(`it has ${size} bytes`);
    const bytes = new Uint8Array(size);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, await file.read(bytes, 0)));
  } finally {
    await file.close();
  }
}
