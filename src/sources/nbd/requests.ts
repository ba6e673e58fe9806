/** Requests that wait for their replies. */
import { StorageError } from "../../errors.js";
import { COMMAND, describeErrorNumber } from "./protocol.js";
import { printable } from "./server-text.js";

/** A run of bytes in one state of a context. */
export interface Extent {
  /** Bytes. */
  readonly length: number;
  /** Bits whose meaning the context defines. */
  readonly state: number;
}

/** The wire's fields of a request. */
export interface Request {
  readonly command: number;
  /** Bytes from the beginning of the export. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** A request whose reply is awaited, and what of the reply has arrived. */
export class PendingRequest implements Request {
  readonly command: number;
  readonly offset: number;
  readonly length: number;
  /** Extents by the number of their context. */
  readonly extents: Map<number, readonly Extent[]> = new Map();
  /** Settles when the reply is complete. */
  readonly done: Promise<void>;
  readonly #buffer: Uint8Array | undefined;
  /** The parts of the request that chunks have answered, in order of their offsets. */
  readonly #answered: { readonly start: number; readonly end: number }[] = [];
  #failure: StorageError | undefined;
  #resolve!: () => void;
  #reject!: (error: StorageError) => void;

  /** @param buffer receives the data of a read */
  constructor({ command, offset, length }: Request, buffer?: Uint8Array) {
    this.command = command;
    this.offset = offset;
    this.length = length;
    this.#buffer = buffer;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // The caller may have been stopped, and wait no longer.
    this.done.catch(() => undefined);
  }

  /** The bytes of the buffer for `length` bytes at `offset` of the export. @throws StorageError outside of the request */
  destination(offset: number, length: number): Uint8Array {
    if (this.#buffer === undefined) throw violation("it sent data for a request that reads none");
    this.#claim(offset, length);
    const start = offset - this.offset;
    return this.#buffer.subarray(start, start + length);
  }

  /** The whole buffer, for a reply without chunks. */
  wholeDestination(): Uint8Array | undefined {
    return this.#buffer === undefined ? undefined : this.destination(this.offset, this.length);
  }

  /** Records a context's extents, which begin at the request's offset. */
  describe(context: number, extents: readonly Extent[]): void {
    if (this.command !== COMMAND.blockStatus)
      throw violation("it sent a block status that was not requested");
    if (this.extents.has(context)) throw violation("it sent the block status of one context twice");
    if (extents.length === 0 || extents.some(({ length }) => length === 0))
      throw violation("it sent a block status without extents");
    this.extents.set(context, extents);
  }

  /** Records a failure, of which the first counts; the reply goes on until its last chunk. */
  failWith(errorNumber: number, text: string): void {
    const words = text === "" ? "" : ` (${printable(text)})`;
    this.#failure ??= new StorageError(`${describeErrorNumber(errorNumber)}${words}`, {
      call: this.#verb,
    });
  }

  /** The reply is complete. @throws StorageError if it does not answer the whole of a read */
  complete(): void {
    if (this.#failure !== undefined) {
      this.#reject(this.#failure);
      return;
    }
    const count = this.#answered.reduce((sum, { start, end }) => sum + end - start, 0);
    if (this.#buffer !== undefined && count !== this.length)
      throw violation(`it sent ${count} of ${this.length} bytes`);
    if (this.command === COMMAND.blockStatus && this.extents.size === 0)
      throw violation("it sent no block status");
    this.#resolve();
  }

  /** The connection is lost. */
  abandon(error: StorageError): void {
    this.#reject(error);
  }

  get #verb(): string {
    return this.command === COMMAND.write || this.command === COMMAND.flush ? "write" : "read";
  }

  #claim(start: number, length: number): void {
    const end = start + length;
    if (length === 0 || start < this.offset || end > this.offset + this.length)
      throw violation(
        `it sent ${length} bytes at offset ${start} for a request of ${this.length} bytes at offset ${this.offset}`,
      );
    const index = this.#answered.findIndex((range) => range.start >= start);
    const at = index === -1 ? this.#answered.length : index;
    const before = this.#answered[at - 1];
    const after = this.#answered[at];
    if ((before !== undefined && before.end > start) || (after !== undefined && after.start < end))
      throw violation(`it sent the bytes at offset ${start} twice`);
    this.#answered.splice(at, 0, { start, end });
  }
}

/** A reply that the protocol does not allow; nothing that follows on the connection can be trusted. */
export function violation(reason: string): StorageError {
  return new StorageError(`${reason}, against the NBD protocol`, { call: "read" });
}
