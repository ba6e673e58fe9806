/** An NBD server over a connection in memory, whose answers a test can shape: in chunks, out of order, wrong or cut. */
import { StorageError } from "../../../src/errors.js";
import type { Connect, Connection } from "../../../src/ports.js";
import { COMMAND, EXPORT_FLAG, MAGIC, OPTION, OPTION_REPLY } from "../../../src/sources/nbd/protocol.js";

export interface ServerOptions {
  readonly bytes: Uint8Array;
  /** @default {""} */
  readonly exportName?: string;
  /** @default {true} */
  readonly isStructured?: boolean;
  /** Bits of the export beside `sendFlush`. */
  readonly flags?: number;
  /** Minimum, preferred and maximum bytes of a request; `undefined` if the server does not say. */
  readonly blockSizes?: readonly [number, number, number];
  /** Whether the server knows `NBD_OPT_GO`. @default {true} */
  readonly hasGo?: boolean;
  /** Bytes of a chunk of data. @default {the whole request} */
  readonly chunkSize?: number;
  /** Whether several replies are sent last first. */
  readonly isReversed?: boolean;
  /** Changes what the server sends: the bytes of one message, and their position in all that it sends. */
  readonly alter?: (message: Uint8Array, at: number) => Uint8Array;
  /** Replaces the answer to a request of the transmission. */
  readonly answer?: (request: WireRequest) => readonly Uint8Array[] | undefined;
}

export interface WireRequest {
  readonly command: number;
  readonly cookie: bigint;
  readonly offset: number;
  readonly length: number;
}

/** A server, and what it was asked. */
export class MemoryServer {
  readonly requests: WireRequest[] = [];
  /** Bytes that the server has sent over all connections. */
  sentCount = 0;
  connectionCount = 0;
  readonly #options: ServerOptions;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  readonly connect: Connect = async () => {
    this.connectionCount++;
    const toServer = new Pipe();
    const toClient = new Pipe();
    void this.#serve(toServer, toClient).catch(() => toClient.end());
    return connectionOf(toClient, toServer);
  };

  async #serve(input: Pipe, output: Pipe): Promise<void> {
    const send = (...parts: readonly Uint8Array[]): void => {
      const message = joined(parts);
      const altered =
        this.#options.alter === undefined ? message : this.#options.alter(message, this.sentCount);
      this.sentCount += message.length;
      output.push(altered);
      if (altered.length < message.length) output.end();
    };
    send(uint64(MAGIC.server), uint64(MAGIC.option), uint16(3));
    await input.take(4);
    await this.#negotiate(input, send);
    await this.#transmit(input, send);
    output.end();
  }

  async #negotiate(input: Pipe, send: (...parts: readonly Uint8Array[]) => void): Promise<void> {
    const {
      bytes,
      exportName = "",
      flags = 0,
      hasGo = true,
      isStructured = true,
      blockSizes,
    } = this.#options;
    const described = joined([uint64(BigInt(bytes.length)), uint16(1 | EXPORT_FLAG.sendFlush | flags)]);
    for (;;) {
      const header = view(await input.take(16));
      const option = header.getUint32(8);
      const data = await input.take(header.getUint32(12));
      const reply = (type: number, ...parts: readonly Uint8Array[]): void => {
        const body = joined(parts);
        send(uint64(MAGIC.optionReply), uint32(option), uint32(type), uint32(body.length), body);
      };
      if (option === OPTION.exportName) return send(described);
      if (option === OPTION.structuredReply) {
        reply(isStructured ? OPTION_REPLY.ack : OPTION_REPLY.unsupported);
      } else if (option === OPTION.setMetaContext) {
        reply(OPTION_REPLY.metaContext, uint32(7), new TextEncoder().encode("base:allocation"));
        reply(OPTION_REPLY.ack);
      } else if (option !== OPTION.go || !hasGo) {
        reply(OPTION_REPLY.unsupported);
      } else if (nameIn(data) !== exportName) {
        reply(OPTION_REPLY.unknownExport, new TextEncoder().encode("no\nsuch export"));
      } else {
        reply(OPTION_REPLY.info, uint16(0), described);
        if (blockSizes !== undefined) reply(OPTION_REPLY.info, uint16(3), ...blockSizes.map(uint32));
        return reply(OPTION_REPLY.ack);
      }
    }
  }

  async #transmit(input: Pipe, send: (...parts: readonly Uint8Array[]) => void): Promise<void> {
    const late: (readonly Uint8Array[])[] = [];
    for (;;) {
      const header = view(await input.take(28));
      const request = {
        command: header.getUint16(6),
        cookie: header.getBigUint64(8),
        offset: Number(header.getBigUint64(16)),
        length: header.getUint32(24),
      };
      this.requests.push(request);
      if (request.command === COMMAND.disconnect) return;
      if (request.command === COMMAND.write)
        this.#options.bytes.set(await input.take(request.length), request.offset);
      late.push(this.#options.answer?.(request) ?? this.#answer(request));
      if (this.#options.isReversed && input.size > 0) continue;
      for (const messages of late.splice(0).reverse()) for (const message of messages) send(message);
    }
  }

  #answer({ command, cookie, offset, length }: WireRequest): readonly Uint8Array[] {
    const { bytes, isStructured = true, chunkSize = length } = this.#options;
    const data = bytes.subarray(offset, offset + length);
    if (command === COMMAND.blockStatus) return [chunkOf(cookie, 5, true, statusOf(bytes, offset, length))];
    if (command !== COMMAND.read) return [simpleReply(cookie)];
    if (!isStructured) return [simpleReply(cookie, 0, data)];
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < length; at += chunkSize) {
      const piece = data.subarray(at, at + chunkSize);
      const isHole = piece.every((byte) => byte === 0);
      const body = isHole ? uint32(piece.length) : piece;
      chunks.push(chunkOf(cookie, isHole ? 2 : 1, false, uint64(BigInt(offset + at)), body));
    }
    // Chunks of one reply may come in any order.
    return [...chunks.reverse(), chunkOf(cookie, 0, true)];
  }
}

