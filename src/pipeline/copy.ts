/**
 * Copies a stored backup to another sink, as it is stored. Every object is decoded on the way and compared with the
 * MD5 and the length in its manifest before it is completed at the target:
 *
 *     data objects, some at once: read → write, and → decode → MD5; complete only if both agree with the manifest
 *     digest table, compared with the digest that the catalog has of it
 *     list what is there; manifest last: its presence means that the copy is complete
 *
 * A copy that was interrupted is continued: an object that is complete at the target is read back and compared there
 * instead of being copied again.
 */
import type { ChainLink } from "../chain/link.js";
import { readManifestBytes } from "../chain/manifest-bytes.js";
import { openListed, openStored } from "../chain/stored-backup.js";
import type { Codec, Codecs } from "../codecs/codec.js";
import { codecIdOf } from "../codecs/labels.js";
import { IntegrityError, isAshlarError } from "../errors.js";
import { type ManifestObject, printManifest } from "../format/manifest.js";
import { digestTableName, manifestName } from "../format/names.js";
import type { Hashes, RunningHash } from "../ports.js";
import { sideBySide } from "../side-by-side.js";
import type { ObjectReader, ObjectSink, ObjectWriter } from "../sinks/sink.js";
import { MIB } from "../units.js";
import { concurrencyOf, type ObjectConcurrency } from "./memory/plan.js";
import { type Progress, type RunOptions, startProgress, throwIfCancelled } from "./run/run.js";

/** Where a copy goes. */
export interface CopyTarget {
  readonly sink: ObjectSink;
  readonly container: string;
  readonly prefix: string;
}

export interface CopyOptions extends ObjectConcurrency, RunOptions {
  readonly hashes: Hashes;
  readonly codecs: Codecs;
}

/** What was stored at the target. */
export interface CopyResult {
  /** Stored bytes of all objects, manifest and digest table included. */
  readonly storedSize: number;
  readonly manifestSha256: string;
  readonly digestTableSha256: string;
}

/** Bytes of one read, and of one decoded window. */
const COPY_WINDOW_SIZE: number = MIB;

/** @throws IntegrityError for an object that differs from its manifest; nothing of it is at the target then */
export async function copyBackup(
  link: ChainLink,
  target: CopyTarget,
  options: CopyOptions,
): Promise<CopyResult> {
  const copy = new BackupCopy(link, target, options);
  await target.sink.createContainer(target.container);
  const sizes = await sideBySide(link.manifest.objects, concurrencyOf(options), (object) =>
    copy.object(object),
  );
  const table = await copy.digestTable();
  await copy.checkTarget(sizes, table.size);
  const manifest = await copy.manifest();
  const storedSize = sizes.reduce((sum, size) => sum + size, 0) + table.size + manifest.size;
  return { storedSize, digestTableSha256: table.sha256, manifestSha256: manifest.sha256 };
}

interface Stored {
  readonly size: number;
  readonly sha256: string;
}

class BackupCopy {
  readonly #link: ChainLink;
  readonly #target: CopyTarget;
  readonly #options: CopyOptions;
  readonly #progress: Progress;

  constructor(link: ChainLink, target: CopyTarget, options: CopyOptions) {
    this.#link = link;
    this.#target = target;
    this.#options = options;
    this.#progress = options.progress ?? startProgress();
  }

