import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The part of a test's context that registers cleaning up. */
interface Cleanup {
  teardown(undo: () => unknown): void;
}

/** Makes an empty directory that is removed when the test ends. */
export async function temporaryDirectory(t: Cleanup): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "ashlar-test-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
