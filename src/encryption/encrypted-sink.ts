/**
 * A sink whose objects are encrypted (docs/encryption.md). Callers see plain bytes and plain sizes; names, and the
 * repository's own small objects, are as the store has them.
 *
 *     create   header, then each full segment encrypted when the next byte comes, the last one at `close`
 *     open     header, then each segment decrypted, and checked with its position and the object's name
 *     list     plain sizes, computed from the stored ones
 *
 * What is not encrypted is refused, so that nobody can put plain objects in place of encrypted ones. It is no protection
 * against an old state of the whole repository, nor against the deletion of objects.
 */
import { IntegrityError } from "../errors.js";
import { prefixOfManifest, REPOSITORY_NAME } from "../format/names.js";
import { SinkLayer } from "../sinks/layers/layer.js";
import { checkOffset } from "../sinks/offset.js";
import type {
  CreateOptions,
  ObjectEntry,
  ObjectReader,
  ObjectSink,
  ObjectWriter,
  OpenOptions,
} from "../sinks/sink.js";
import { WriterSteps } from "../sinks/writer-steps.js";
import { EnvelopeWriter, envelopedSizeOf, type OpenAt, openEnvelope } from "./envelope.js";
import type { KeyRing } from "./key-ring.js";
import { HEADER_SIZE, parseHeader, plainSizeOf, SEALED_SEGMENT_SIZE } from "./layout.js";
import { READER_MEMORY, WRITER_MEMORY } from "./memory.js";
import { OpeningReader, segmentAt } from "./opening-reader.js";
import type { ObjectCipher } from "./repository-key.js";
import { SealingWriter } from "./sealing-writer.js";

export class EncryptedSink extends SinkLayer {
  readonly #keys: KeyRing;

  constructor(inner: ObjectSink, keys: KeyRing) {
    super(inner);
    this.#keys = keys;
  }

  override get isEncrypted(): boolean {
    return true;
  }

  override get bufferSize(): number {
    return this.inner.bufferSize + WRITER_MEMORY;
  }

  override get readBufferSize(): number {
    return this.inner.readBufferSize + READER_MEMORY;
  }

  /** Every open writer has a segment of its own, also where the inner sink's writers wait for each other's buffers. */
  override get buffersMax(): number {
    return Number.POSITIVE_INFINITY;
  }

  override async create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter> {
    if (!isEncrypted(container, name)) return await this.inner.create(container, name, options);
    const inner = await this.inner.create(container, name, options);
    try {
      const cipher = await (await this.#keys.sealing()).cipherOfNew(name);
      const steps = new WriterSteps(`object "${name}" in container "${container}"`, options?.signal);
      return new SealingWriter(isManifest(name) ? new EnvelopeWriter(inner) : inner, cipher, steps);
    } catch (error) {
      await inner.abort();
      throw error;
    }
  }

  override async open(container: string, name: string, options: OpenOptions = {}): Promise<ObjectReader> {
    if (!isEncrypted(container, name)) return await this.inner.open(container, name, options);
    const { offset = 0, signal } = options;
    const stored: OpenAt = (at) => this.inner.open(container, name, { offset: at, signal });
    const open: OpenAt = isManifest(name) ? (at) => openEnvelope(stored, name, at) : stored;
    const first = await open(0);
    let reader = first;
    try {
      const cipher = await this.#cipherIn(first, name);
      const size = plainSizeOf(first.size);
      if (size === undefined) throw damaged(`no object has ${first.size} encrypted bytes: it was cut`, name);
      checkOffset(offset, size);
      const index = segmentAt({ size, offset });
      if (index > 0) {
        await first.close();
        reader = await open(HEADER_SIZE + index * SEALED_SEGMENT_SIZE);
      }
      return new OpeningReader(reader, cipher, { name, size, offset, signal });
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  override async size(container: string, name: string): Promise<number | undefined> {
    const stored = await this.inner.size(container, name);
    return stored === undefined ? undefined : shownSize(container, name, stored);
  }

  override async *list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    for await (const entry of this.inner.list(container, prefix))
      yield { ...entry, size: shownSize(container, entry.name, entry.size) };
  }

  async #cipherIn(reader: ObjectReader, name: string): Promise<ObjectCipher> {
    const bytes = new Uint8Array(HEADER_SIZE);
    const header = parseHeader(bytes.subarray(0, await reader.readInto(bytes)));
    if (header === undefined) throw damaged("it does not begin as an encrypted object", name);
    return await (await this.#keys.opening(header.keyId)).cipherOf(name, header);
  }
}

function isEncrypted(container: string, name: string): boolean {
  return container !== REPOSITORY_NAME && !name.startsWith(REPOSITORY_NAME);
}

function isManifest(name: string): boolean {
  return prefixOfManifest(name) !== undefined;
}

/** Plain bytes of a listed object; of one that is not encrypted, the stored bytes. */
function shownSize(container: string, name: string, stored: number): number {
  if (!isEncrypted(container, name)) return stored;
  const sealed = isManifest(name) ? envelopedSizeOf(stored) : stored;
  return (sealed === undefined ? undefined : plainSizeOf(sealed)) ?? stored;
}

function damaged(state: string, objectName: string): IntegrityError {
  return new IntegrityError(`Cannot decrypt object: ${state}`, { objectName });
}