  /** Copies an object unless a good one is there. Resolves to its stored bytes. */
  async object(object: ManifestObject): Promise<number> {
    const { sink, container } = this.#target;
    const name = this.#nameOf(object.name);
    const source = await openListed(this.#link.backup, object.name, this.#options);
    try {
      const there = await sink.size(container, name);
      if (there === source.size && (await this.#isGood(name, object))) return source.size;
      await this.#copy(source, name, object);
      return source.size;
    } finally {
      await source.close();
      this.#progress.objectCount++;
      this.#progress.bytesDone += object.length;
    }
  }

  async digestTable(): Promise<Stored> {
    const { backup } = this.#link;
    const name = digestTableName(backup.prefix);
    const source = await openStored(backup, name, this.#options);
    const hash = this.#options.hashes.sha256();
    let sha256 = "";
    try {
      await this.#write(source, this.#nameOf(name), async (pieces) => {
        for await (const { bytes } of pieces) hash.update(bytes);
        sha256 = hash.hex();
        if (backup.digestTableSha256 !== undefined && backup.digestTableSha256 !== sha256)
          throw this.#damage("Cannot copy digest table: its bytes are not the ones that were stored", name);
      });
    } finally {
      await source.close();
    }
    return { size: source.size, sha256 };
  }

  /** Compares what is at the target with what was written: a clean-up may have taken it for a rest. */
  async checkTarget(sizes: readonly number[], tableSize: number): Promise<void> {
    const { sink, container, prefix } = this.#target;
    const missing = new Map(
      this.#link.manifest.objects.map(({ name }, index) => [this.#nameOf(name), sizes[index]!]),
    );
    missing.set(digestTableName(prefix), tableSize);
    for await (const { name, size } of sink.list(container, prefix))
      if (missing.get(name) === size) missing.delete(name);
    const [name] = missing.keys();
    if (name !== undefined)
      throw this.#damage("Cannot complete copy: an object is not at the target as it was written", name);
  }

  async manifest(): Promise<Stored> {
    const { backup, manifest } = this.#link;
    const { sink, container, prefix } = this.#target;
    const bytes =
      prefix === backup.prefix
        ? await readManifestBytes(await openStored(backup, manifestName(prefix), this.#options), {})
        : printManifest({
            ...manifest,
            objects: manifest.objects.map((object) => ({ ...object, name: this.#nameOf(object.name) })),
          });
    const hash = this.#options.hashes.sha256();
    hash.update(bytes);
    const writer = await sink.create(container, manifestName(prefix), this.#options);
    await completing(writer, async () => await writer.write(bytes));
    return { size: bytes.length, sha256: hash.hex() };
  }

  /** The name at the target, whose prefix may have another form. */
  #nameOf(name: string): string {
    return this.#target.prefix + name.slice(this.#link.backup.prefix.length);
  }

  async #isGood(name: string, object: ManifestObject): Promise<boolean> {
    const { sink, container } = this.#target;
    const reader = await sink.open(container, name, this.#options);
    try {
      await this.#check(piecesOf(reader, this.#options.signal), object);
      return true;
    } catch (error) {
      throwIfCancelled(this.#options.signal);
      if (!isAshlarError(error, "integrity")) throw error;
      return false;
    } finally {
      await reader.close();
    }
  }

  async #copy(source: ObjectReader, name: string, object: ManifestObject): Promise<void> {
    await this.#write(source, name, (pieces) => this.#check(pieces, object));
    this.#progress.storedBytes += source.size;
  }

  /** Writes what `check` takes of the source, and completes the object only if `check` accepts all of it. */
  async #write(
    source: ObjectReader,
    name: string,
    check: (pieces: AsyncIterable<Piece>) => Promise<unknown>,
  ): Promise<void> {
    const { sink, container } = this.#target;
    const writer = await sink.create(container, name, this.#options);
    const { signal } = this.#options;
    await completing(writer, async () => {
      await check(written(piecesOf(source, signal), writer));
    });
  }

  /** Decodes an object and compares it with its manifest. @throws IntegrityError */
  async #check(pieces: AsyncIterable<Piece>, object: ManifestObject): Promise<void> {
    const { hashes, codecs } = this.#options;
    const md5 = hashes.md5();
    const id = codecIdOf(object.compression);
    const codec = id === undefined || id === "none" ? undefined : codecs.get(id);
    if (codec === undefined && id !== "none")
      throw this.#damage(`Cannot copy object: its codec "${object.compression}" is not known`, object.name);
    const length =
      codec === undefined
        ? await hashPlain(pieces, md5)
        : await this.#hashDecoded(pieces, { codec, object, md5 });
    if (length !== object.length)
      throw this.#damage(`Cannot copy object: it has ${length} bytes, want ${object.length}`, object.name);
    if (md5.hex() !== object.contentMd5)
      throw this.#damage("Cannot copy object: its MD5 differs from the manifest's", object.name);
  }

  async #hashDecoded(pieces: AsyncIterable<Piece>, { codec, object, md5 }: Decoding): Promise<number> {
    const decoder = codec.decoder(object.length);
    const feed = async (): Promise<void> => {
      for await (const { bytes, isLast } of pieces) await decoder.write(bytes, isLast);
    };
    const take = async (): Promise<number> => {
      const window = new Uint8Array(COPY_WINDOW_SIZE);
      for (let length = 0; ; ) {
        const count = await decoder.fill(window);
        md5.update(window.subarray(0, count));
        length += count;
        if (length > object.length)
          throw this.#damage(`Cannot copy object: it has more bytes than ${object.length}`, object.name);
        if (count < window.length) return length;
      }
    };
    const halves = [feed(), take()] as const;
    try {
      const [, length] = await Promise.all(halves);
      return length;
    } catch (cause) {
      decoder.close();
      await Promise.allSettled(halves);
      if (isAshlarError(cause)) throw cause;
      throw this.#damage("Cannot copy object: it cannot be decoded", object.name, cause);
    } finally {
      decoder.close();
    }
  }

  #damage(message: string, objectName: string, cause?: unknown): IntegrityError {
    return new IntegrityError(message, { backupId: this.#link.backup.backupId, objectName }, { cause });
  }
}

interface Decoding {
  readonly codec: Codec;
  readonly object: ManifestObject;
  readonly md5: RunningHash;
}

/** Stored bytes, valid until the next piece is requested. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

async function* piecesOf(reader: ObjectReader, signal: AbortSignal | undefined): AsyncGenerator<Piece> {
  const buffer = new Uint8Array(Math.max(1, Math.min(COPY_WINDOW_SIZE, reader.size)));
  let left = reader.size;
  // An empty object is a piece, too: a decoder waits for the last one.
  do {
    throwIfCancelled(signal);
    const bytes = buffer.subarray(0, Math.min(buffer.length, left));
    const count = await reader.readInto(bytes);
    left -= count;
    if (count < bytes.length) left = 0;
    yield { bytes: bytes.subarray(0, count), isLast: left === 0 };
  } while (left > 0);
}

async function* written(pieces: AsyncIterable<Piece>, writer: ObjectWriter): AsyncGenerator<Piece> {
  for await (const piece of pieces) {
    await writer.write(piece.bytes);
    yield piece;
  }
}

async function hashPlain(pieces: AsyncIterable<Piece>, md5: RunningHash): Promise<number> {
  let length = 0;
  for await (const { bytes } of pieces) {
    md5.update(bytes);
    length += bytes.length;
  }
  return length;
}

/** Completes an object after `work`, or discards it. */
async function completing(writer: ObjectWriter, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
