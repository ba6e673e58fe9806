/** Puts one object in one request, and compares its MD5 with the one that the server reports. */

import { ObjectExistsError, StorageError } from "../../errors.js";
import type { Part } from "../http/part.js";
import { expectDone } from "../http/status.js";
import type { SwiftConnection } from "./connection.js";

const PRECONDITION_FAILED = 412;

export interface PutObject {
  readonly container: string;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
  /** Whether another object of that name is an error. @default {false} */
  readonly isNew?: boolean | undefined;
}

/** @throws NotFoundError for the container; StorageError, temporary if the bytes were changed in transit */
export async function putPart(connection: SwiftConnection, part: Part, object: PutObject): Promise<void> {
  const { container, name, signal } = object;
  const what = `put object ${JSON.stringify(name)} into container ${JSON.stringify(container)}`;
  const { bytes, md5 } = part;
  const response = await connection.send({
    method: "PUT",
    container,
    name,
    // With the MD5 in the request, the server refuses changed bytes with 422.
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(bytes.length),
      etag: md5,
      ...(object.isNew && { "if-none-match": "*" }),
    },
    body: bytes,
    signal,
  });
  await expectDone(response, connection.context("put", what), object.isNew ? [PRECONDITION_FAILED] : []);
  if (response.status === PRECONDITION_FAILED) {
    // Its own, by an attempt of which the answer was lost.
    if ((await etagThere(connection, object)) === md5) return;
    throw new ObjectExistsError(`object ${JSON.stringify(name)} in container ${JSON.stringify(container)}`);
  }
  const etag = unquoted(response.headers.etag) ?? (await etagThere(connection, object));
  if (etag === md5) return;
  const stored = etag === undefined ? "it is not there" : `the server's is ${etag}`;
  throw new StorageError(`Cannot ${what}: its MD5 is ${md5}, and ${stored}`, {
    call: "put",
    status: "temporary",
  });
}

/** Gets the object's tag if the answer to its put had none: any proxy can answer 200 or 204. */
async function etagThere(
  connection: SwiftConnection,
  { container, name, signal }: PutObject,
): Promise<string | undefined> {
  const response = await connection.send({ method: "HEAD", container, name, signal });
  await expectDone(response, connection.context("put", `look for object ${JSON.stringify(name)}`), [404]);
  return response.status === 404 ? undefined : unquoted(response.headers.etag);
}

function unquoted(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', "");
}
