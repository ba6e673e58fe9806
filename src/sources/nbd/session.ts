/**
 * One connection to an export, with several requests in flight. Replies come in any order. A reply that the protocol
 * does not allow, the end of the connection, or silence for too long fails every request that waits, and all later ones.
 */
import { StorageError } from "../../errors.js";
import type { Connection } from "../../ports.js";
import type { ByteReader } from "./byte-reader.js";
import type { ExportInfo } from "./export-info.js";
import type { Negotiated } from "./handshake.js";
import { COMMAND, MAGIC } from "./protocol.js";
import { type PendingRequests, readReply } from "./replies.js";
import { type Extent, PendingRequest, type Request } from "./requests.js";

const HEADER_SIZE = 28;
/** Requests in flight; servers begin to queue beyond about as many. */
const IN_FLIGHT_MAX = 16;
export interface SessionOptions {
  /** Longest silence while a reply is awaited, except that of a flush, which may take any time. Milliseconds. */
  readonly silenceMaxMs: number;
  /** Ends the connection. */
  readonly signal?: AbortSignal | undefined;
}

export class NbdSession {
  readonly info: ExportInfo;
  readonly #connection: Connection;
  readonly #reader: ByteReader;
  readonly #silenceMaxMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #pending: PendingRequests = new Map();
  /** Requests that wait for one in flight to end. */
  readonly #waiting: (() => void)[] = [];
  #lastCookie = 0;
  #failure: StorageError | undefined;
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #receivedCount = 0;

  constructor({ connection, reader, info }: Negotiated, { silenceMaxMs, signal }: SessionOptions) {
    this.#silenceMaxMs = silenceMaxMs;
    this.#signal = signal;
    this.#connection = connection;
    this.#reader = reader;
    this.info = info;
    signal?.addEventListener("abort", this.#stop);
    void this.#receive();
  }

  /** Requests that are in flight or wait for their turn. */
  get load(): number {
    return this.#pending.size + this.#waiting.length;
  }

  async read(buffer: Uint8Array, offset: number): Promise<void> {
    await this.#request(new PendingRequest({ command: COMMAND.read, offset, length: buffer.length }, buffer));
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    const request = { command: COMMAND.write, offset, length: bytes.length };
    await this.#request(new PendingRequest(request), bytes);
  }

  /** Resolves when all completed writes are on stable storage. */
  async flush(): Promise<void> {
    await this.#request(new PendingRequest({ command: COMMAND.flush, offset: 0, length: 0 }));
  }

  /** The extents from `offset` on, by the number of their context; they may end before `length` bytes, or after. */
  async blockStatus(offset: number, length: number): Promise<ReadonlyMap<number, readonly Extent[]>> {
    const request = new PendingRequest({ command: COMMAND.blockStatus, offset, length });
    await this.#request(request);
    return request.extents;
  }

  /** Tells the server, and ends the connection. Requests without a reply fail. */
  async close(): Promise<void> {
    if (this.#failure !== undefined) return;
    const disconnect = headerOf({ command: COMMAND.disconnect, offset: 0, length: 0 }, ++this.#lastCookie);
    await this.#connection.write(disconnect).catch(() => undefined);
    this.#fail(new StorageError("the connection was closed", { call: "close" }));
  }

  async #request(request: PendingRequest, data?: Uint8Array): Promise<void> {
    if (this.#pending.size >= IN_FLIGHT_MAX) await new Promise<void>((go) => this.#waiting.push(go));
    if (this.#failure !== undefined) throw this.#failure;
    const cookie = ++this.#lastCookie;
    this.#pending.set(cookie, request);
    this.#watch();
    const sent = this.#send(headerOf(request, cookie), data);
    try {
      await request.done;
    } finally {
      // The bytes of a failed request may be sent still, and its buffer belongs to the caller again after this.
      await sent;
      this.#waiting.shift()?.();
    }
  }

  /** Resolves when all is sent, or the session has failed. Both writes begin at once, so nothing comes between them. */
  async #send(header: Uint8Array, data: Uint8Array | undefined): Promise<void> {
    const writes = [this.#connection.write(header)];
    if (data !== undefined) writes.push(this.#connection.write(data));
    for (const outcome of await Promise.allSettled(writes))
      if (outcome.status === "rejected") this.#fail(outcome.reason);
  }

  readonly #stop = (): void => {
    this.#fail(new StorageError("the run was stopped", { call: "write", cause: this.#signal?.reason }));
  };

  async #receive(): Promise<void> {
    try {
      for (;;) {
        await readReply(this.#reader, this.#pending, this.info.isStructured);
        this.#receivedCount++;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure =
      error instanceof StorageError
        ? error
        : new StorageError(error instanceof Error ? error.message : String(error), {
            ...{ call: "read", status: "temporary" },
            cause: error,
          });
    clearInterval(this.#watchdog);
    this.#signal?.removeEventListener("abort", this.#stop);
    this.#connection.close();
    for (const request of this.#pending.values()) request.abandon(this.#failure);
    this.#pending.clear();
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Watches for silence until nothing is awaited. */
  #watch(): void {
    if (this.#watchdog !== undefined) return;
    let before = this.#receivedCount;
    this.#watchdog = setInterval(() => {
      const isFlushing = [...this.#pending.values()].some(({ command }) => command === COMMAND.flush);
      if (this.#pending.size > 0 && before === this.#receivedCount && !isFlushing)
        this.#fail(
          new StorageError(`the server has not answered for ${this.#silenceMaxMs / 1000} seconds`, {
            ...{ call: "read", status: "temporary" },
          }),
        );
      before = this.#receivedCount;
      if (this.#pending.size > 0) return;
      clearInterval(this.#watchdog);
      this.#watchdog = undefined;
    }, this.#silenceMaxMs);
  }
}

function headerOf({ command, offset, length }: Request, cookie: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_SIZE));
  view.setUint32(0, MAGIC.request);
  view.setUint16(6, command);
  view.setBigUint64(8, BigInt(cookie));
  view.setBigUint64(16, BigInt(offset));
  view.setUint32(24, length);
  return new Uint8Array(view.buffer);
}
