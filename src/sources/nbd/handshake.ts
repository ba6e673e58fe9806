/** The fixed newstyle negotiation: from a new connection to an export that is ready for requests. */
import { fromUtf8, toUtf8 } from "../../bytes.js";
import { NotFoundError, StorageError } from "../../errors.js";
import type { Connection } from "../../ports.js";
import { ByteReader } from "./byte-reader.js";
import { type ExportInfo, exportInfo } from "./export-info.js";
import { HANDSHAKE, INFO, isOptionFailure, MAGIC, OPTION, OPTION_REPLY } from "./protocol.js";
import { printable } from "./server-text.js";

/** An export that is ready for requests. */
export interface Negotiated {
  readonly connection: Connection;
  readonly reader: ByteReader;
  readonly info: ExportInfo;
}

export interface HandshakeOptions {
  readonly exportName: string;
  /** The name that the server's certificate must have; `undefined` without TLS. */
  readonly tlsName: string | undefined;
  /** Contexts of block status to be selected, where the server has them. */
  readonly contexts: readonly string[];
}

/** Replies to one option. A server has one context or piece of information in each. */
const REPLIES_MAX = 256;
/** Bytes of one reply; errors have a text for people. */
const REPLY_SIZE_MAX = 16_384;
/** Zeros at the end of the answer to `NBD_OPT_EXPORT_NAME`. */
const RESERVED_SIZE = 124;

interface OptionReply {
  readonly type: number;
  readonly data: DataView<ArrayBuffer>;
}

/** @throws NotFoundError for an unknown export; StorageError for a server that refuses, or does not speak NBD */
export async function negotiate(connection: Connection, options: HandshakeOptions): Promise<Negotiated> {
  const handshake = new Handshake(connection);
  await handshake.greet();
  if (options.tlsName !== undefined) await handshake.startTls(options.tlsName);
  const isStructured = await handshake.request(OPTION.structuredReply);
  const contexts = isStructured ? await handshake.selectContexts(options) : new Map<number, string>();
  return await handshake.open(options.exportName, { isStructured, contexts });
}

