/** Texts that a user gives as a file or on standard input. */
import { UsageError } from "../errors.js";
import type { CommandHost } from "./host.js";

/**
 * @param what names the text in the error
 * @param path `-` for standard input
 * @throws UsageError for a file that cannot be read
 */
export async function readText(
  what: string,
  path: string,
  host: Pick<CommandHost, "readStandardInput" | "readTextFile">,
): Promise<string> {
  if (path === "-") return await host.readStandardInput();
  try {
    return await host.readTextFile(path);
  } catch (cause) {
    throw new UsageError(`Cannot read ${what} from "${path}": want a file that is there and can be read`, {
      cause,
    });
  }
}
