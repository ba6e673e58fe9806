/** Dirty bitmaps of QEMU's servers: what was written to an image since the bitmap was made or cleared. */
import { NotFoundError } from "../../errors.js";
import type { Connect } from "../../ports.js";
import type { ParsedHints } from "../hints/changed-ranges.js";
import { NbdConnections, type NbdOptions } from "./connect.js";
import { NbdFailures } from "./failures.js";
import type { NbdExport } from "./open.js";
import { statusRanges } from "./status-ranges.js";
import { parseNbdUrl } from "./url.js";

const CONTEXT_PREFIX = "qemu:dirty-bitmap:";
const STATE_DIRTY = 1;

/**
 * Reads a dirty bitmap of the export at `url`.
 * @throws NotFoundError for an export or a bitmap that the server does not have; StorageError
 */
export async function readDirtyBitmap(
  connect: Connect,
  url: string,
  options: NbdOptions & { readonly name: string },
): Promise<ParsedHints> {
  return await dirtyBitmapOf({ connect, url: parseNbdUrl(url), name: url }, options);
}

/** @throws NotFoundError for an export or a bitmap that the server does not have; StorageError */
export async function dirtyBitmapOf(
  { connect, url, name: location }: NbdExport,
  { name, ...options }: NbdOptions & { readonly name: string },
): Promise<ParsedHints> {
  const failures = new NbdFailures(location);
  const contexts = [`${CONTEXT_PREFIX}${name}`];
  const connections = await NbdConnections.open(connect, url, failures, { ...options, contexts });
  try {
    const { first } = connections;
    if (first.info.contexts.size === 0)
      throw new NotFoundError(
        `Cannot read dirty bitmap "${name}" of ${failures.name}: the server exports none of that name`,
      );
    const ranges = await failures.named(
      `read dirty bitmap "${name}" of`,
      statusRanges(first, (state) => (state & STATE_DIRTY) !== 0),
    );
    return { ranges, coveredSize: first.info.size };
  } finally {
    await connections.close();
  }
}