/** One extent for zeros at the beginning, and one for the rest. */
function statusOf(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  const data = bytes.subarray(offset, offset + length);
  const first = data.findIndex((byte) => byte !== 0);
  const zeros = first === -1 ? length : first;
  const extents = [
    ...(zeros === 0 ? [] : [uint32(zeros), uint32(3)]),
    ...(zeros === length ? [] : [uint32(length - zeros), uint32(0)]),
  ];
  return joined([uint32(7), ...extents]);
}

export function chunkOf(
  cookie: bigint,
  type: number,
  isLast: boolean,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const body = joined(parts);
  const head = [uint32(MAGIC.structuredReply), uint16(isLast ? 1 : 0), uint16(type)];
  return joined([...head, uint64(cookie), uint32(body.length), body]);
}

export function simpleReply(
  cookie: bigint,
  errorNumber = 0,
  data: Uint8Array = new Uint8Array(0),
): Uint8Array {
  return joined([uint32(MAGIC.simpleReply), uint32(errorNumber), uint64(cookie), data]);
}

function nameIn(data: Uint8Array): string {
  const length = view(data).getUint32(0);
  return new TextDecoder().decode(data.subarray(4, 4 + length));
}

function connectionOf(input: Pipe, output: Pipe): Connection {
  return {
    read: (buffer) => input.readInto(buffer),
    async write(bytes) {
      if (input.isEnded) throw new StorageError("the pipe is closed", { call: "write" });
      output.push(bytes.slice());
    },
    async startTls() {
      throw new StorageError("there is no TLS in memory", { call: "open" });
    },
    close() {
      input.end();
      output.end();
    },
  };
}

/** Bytes on their way in one direction. */
class Pipe {
  readonly #pieces: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  isEnded = false;

  get size(): number {
    return this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  push(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#pieces.push(bytes);
    this.#wake?.();
  }

  end(): void {
    this.isEnded = true;
    this.#wake?.();
  }

  async readInto(buffer: Uint8Array): Promise<number> {
    while (this.#pieces.length === 0) {
      if (this.isEnded) return 0;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    const piece = this.#pieces[0]!;
    const count = Math.min(piece.length, buffer.length);
    buffer.set(piece.subarray(0, count));
    if (count === piece.length) this.#pieces.shift();
    else this.#pieces[0] = piece.subarray(count);
    return count;
  }

  async take(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const count = await this.readInto(bytes.subarray(at));
      if (count === 0) throw new Error("the client has gone");
      at += count;
    }
    return bytes;
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  view(bytes).setUint32(0, value);
  return bytes;
}

export function uint64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  view(bytes).setBigUint64(0, value);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