class Handshake {
  #connection: Connection;
  #reader: ByteReader;
  #hasReserved = true;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#reader = new ByteReader(connection);
  }

  async greet(): Promise<void> {
    const greeting = await this.#reader.take(18);
    if (greeting.getBigUint64(0) !== MAGIC.server) throw failure("it does not speak NBD");
    const style = greeting.getBigUint64(8);
    if (style === MAGIC.oldstyle) throw failure("it speaks only the oldstyle protocol, which has no exports");
    if (style !== MAGIC.option) throw failure("its greeting is not of the NBD protocol");
    const flags = greeting.getUint16(16);
    if ((flags & HANDSHAKE.fixedNewstyle) === 0)
      throw failure("it does not offer the fixed newstyle negotiation");
    this.#hasReserved = (flags & HANDSHAKE.noZeroes) === 0;
    const answer = new DataView(new ArrayBuffer(4));
    answer.setUint32(0, flags & (HANDSHAKE.fixedNewstyle | HANDSHAKE.noZeroes));
    await this.#connection.write(new Uint8Array(answer.buffer));
  }

  async startTls(name: string): Promise<void> {
    if (!(await this.request(OPTION.startTls))) throw failure("it does not offer TLS");
    // Whatever came before the encryption may have been injected.
    if (this.#reader.hasMore) throw failure("it sent data between its consent to TLS and TLS");
    this.#connection = await this.#connection.startTls(name);
    this.#reader = new ByteReader(this.#connection);
  }

  /** Sends an option without data; returns whether the server accepts it. */
  async request(option: number): Promise<boolean> {
    await this.#send(option, new Uint8Array(0));
    const { type, data } = await this.#reply(option);
    if (type === OPTION_REPLY.tlsRequired) throw refused(type, data);
    if (type === OPTION_REPLY.ack) return true;
    if (isOptionFailure(type)) return false;
    throw failure(`it answered option ${option} with a reply of type ${type}`);
  }

  /** Selects contexts of block status. Returns the names of those that the server has, by number. */
  async selectContexts({ exportName, contexts }: HandshakeOptions): Promise<Map<number, string>> {
    const selected = new Map<number, string>();
    if (contexts.length === 0) return selected;
    const queries = contexts.map((context) => withLength(toUtf8(context)));
    await this.#send(
      OPTION.setMetaContext,
      joined([withLength(toUtf8(exportName)), number32(queries.length), ...queries]),
    );
    for (let count = 0; count < REPLIES_MAX; count++) {
      const { type, data } = await this.#reply(OPTION.setMetaContext);
      // A server without the export reports that again when it is opened.
      if (type === OPTION_REPLY.ack || isOptionFailure(type)) return selected;
      if (type !== OPTION_REPLY.metaContext || data.byteLength < 4)
        throw failure(`its reply of type ${type} selects no context`);
      const name = textOf(data, 4);
      if (!contexts.includes(name))
        throw failure(`it selected the context "${printable(name)}", which nobody wants`);
      selected.set(data.getUint32(0), name);
    }
    throw failure("its list of contexts does not end");
  }

  async open(exportName: string, agreed: Pick<ExportInfo, "isStructured" | "contexts">): Promise<Negotiated> {
    const name = toUtf8(exportName);
    const wanted = new Uint8Array([0, 1, 0, INFO.blockSize]);
    await this.#send(OPTION.go, joined([withLength(name), wanted]));
    let described: DataView | undefined;
    let blockSizes: DataView | undefined;
    for (let count = 0; count < REPLIES_MAX; count++) {
      const { type, data } = await this.#reply(OPTION.go);
      if (type === OPTION_REPLY.ack) return this.#opened(exportInfo(described, blockSizes, agreed));
      if (type === OPTION_REPLY.unsupported) return await this.#openByName(name, agreed);
      if (type === OPTION_REPLY.unknownExport) throw unknownExport(exportName, data);
      if (isOptionFailure(type)) throw refused(type, data);
      if (type !== OPTION_REPLY.info || data.byteLength < 2)
        throw failure(`its reply of type ${type} describes no export`);
      if (data.getUint16(0) === INFO.export) described = data;
      if (data.getUint16(0) === INFO.blockSize) blockSizes = data;
    }
    throw failure("its description of the export does not end");
  }

  /** Opens the export as servers did before `NBD_OPT_GO`: one without that export closes the connection. */
  async #openByName(
    name: Uint8Array,
    agreed: Pick<ExportInfo, "isStructured" | "contexts">,
  ): Promise<Negotiated> {
    await this.#send(OPTION.exportName, name);
    const { buffer, byteOffset } = await this.#reader.take(10);
    const described = new DataView(new ArrayBuffer(12));
    new Uint8Array(described.buffer).set(new Uint8Array(buffer, byteOffset, 10), 2);
    if (this.#hasReserved) await this.#reader.skip(RESERVED_SIZE);
    return this.#opened(exportInfo(described, undefined, agreed));
  }

  #opened(info: ExportInfo): Negotiated {
    return { connection: this.#connection, reader: this.#reader, info };
  }

  async #send(option: number, data: Uint8Array): Promise<void> {
    const header = new DataView(new ArrayBuffer(16));
    header.setBigUint64(0, MAGIC.option);
    header.setUint32(8, option);
    header.setUint32(12, data.length);
    await this.#connection.write(joined([new Uint8Array(header.buffer), data]));
  }

  async #reply(option: number): Promise<OptionReply> {
    const header = await this.#reader.take(20);
    if (header.getBigUint64(0) !== MAGIC.optionReply)
      throw failure("its reply to an option is not of the NBD protocol");
    const answered = header.getUint32(8);
    const type = header.getUint32(12);
    const size = header.getUint32(16);
    if (answered !== option) throw failure(`it answered option ${answered} when ${option} was sent`);
    if (size > REPLY_SIZE_MAX) throw failure(`its reply to option ${option} has ${size} bytes`);
    const data = new Uint8Array(size);
    await this.#reader.fill(data);
    return { type, data: new DataView(data.buffer) };
  }
}

function failure(reason: string): StorageError {
  return new StorageError(reason, { call: "open" });
}

function unknownExport(name: string, data: DataView<ArrayBuffer>): NotFoundError {
  return new NotFoundError(`it has no export named "${printable(name)}"${saying(data)}`);
}

const REFUSALS: ReadonlyMap<number, string> = new Map([
  [OPTION_REPLY.policy, "it does not allow that"],
  [OPTION_REPLY.tlsRequired, "it requires TLS: use nbds:// or nbds+unix://"],
  [OPTION_REPLY.shutdown, "it is shutting down"],
]);

function refused(type: number, data: DataView<ArrayBuffer>): StorageError {
  const reason = REFUSALS.get(type) ?? `it refused with error ${type - 2 ** 31}`;
  const status = type === OPTION_REPLY.shutdown ? "temporary" : "permanent";
  return new StorageError(`${reason}${saying(data)}`, { call: "open", status });
}

function saying(data: DataView<ArrayBuffer>): string {
  return data.byteLength === 0 ? "" : ` (${printable(textOf(data, 0))})`;
}

function textOf(data: DataView<ArrayBuffer>, at: number): string {
  try {
    return fromUtf8(new Uint8Array(data.buffer, at));
  } catch {
    throw failure("its reply has a text that is not UTF-8");
  }
}

function number32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value);
  return new Uint8Array(view.buffer);
}

function withLength(bytes: Uint8Array): Uint8Array {
  return joined([number32(bytes.length), bytes]);
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
