/** Files to restore to: one that the user chooses, or one in the page's private storage. */
import { type WritableFileTarget, writableFileTarget } from "../../src/index.js";
import { pickers } from "./stores.js";

export interface RestoreFile {
  readonly name: string;
  readonly handle: FileSystemFileHandle;
  /** Of the private storage, from where the user may want it as a download. */
  readonly isPrivate: boolean;
}

export const canPickFiles: boolean = typeof pickers.showSaveFilePicker === "function";

/** `undefined` when the user chose none. */
export async function pickFile(suggestedName: string): Promise<RestoreFile | undefined> {
  try {
    const handle = await pickers.showSaveFilePicker!({ suggestedName });
    return { name: handle.name, handle, isPrivate: false };
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    throw error;
  }
}

const DIRECTORY = "ashlar-restored";

export async function privateFile(name: string): Promise<RestoreFile> {
  const storage = await navigator.storage.getDirectory();
  const directory = await storage.getDirectoryHandle(DIRECTORY, { create: true });
  return { name, handle: await directory.getFileHandle(name, { create: true }), isPrivate: true };
}

export async function removePrivateFile(name: string): Promise<void> {
  const storage = await navigator.storage.getDirectory();
  await (await storage.getDirectoryHandle(DIRECTORY)).removeEntry(name);
}

export async function openTarget({ handle }: RestoreFile, size: number): Promise<WritableFileTarget> {
  return await writableFileTarget(await handle.createWritable(), { size });
}

/** A file's name for a backup's title. */
export function fileNameOf(title: string): string {
  const safe = title.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").replaceAll(/^[.-]+|[.-]+$/g, "");
  return `${safe === "" ? "volume" : safe.slice(0, 100)}.raw`;
}
