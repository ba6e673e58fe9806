/**
 * Running MD5 and SHA-256 on any runtime: with the kernel if the host provided its module (some hosts can run nothing
 * else), otherwise with hash-wasm.
 */
import { createMD5, createSHA256, type IHasher } from "hash-wasm";
import type { Hashes, RunningHash } from "../ports.js";
import { kernelHashes } from "./kernel-hashes.js";
import { providedModule } from "./provided.js";

let loaded: Promise<Hashes> | undefined;

/** Loads the two hashes; compiles them only once. */
export async function loadHashes(): Promise<Hashes> {
  const provided = providedModule("hashes");
  if (provided !== undefined) return kernelHashes(provided);
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Hashes> {
  const [md5, sha256] = await Promise.all([createMD5(), createSHA256()]);
  return { md5: () => new SharedHash(md5), sha256: () => new SharedHash(sha256) };
}

/**
 * One of many running hashes that share a WebAssembly instance. Each keeps its own state of some hundred bytes, because
 * a new instance could only be made asynchronously.
 */
class SharedHash implements RunningHash {
  readonly #hasher: IHasher;
  #state: Uint8Array;

  constructor(hasher: IHasher, state: Uint8Array = hasher.init().save()) {
    this.#hasher = hasher;
    this.#state = state;
  }

  update(bytes: Uint8Array): void {
    this.#state = this.#hasher.load(this.#state).update(bytes).save();
  }

  copy(): RunningHash {
    return new SharedHash(this.#hasher, this.#state);
  }

  hex(): string {
    return this.#hasher.load(this.#state).digest("hex");
  }
}
