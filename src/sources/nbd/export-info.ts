/** The description of an export, from the replies of the negotiation. */
import { StorageError } from "../../errors.js";
import { EXPORT_FLAG, REQUEST_SIZE_MAX } from "./protocol.js";

/** Properties of the export, as the server reports them. */
export interface ExportInfo {
  /** Bytes. */
  readonly size: number;
  readonly isReadOnly: boolean;
  readonly canFlush: boolean;
  /** Whether a flush on one connection covers the writes of all. */
  readonly canMultiConnect: boolean;
  /** Offsets and lengths of requests are multiples of this. Bytes, a power of two. */
  readonly blockSize: number;
  /** Bytes that one request may have. */
  readonly requestSizeMax: number;
  /** Whether reads are answered in chunks, with holes marked. */
  readonly isStructured: boolean;
  /** The selected contexts of block status, by the server's number. */
  readonly contexts: ReadonlyMap<number, string>;
}

/** Servers that name no block size may need this one. */
const BLOCK_SIZE_USUAL = 512;
const BLOCK_SIZE_MAX = 65_536;

/**
 * @param described `NBD_INFO_EXPORT`: type, size, flags
 * @param blockSizes `NBD_INFO_BLOCK_SIZE`: type, minimum, preferred, maximum; a server need not send it
 */
export function exportInfo(
  described: DataView | undefined,
  blockSizes: DataView | undefined,
  agreed: Pick<ExportInfo, "isStructured" | "contexts">,
): ExportInfo {
  if (described?.byteLength !== 12) throw malformed("it does not describe the export");
  const size = described.getBigUint64(2);
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(`it says that the export has ${size} bytes`);
  const flags = described.getUint16(10);
  return {
    size: Number(size),
    isReadOnly: (flags & EXPORT_FLAG.readOnly) !== 0,
    canFlush: (flags & EXPORT_FLAG.sendFlush) !== 0,
    canMultiConnect: (flags & EXPORT_FLAG.canMultiConnect) !== 0,
    ...limitsOf(Number(size), blockSizes),
    ...agreed,
  };
}

function limitsOf(
  size: number,
  blockSizes: DataView | undefined,
): Pick<ExportInfo, "blockSize" | "requestSizeMax"> {
  if (blockSizes === undefined) {
    const blockSize = size % BLOCK_SIZE_USUAL === 0 ? BLOCK_SIZE_USUAL : 1;
    return { blockSize, requestSizeMax: REQUEST_SIZE_MAX };
  }
  if (blockSizes.byteLength !== 14) throw malformed("its block sizes are not of the NBD protocol");
  const blockSize = blockSizes.getUint32(2);
  const most = Math.min(blockSizes.getUint32(10), REQUEST_SIZE_MAX);
  const isPowerOfTwo = blockSize > 0 && (blockSize & (blockSize - 1)) === 0;
  if (!isPowerOfTwo || blockSize > BLOCK_SIZE_MAX || most < blockSize)
    throw malformed(`its block sizes are ${blockSize} to ${blockSizes.getUint32(10)} bytes`);
  if (size % blockSize !== 0)
    throw malformed(`its export of ${size} bytes is no multiple of its block size of ${blockSize}`);
  return { blockSize, requestSizeMax: most - (most % blockSize) };
}

function malformed(reason: string): StorageError {
  return new StorageError(reason, { call: "open" });
}
