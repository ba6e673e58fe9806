/** A sink around a sink that forwards every call. A layer overrides the calls that it changes. */

import type { LockChange, ObjectLock } from "../lock.js";
import type {
  CreateOptions,
  NamingScheme,
  ObjectEntry,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  OpenOptions,
  StoreTraits,
  UnfinishedEntry,
} from "../sink.js";

export abstract class SinkLayer implements ObjectSink {
  protected readonly inner: ObjectSink;

  constructor(inner: ObjectSink) {
    this.inner = inner;
  }

  get service(): string {
    return this.inner.service;
  }

  get naming(): NamingScheme {
    return this.inner.naming;
  }

  get isEncrypted(): boolean {
    return this.inner.isEncrypted;
  }

  get isRemote(): boolean {
    return this.inner.isRemote;
  }

  get bufferSize(): number {
    return this.inner.bufferSize;
  }

  get readBufferSize(): number {
    return this.inner.readBufferSize;
  }

  get buffersMax(): number {
    return this.inner.buffersMax;
  }

  createContainer(container: string): Promise<void> {
    return this.inner.createContainer(container);
  }

  removeContainer(container: string): Promise<void> {
    return this.inner.removeContainer(container);
  }

  containers(): AsyncIterable<string> {
    return this.inner.containers();
  }

  create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter> {
    return this.inner.create(container, name, options);
  }

  open(container: string, name: string, options?: OpenOptions): Promise<ObjectReader> {
    return this.inner.open(container, name, options);
  }

  size(container: string, name: string): Promise<number | undefined> {
    return this.inner.size(container, name);
  }

  list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    return this.inner.list(container, prefix);
  }

  canLock(container: string): Promise<boolean> {
    return this.inner.canLock(container);
  }

  lockOf(container: string, name: string): Promise<ObjectLock | undefined> {
    return this.inner.lockOf(container, name);
  }

  lock(container: string, name: string, change: LockChange): Promise<void> {
    return this.inner.lock(container, name, change);
  }

  remove(container: string, name: string): Promise<void> {
    return this.inner.remove(container, name);
  }

  removeAll(container: string, names: readonly string[]): Promise<void> {
    return this.inner.removeAll(container, names);
  }

  listUnfinished(container: string, prefix: string): AsyncIterable<UnfinishedEntry> {
    return this.inner.listUnfinished(container, prefix);
  }

  removeUnfinished(container: string, prefix: string): Promise<void> {
    return this.inner.removeUnfinished(container, prefix);
  }

  inspect(container: string, name: string): Promise<StoreTraits> {
    return this.inner.inspect(container, name);
  }
}
