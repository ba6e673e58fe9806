/**
 * The wrapped keys that a repository keeps: one small object for each recipient of each key, so that recipients come
 * and go without a change to any other object. They lie outside the names of Cinder's layout, like the marker.
 */
import { fromUtf8, toUtf8 } from "../bytes.js";
import { IntegrityError } from "../errors.js";
import { REPOSITORY_NAME } from "../format/names.js";
import type { ObjectSink } from "../sinks/sink.js";

/** More than the largest wrapped key has; anything larger is something else. */
const SIZE_MAX: number = 64 * 1024;
const VERSION = "1.0.0";
const KEY_OBJECT = /key-(?<keyId>[0-9a-f]{32})-(?<id>[0-9a-f]{16})$/;

/** A repository key, encrypted for one recipient. */
export interface WrappedKey {
  readonly keyId: string;
  /** Names it among the key's recipients: 16 hexadecimal digits. */
  readonly id: string;
  /** The recipient, `age1…`; `passphrase` for one that is known by heart. Not authenticated: for people. */
  readonly recipient: string;
  readonly createdAt: string;
  /** A file of age's, in its armor, that has the 32 bytes of the key. */
  readonly age: string;
}

/** The wrapped keys of one repository: one object for each recipient of each key. */
export class KeyStore {
  readonly #sink: ObjectSink;
  /** Where new keys go. @default {each container is looked at, and no key can be put} */
  readonly #container: string | undefined;

  /**
   * @param sink not encrypted
   * @param container of the backups, in stores that share one among repositories' objects
   */
  constructor(sink: ObjectSink, container?: string) {
    this.#sink = sink;
    this.#container = sink.naming === "flat" ? REPOSITORY_NAME : container;
  }

  /** Every wrapped key, by key and then by time. */
  async all(): Promise<WrappedKey[]> {
    return await this.wrapped("");
  }

  /** The wrapped keys of the key with that id. */
  async wrapped(keyId: string): Promise<WrappedKey[]> {
    const found: WrappedKey[] = [];
    for await (const container of this.#containers()) {
      for await (const { name } of this.#sink.list(container, this.#prefix + keyId)) {
        const parts = KEY_OBJECT.exec(name)?.groups;
        if (parts !== undefined) found.push(await this.#read(container, name));
      }
    }
    return found.sort((a, b) => compare(a.keyId, b.keyId) || compare(a.createdAt, b.createdAt));
  }

  async put(key: WrappedKey): Promise<void> {
    const container = this.#container ?? REPOSITORY_NAME;
    await this.#sink.createContainer(container);
    const fields = {
      version: VERSION,
      ...{ key_id: key.keyId, recipient: key.recipient, created_at: key.createdAt, age: key.age },
    };
    const writer = await this.#sink.create(container, this.#nameOf(key), { isNew: true });
    try {
      await writer.write(toUtf8(`${JSON.stringify(fields, undefined, 2)}\n`));
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  async remove(key: WrappedKey): Promise<void> {
    for await (const container of this.#containers()) await this.#sink.remove(container, this.#nameOf(key));
  }

  get #prefix(): string {
    return this.#sink.naming === "flat" ? "key-" : `${REPOSITORY_NAME}-key-`;
  }

  #nameOf({ keyId, id }: WrappedKey): string {
    return `${this.#prefix}${keyId}-${id}`;
  }

  async *#containers(): AsyncIterable<string> {
    if (this.#container !== undefined) yield this.#container;
    else yield* this.#sink.containers();
  }

  async #read(container: string, name: string): Promise<WrappedKey> {
    const reader = await this.#sink.open(container, name);
    try {
      if (reader.size > SIZE_MAX) throw unreadable(name);
      const bytes = new Uint8Array(reader.size);
      return parse(bytes.subarray(0, await reader.readInto(bytes)), name);
    } finally {
      await reader.close();
    }
  }
}

function parse(bytes: Uint8Array, name: string): WrappedKey {
  const { keyId, id } = KEY_OBJECT.exec(name)!.groups as { keyId: string; id: string };
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    throw unreadable(name, cause);
  }
  const { version, key_id: recorded, recipient, created_at: createdAt, age } = fields;
  if (version !== VERSION || recorded !== keyId) throw unreadable(name);
  if (typeof recipient !== "string" || typeof createdAt !== "string" || typeof age !== "string")
    throw unreadable(name);
  return { keyId, id, recipient, createdAt, age };
}

function unreadable(objectName: string, cause?: unknown): IntegrityError {
  return new IntegrityError(
    "Cannot read wrapped key: it is not one of version 1.0.0",
    { objectName },
    { cause },
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
