/** The files of the dashboard, which are built beside the modules of this package. */
import { readFile } from "node:fs/promises";
import type { PageFiles } from "../api/page.js";
import { StorageError } from "../errors.js";

const NAMES = ["index.html", "main.js", "style.css", "icon.svg"] as const;
/** This module, and the file that the command is bundled into, both lie two folders below the build. */
const FOLDER: URL = new URL("../../ui/", import.meta.url);

export async function readUiFiles(): Promise<PageFiles> {
  const entries = NAMES.map(async (name) => [name, await readUiFile(name)] as const);
  return new Map(await Promise.all(entries));
}

async function readUiFile(name: string): Promise<string> {
  return await readFile(new URL(name, FOLDER), "utf8").catch((cause: unknown) => {
    throw new StorageError(`Cannot read "${name}" of the dashboard`, { call: "read", cause });
  });
}
