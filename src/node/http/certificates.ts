import { readFile } from "node:fs/promises";
import { UsageError } from "../../errors.js";

/** The certificates in the file that `option` names, PEM. @throws UsageError where it cannot be read */
export async function readCertificates(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new UsageError(`Cannot use ${option} "${file}": want a file that is there and can be read`, {
      cause,
    });
  }
}
