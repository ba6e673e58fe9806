/** Connections over TCP, Unix sockets and TLS. */
import { once } from "node:events";
import { createConnection, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { StorageError } from "../../errors.js";
import type { Connect, Connection, ServerAddress } from "../../ports.js";
import { systemAuthorities } from "../http/authorities.js";
import { ReceiveBuffers } from "./receive-buffers.js";

/** Longest time until a server accepts a connection. */
const CONNECT_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 30_000;
/** Bytes that one call of the system can receive: about as many as it keeps for a socket. */
const PIECE_SIZE = 256 * 1024;
/** Pieces that are kept until they are read; beyond, the server has to wait. */
const PIECES_MAX = 4;
/** The same for TLS, whose pieces are its records of 16 KiB. */
const RECORDS_MAX = 64;

/** Connects to a TCP port or a Unix socket. @throws StorageError with status `temporary` */
export const nodeConnect: Connect = async (address) => {
  const pieces = new ReceiveBuffers(PIECE_SIZE);
  let connection: SocketConnection | undefined;
  const onread = {
    buffer: () => pieces.take(),
    callback: (count: number, buffer: Uint8Array) => connection!.receive(buffer.subarray(0, count)),
  };
  const place = "host" in address ? address : { path: address.socketPath };
  const socket = createConnection({ ...place, onread });
  connection = new SocketConnection(socket, nameOf(address), pieces);
  const what = `connect to ${nameOf(address)}`;
  await opened(socket, "connect", what);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return connection;
};

function nameOf(address: ServerAddress): string {
  if (!("host" in address)) return address.socketPath;
  return isIP(address.host) === 6 ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

async function opened(socket: Socket, event: "connect" | "secureConnect", what: string): Promise<void> {
  const late = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
  try {
    await once(socket, event, { signal: late });
  } catch (error) {
    socket.destroy();
    const reason = late.aborted ? `no answer within ${CONNECT_TIMEOUT_MS / 1000} seconds` : reasonOf(error);
    throw lost(`cannot ${what}: ${reason}`, "open", error);
  }
}

class SocketConnection implements Connection {
  readonly #socket: Socket;
  readonly #name: string;
  readonly #buffers: ReceiveBuffers | undefined;
  /** Received pieces, the first of which may be read in part. */
  readonly #received: Uint8Array[] = [];
  /** Whether the socket receives no more until a piece has been read. */
  #isHeld = false;
  #isCorked = false;
  #isAtEnd = false;
  #failure: StorageError | undefined;
  #wake: (() => void) | undefined;

  /** @param buffers those that the socket receives into, by `receive`; it emits pieces of its own if there are none */
  constructor(socket: Socket, name: string, buffers?: ReceiveBuffers) {
    this.#socket = socket;
    this.#name = name;
    this.#buffers = buffers;
    socket.on("data", (piece: Uint8Array) => {
      if (!this.receive(piece)) socket.pause();
    });
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
    socket.on("error", (error) => {
      this.#failure ??= lost(`lost the connection to ${name}: ${reasonOf(error)}`, "read", error);
      this.#end();
    });
  }

  async read(buffer: Uint8Array): Promise<number> {
    while (this.#received.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isAtEnd) return 0;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    const [first] = this.#received;
    const count = Math.min(buffer.length, first!.length);
    buffer.set(first!.subarray(0, count));
    if (count < first!.length) this.#received[0] = first!.subarray(count);
    else {
      this.#received.shift();
      this.#buffers?.release(first!);
      if (this.#isHeld) this.#socket.resume();
      this.#isHeld = false;
    }
    return count;
  }

  /** Writes that begin in one turn of the event loop are one call of the system. */
  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    await new Promise<void>((done, fail) => {
      this.#socket.write(bytes, (error) => {
        if (error == null) done();
        else fail(this.#failure ?? lost(`cannot send to ${this.#name}: ${reasonOf(error)}`, "write", error));
      });
    });
  }

  async startTls(serverName: string): Promise<Connection> {
    this.#socket.removeAllListeners();
    const servername = isIP(serverName) === 0 ? serverName : "";
    const secure = connectTls({
      ...{ socket: this.#socket, servername, host: serverName },
      secureContext: systemAuthorities(),
    });
    await opened(secure, "secureConnect", `start TLS with ${this.#name}`);
    return new SocketConnection(secure, this.#name);
  }

  close(): void {
    this.#received.length = 0;
    this.#isAtEnd = true;
    // Sends what was written before the connection ends.
    this.#socket.destroySoon();
    this.#wake?.();
  }

  /** Keeps a piece until it is read. Returns whether more may come now. */
  receive(piece: Uint8Array): boolean {
    if (this.#isAtEnd) return true;
    this.#received.push(piece);
    this.#wake?.();
    this.#isHeld = this.#received.length >= (this.#buffers === undefined ? RECORDS_MAX : PIECES_MAX);
    return !this.#isHeld;
  }

  #end(): void {
    this.#isAtEnd = true;
    this.#wake?.();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOENT: "there is no such socket",
  EACCES: "permission denied",
  ENOTFOUND: "the host name is unknown",
  EAI_AGAIN: "the name server does not answer",
  ECONNRESET: "the server reset it",
  EPIPE: "the server closed it",
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}

function lost(message: string, call: string, cause: unknown): StorageError {
  return new StorageError(message, { call, status: "temporary", cause });
}
