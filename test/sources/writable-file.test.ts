import test from "ava";
import { StorageError } from "../../src/errors.js";
import { writableFileTarget } from "../../src/sources/writable-file.js";
import { FakeDirectory, type FakeFile, type FakeOptions } from "../sinks/directory/fake-directory.js";

async function newFile(options: FakeOptions = {}): Promise<FakeFile> {
  return await new FakeDirectory("", options).getFileHandle("image", { create: true });
}

test("what is written is in the file once the target is closed, between zeros", async (t) => {
  const file = await newFile();
  const target = await writableFileTarget((await file.createWritable()).stream, { size: 10 });
  t.is(target.size, 10);
  t.true(target.isZeroed);
  const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(7);
  await Promise.all([target.write(shared, 7), target.write(Uint8Array.of(1, 2, 3), 1)]);
  await target.sync();
  t.is(file.bytes.length, 0);
  await target.close();
  t.deepEqual([...file.bytes], [0, 1, 2, 3, 0, 0, 0, 7, 7, 0]);
});

test("a target that is given up leaves the file as it was", async (t) => {
  const file = await newFile();
  file.bytes = Uint8Array.of(9);
  const target = await writableFileTarget((await file.createWritable()).stream, { size: 10 });
  await target.write(Uint8Array.of(1), 0);
  await target.abort();
  await target.abort();
  t.deepEqual([...file.bytes], [9]);
});

test("no byte goes beyond the volume", async (t) => {
  const file = await newFile();
  const target = await writableFileTarget((await file.createWritable()).stream, { size: 10 });
  for (const offset of [-1, 10])
    await t.throwsAsync(target.write(Uint8Array.of(1), offset), { instanceOf: StorageError });
});

test("where there is no room it says so, from the first call on", async (t) => {
  for (const step of ["truncate", "write", "close"]) {
    const options: FakeOptions = {};
    const stream = (await (await newFile(options)).createWritable()).stream;
    options.fault = (call) => (call === step ? new DOMException("full", "QuotaExceededError") : undefined);
    await t.throwsAsync(
      (async () => {
        const target = await writableFileTarget(stream, { size: 10 });
        await target.write(Uint8Array.of(1), 0);
        await target.close();
      })(),
      {
        instanceOf: StorageError,
        message: /: there is not enough room; free some, or choose another place$/,
      },
      step,
    );
  }
});
