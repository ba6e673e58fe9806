/** Failures of the programs for disk images, which report them as text alone. */
import { type AshlarError, InvalidStateError, NotFoundError, StorageError } from "../../errors.js";

const NOT_FOUND = /No such file or directory|is not found|does not exist|error reading header/i;
const IN_USE = /Failed to get .*lock|another process using|exclusive lock/i;
/** Ceph names a missing configuration or monitor like a missing image. */
const NO_CLUSTER = /error connecting|error reading conf|couldn't connect|unable to get monitor/i;

/**
 * @param name of the image, quoted
 * @param complaint what the program wrote to its standard error
 */
export function imageError(name: string, program: string, complaint: string): AshlarError {
  const text = complaint.trim().split("\n").map(shortened).join("; ") || "it ended without a reason";
  const reason = `Cannot open ${name}: ${program}: ${text}`;
  if (IN_USE.test(text))
    return new InvalidStateError(
      `${reason}; end what is using it, e.g. a virtual machine, or let that export it over NBD`,
    );
  if (NOT_FOUND.test(text) && !NO_CLUSTER.test(text)) return new NotFoundError(reason);
  return new StorageError(reason, { call: "open" });
}

export function missingProgram(name: string, program: string, debianPackage: string): StorageError {
  const reason = `Cannot open ${name}: there is no program "${program}"; install it (Debian package ${debianPackage})`;
  return new StorageError(reason, { call: "open" });
}

/** Without the time, thread and level of Ceph's messages, and the program's name and image that the message has. */
function shortened(line: string): string {
  return line
    .replace(/^\d{4}-\d\d-\d\dT\S+ \S+ +-?\d+ /, "")
    .replace(/^qemu-nbd: (?:Failed to blk_new_open 'json:.*?': )?/, "");
}
