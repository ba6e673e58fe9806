/**
 * One peer's place on disk. What it keeps is in `live`; a state of that can be saved under a name and brought back, so
 * that every round of an incremental finds the same backups. Volume and restored files are beside it.
 */
import { copyFile, link, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.js";

export class Site {
  readonly directory: string;
  /** The volume's path, the same for every state of the volume. */
  readonly volume: string;
  /** A directory that a restore finds empty. */
  readonly target: string;
  readonly #leavesFiles: boolean;
  readonly #saved: Set<string> = new Set();

  /** With `leavesFiles` the files of a repository are linked instead of copied, which takes no time. */
  constructor(directory: string, { leavesFiles }: { readonly leavesFiles: boolean }) {
    this.directory = directory;
    this.#leavesFiles = leavesFiles;
    this.volume = join(directory, "volume.raw");
    this.target = join(directory, "target");
  }

  get live(): string {
    return join(this.directory, "live");
  }

  get repository(): string {
    return join(this.live, "repository");
  }

  async clear(): Promise<void> {
    await rm(this.live, { recursive: true, force: true });
    await mkdir(this.repository, { recursive: true });
    await mkdir(this.target, { recursive: true });
  }

  /** Puts an image where the peer looks for its volume, without copying it. */
  async mount(image: string): Promise<void> {
    await rm(this.volume, { force: true });
    await link(image, this.volume);
  }

  /** As `mount`, a copy that may be changed. */
  async mountCopy(image: string): Promise<void> {
    await rm(this.volume, { force: true });
    await copyFile(image, this.volume);
  }

  async emptyTarget(): Promise<void> {
    await rm(this.target, { recursive: true, force: true });
    await mkdir(this.target);
  }

  has(state: string): boolean {
    return this.#saved.has(state);
  }

  async save(state: string): Promise<void> {
    await this.#copy(this.live, this.#placeOf(state));
    this.#saved.add(state);
  }

  async load(state: string): Promise<void> {
    await this.#copy(this.#placeOf(state), this.live);
  }

  async remove(): Promise<void> {
    this.#saved.clear();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Bytes of the files in the repository. */
  async repositorySize(): Promise<number> {
    let sum = 0;
    for (const entry of await readdir(this.repository, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size;
    }
    return sum;
  }

  async #copy(from: string, to: string): Promise<void> {
    await rm(to, { recursive: true, force: true });
    await mkdir(to);
    for (const entry of await readdir(from)) {
      const isLinked = this.#leavesFiles && join(this.live, entry) === this.repository;
      await run({ argv: ["cp", isLinked ? "-al" : "-a", join(from, entry), join(to, entry)] });
    }
  }

  #placeOf(state: string): string {
    return join(this.directory, `saved-${state}`);
  }
}
