/** The contracts of sources and targets, held by files. */

import * as fs from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { openFileSource, openFileTarget } from "../../src/sources/file.js";
import { type CaseContext, sourceContract, targetContract } from "../../src/testing/index.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { runCases } from "../portable/assertions.js";

async function makePath(t: CaseContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  return join(directory, "volume");
}

const file = sourceContract(async (bytes, t) => {
  const path = await makePath(t);
  await fs.writeFile(path, bytes);
  return await openFileSource(nodeFileSystem, path);
});
runCases(test, "file source", file);

for (const create of [true, false]) {
  const target = targetContract(async (size, t) => {
    const path = await makePath(t);
    if (!create) await fs.writeFile(path, new Uint8Array(size).fill(0xa5));
    const opened = await openFileTarget(nodeFileSystem, path, { size, create });
    return { target: opened, contents: () => fs.readFile(path) };
  });
  runCases(test, create ? "new file" : "existing file", target);
}
