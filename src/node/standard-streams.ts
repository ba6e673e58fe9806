/** Standard input and output for a volume's bytes: pipes, sockets, files and devices, but no terminals. */
import { fstatSync, fsync, type Stats, write } from "node:fs";
import { isatty } from "node:tty";
import { promisify } from "node:util";
import { StorageError, UsageError } from "../errors.js";
import { streamSource } from "../sources/stream.js";
import type { VolumeOutput, VolumeStream } from "../sources/volume.js";

const STDIN = 0;
const STDOUT = 1;
const writeFile = promisify(write);
const syncFile = promisify(fsync);

/** @throws UsageError for a terminal or a directory */
export function standardInput(): VolumeStream {
  if (isatty(STDIN)) throw notAVolume("standard input: it is a terminal; want a pipe or a file");
  if (fstatSync(STDIN).isDirectory())
    throw notAVolume("standard input: it is a directory; want a pipe or a file");
  const { stdin } = process;
  const parts = stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      // Ends a read that waits for the other end of a pipe.
      cancel: () => void stdin.destroy(),
    },
    { highWaterMark: 0 },
  );
  return streamSource(stream, { name: "standard input" });
}

/** @throws UsageError for a terminal */
export function standardOutput(): VolumeOutput {
  if (isatty(STDOUT)) throw notAVolume("standard output: it is a terminal; want a pipe or a file");
  const status = fstatSync(STDOUT);
  return status.isFIFO() || status.isSocket() ? pipeOutput() : fileOutput(status);
}

/** Written without blocking the process, which may be stopped while the reader does not read. */
function pipeOutput(): VolumeOutput {
  return {
    write: (bytes) =>
      new Promise((done, fail) => {
        process.stdout.write(bytes, (error) => (error ? fail(outputError(error)) : done()));
      }),
    finish: async () => undefined,
  };
}

/** `process.stdout` would take a short write to a full disk for a whole one. */
function fileOutput(status: Stats): VolumeOutput {
  return {
    async write(bytes) {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await writeFile(STDOUT, bytes, done).catch((error: unknown) => {
          throw outputError(error);
        });
        done += bytesWritten;
      }
    },
    async finish() {
      if (!status.isFile() && !status.isBlockDevice()) return;
      await syncFile(STDOUT).catch((error: unknown) => {
        throw outputError(error);
      });
    },
  };
}

function notAVolume(what: string): UsageError {
  return new UsageError(`Cannot use ${what}`);
}

function outputError(error: unknown): StorageError {
  const { code, message } = error as NodeJS.ErrnoException;
  const isClosed = code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
  const reason = isClosed ? "its reader has closed it" : message;
  return new StorageError(`Cannot write to standard output: ${reason}`, { call: "write", cause: error });
}
