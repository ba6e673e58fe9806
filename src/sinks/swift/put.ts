/** One object put in one request, and its MD5 held against what the server says that it has stored. */

import { StorageError } from "../../errors.js";
import type { RunningHash } from "../../ports.js";
import { MemoryBody } from "../http/memory-body.js";
import { expectDone } from "../http/status.js";
import type { SwiftConnection } from "./connection.js";

/** A part of an object in memory, with its MD5 running along. */
export class Part {
  readonly body: MemoryBody;
  readonly #md5: RunningHash;
  #hex: string | undefined;

  constructor(capacity: number, md5: RunningHash) {
    this.body = new MemoryBody(capacity);
    this.#md5 = md5;
  }

  /** Takes what has room; returns how many bytes that was. */
  append(bytes: Uint8Array): number {
    const count = this.body.append(bytes);
    this.#md5.update(bytes.subarray(0, count));
    return count;
  }

  /** Of all that is in it; nothing can be appended any more. */
  get md5(): string {
    this.#hex ??= this.#md5.hex();
    return this.#hex;
  }
}

export interface PutPlace {
  readonly container: string;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
}

/** @throws NotFoundError without the container; StorageError, temporary when the bytes were changed on the way */
export async function putPart(connection: SwiftConnection, part: Part, place: PutPlace): Promise<void> {
  const { container, name, signal } = place;
  const what = `put object ${JSON.stringify(name)} into container ${JSON.stringify(container)}`;
  const { body, md5 } = part;
  const response = await connection.send({
    method: "PUT",
    container,
    name,
    // With the MD5 in the request the server refuses, with 422, what is not what was sent.
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(body.length),
      etag: md5,
    },
    body,
    signal,
  });
  await expectDone(response, connection.context("put", what));
  const etag = response.headers.etag?.replaceAll('"', "");
  if (etag === md5) return;
  throw new StorageError(`Cannot ${what}: its MD5 is ${md5}, and the server says ${etag ?? "none"}`, {
    operation: "put",
    status: "temporary",
  });
}
