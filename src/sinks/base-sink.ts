/** Default implementations of members of `ObjectSink`. A sink overrides those that it does better. */

import { cannotLock, type LockChange, type ObjectLock } from "./lock.js";
import type {
  CreateOptions,
  NamingScheme,
  ObjectEntry,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  OpenOptions,
  SinkProperties,
  StoreTraits,
  UnfinishedEntry,
} from "./sink.js";

export abstract class BaseSink implements ObjectSink {
  abstract readonly service: string;
  abstract readonly naming: NamingScheme;
  readonly isEncrypted = false;
  readonly isRemote: boolean;
  readonly bufferSize: number;
  readonly readBufferSize: number;
  readonly buffersMax: number;

  /** By default the sink is local and buffers nothing; a reader buffers as much as a writer. */
  constructor(properties: Partial<SinkProperties> = {}) {
    const { isRemote = false, bufferSize = 0, readBufferSize = bufferSize } = properties;
    this.isRemote = isRemote;
    this.bufferSize = bufferSize;
    this.readBufferSize = readBufferSize;
    this.buffersMax = properties.buffersMax ?? Number.POSITIVE_INFINITY;
  }

  abstract createContainer(container: string): Promise<void>;
  abstract removeContainer(container: string): Promise<void>;
  abstract containers(): AsyncIterable<string>;
  abstract create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter>;
  abstract open(container: string, name: string, options?: OpenOptions): Promise<ObjectReader>;
  abstract size(container: string, name: string): Promise<number | undefined>;
  abstract list(container: string, prefix: string): AsyncIterable<ObjectEntry>;
  abstract remove(container: string, name: string): Promise<void>;
  abstract removeUnfinished(container: string, prefix: string): Promise<void>;

  /** The store has no locks. */
  async canLock(_container: string): Promise<boolean> {
    return false;
  }

  async lockOf(_container: string, _name: string): Promise<ObjectLock | undefined> {
    return undefined;
  }

  async lock(container: string, _name: string, _change: LockChange): Promise<void> {
    throw cannotLock(container, "this kind of store has no locks");
  }

  async removeAll(container: string, names: readonly string[]): Promise<void> {
    for (const name of names) await this.remove(container, name);
  }

  /** Lists nothing. */
  async *listUnfinished(_container: string, _prefix: string): AsyncIterable<UnfinishedEntry> {}

  /** Reports no traits. */
  async inspect(_container: string, _name: string): Promise<StoreTraits> {
    return {};
  }
}
