/**
 * The numbers of the NBD protocol, as its specification names them: fixed newstyle negotiation and transmission. All
 * integers on the wire are big-endian.
 * Source: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
 */

/** The port that IANA registered. */
export const DEFAULT_PORT = 10_809;

export const MAGIC = {
  /** `NBDMAGIC` */
  server: 0x4e42444d_41474943n,
  /** `IHAVEOPT` */
  option: 0x49484156_454f5054n,
  /** The second half of the greeting of servers that negotiate nothing. */
  oldstyle: 0x00004202_81861253n,
  optionReply: 0x0003e889_045565a9n,
  request: 0x25609513,
  simpleReply: 0x67446698,
  structuredReply: 0x668e33ef,
} as const;

/** Bits of the handshake, from the server and from the client alike. */
export const HANDSHAKE = { fixedNewstyle: 1, noZeroes: 2 } as const;

export const OPTION = {
  exportName: 1,
  abort: 2,
  startTls: 5,
  go: 7,
  structuredReply: 8,
  setMetaContext: 10,
} as const;

export const OPTION_REPLY = {
  ack: 1,
  info: 3,
  metaContext: 4,
  unsupported: 0x8000_0001,
  policy: 0x8000_0002,
  tlsRequired: 0x8000_0005,
  unknownExport: 0x8000_0006,
  shutdown: 0x8000_0007,
} as const;

/** Whether an option's reply refuses it. */
export function isOptionFailure(type: number): boolean {
  return type >= 0x8000_0000;
}

export const INFO = { export: 0, blockSize: 3 } as const;

/** Bits that describe an export. */
export const EXPORT_FLAG = {
  readOnly: 0x02,
  sendFlush: 0x04,
  canMultiConnect: 0x100,
} as const;

export const COMMAND = { read: 0, write: 1, disconnect: 2, flush: 3, blockStatus: 7 } as const;

/** Set on the last chunk of a structured reply. */
export const CHUNK_DONE: number = 1 << 0;

export const CHUNK = {
  none: 0,
  offsetData: 1,
  offsetHole: 2,
  blockStatus: 5,
  error: 0x8001,
  errorOffset: 0x8002,
} as const;

/** Whether a chunk reports a failure of its request. */
export function isChunkFailure(type: number): boolean {
  return type >= 0x8000;
}

/** The context of block status that marks holes and zeros. */
export const ALLOCATION_CONTEXT = "base:allocation";
/** Bit of `base:allocation`: the extent reads as zeros. */
export const STATE_ZERO: number = 1 << 1;

/** Bytes of one request for block status: the largest multiple of every block size that 32 bits hold. */
export const STATUS_SIZE_MAX: number = 2 ** 32 - 65_536;

/** The most bytes that a request may have when the server names no limit. */
export const REQUEST_SIZE_MAX: number = 32 * 1024 * 1024;

const ERRORS: ReadonlyMap<number, string> = new Map([
  [1, "operation not permitted"],
  [5, "input/output error"],
  [12, "the server is out of memory"],
  [22, "invalid request"],
  [28, "no space left"],
  [75, "request too large"],
  [95, "not supported"],
  [108, "the server is shutting down"],
]);

/** The error number of a reply in words. */
export function describeErrorNumber(errorNumber: number): string {
  return ERRORS.get(errorNumber) ?? `error ${errorNumber}`;
}
