/**
 * A directory of the File System standard in memory, with its rules: a file exists from `getFileHandle` on, has its new
 * bytes when its stream is closed, and a file that was read stays as it was. Any call can be made to fail.
 */

export interface FakeOptions {
  /** What the call of that name throws, if anything; `name` is the entry's. */
  fault?: (call: string, name: string) => DOMException | undefined;
  /** Whether files can be renamed. @default {true} */
  readonly canMove?: boolean;
}

type Entry = FakeDirectory | FakeFile;

export class FakeDirectory {
  readonly kind = "directory";
  readonly name: string;
  readonly children: Map<string, Entry> = new Map();
  readonly #options: FakeOptions;

  constructor(name = "", options: FakeOptions = {}) {
    this.name = name;
    this.#options = options;
  }

  async getDirectoryHandle(name: string, { create = false } = {}): Promise<FakeDirectory> {
    fail(this.#options, "getDirectoryHandle", name);
    const found = this.#child(name, create, () => new FakeDirectory(name, this.#options));
    if (found instanceof FakeDirectory) return found;
    throw new DOMException("a file", "TypeMismatchError");
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<FakeFile> {
    fail(this.#options, "getFileHandle", name);
    const found = this.#child(name, create, () => new FakeFile(name, this, this.#options));
    if (found instanceof FakeFile) return found;
    throw new DOMException("a directory", "TypeMismatchError");
  }

  async removeEntry(name: string): Promise<void> {
    fail(this.#options, "removeEntry", name);
    const found = this.#child(name, false, () => undefined as never);
    if (found instanceof FakeDirectory && found.children.size > 0)
      throw new DOMException("not empty", "InvalidModificationError");
    this.children.delete(name);
  }

  async *entries(): AsyncGenerator<[string, Entry]> {
    fail(this.#options, "entries", this.name);
    yield* [...this.children];
  }

  async *keys(): AsyncGenerator<string> {
    yield* [...this.children.keys()];
  }

  /** As the page's own type has it. */
  get handle(): FileSystemDirectoryHandle {
    return this as unknown as FileSystemDirectoryHandle;
  }

  #child(name: string, create: boolean, make: () => Entry): Entry {
    if (name === "" || name === "." || name === ".." || name.includes("/"))
      throw new TypeError("Name is not allowed.");
    const found = this.children.get(name);
    if (found !== undefined) return found;
    if (!create) throw new DOMException("nothing there", "NotFoundError");
    const made = make();
    this.children.set(name, made);
    return made;
  }
}

export class FakeFile {
  readonly kind = "file";
  name: string;
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  readonly #directory: FakeDirectory;
  readonly #options: FakeOptions;
  /** Absent where the browser has none. */
  readonly move?: (name: string) => Promise<void>;

  constructor(name: string, directory: FakeDirectory, options: FakeOptions) {
    this.name = name;
    this.#directory = directory;
    this.#options = options;
    if (options.canMove ?? true) this.move = (to) => this.#move(to);
  }

  async getFile(): Promise<File> {
    fail(this.#options, "getFile", this.name);
    return new File([this.bytes], this.name);
  }

  async createWritable(): Promise<FakeStream> {
    fail(this.#options, "createWritable", this.name);
    return new FakeStream(this, this.#options);
  }

  async #move(to: string): Promise<void> {
    fail(this.#options, "move", this.name);
    this.#directory.children.delete(this.name);
    this.name = to;
    this.#directory.children.set(to, this);
  }
}

type Written =
  | Uint8Array<ArrayBuffer>
  | { readonly type: "write"; readonly position: number; readonly data: Uint8Array };

class FakeStream {
  readonly #file: FakeFile;
  readonly #options: FakeOptions;
  #bytes = new Uint8Array(0);
  #position = 0;
  #isOpen = true;

  constructor(file: FakeFile, options: FakeOptions) {
    this.#file = file;
    this.#options = options;
  }

  async write(written: Written): Promise<void> {
    this.#check("write");
    const { position, data } = "type" in written ? written : { position: this.#position, data: written };
    if (!(data.buffer instanceof ArrayBuffer)) throw new TypeError("shared memory is refused");
    const copy = data.slice();
    await new Promise((resolve) => setTimeout(resolve));
    if (this.#bytes.length < position + copy.length) this.#resize(position + copy.length);
    this.#bytes.set(copy, position);
    this.#position = position + copy.length;
  }

  async truncate(size: number): Promise<void> {
    this.#check("truncate");
    this.#resize(size);
  }

  async close(): Promise<void> {
    this.#check("close");
    this.#isOpen = false;
    this.#file.bytes = this.#bytes;
  }

  async abort(): Promise<void> {
    this.#isOpen = false;
  }

  /** As the page's own type has it. */
  get stream(): FileSystemWritableFileStream {
    return this as unknown as FileSystemWritableFileStream;
  }

  #check(call: string): void {
    if (!this.#isOpen) throw new TypeError("the stream is closed");
    fail(this.#options, call, this.#file.name);
  }

  #resize(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, size));
    this.#bytes = bytes;
  }
}

function fail({ fault }: FakeOptions, call: string, name: string): void {
  const error = fault?.(call, name);
  if (error !== undefined) throw error;
}
