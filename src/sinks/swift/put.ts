/** One object put in one request. Its MD5 is compared with the one that the server reports. */

import { StorageError } from "../../errors.js";
import type { Part } from "../http/part.js";
import { expectDone } from "../http/status.js";
import type { SwiftConnection } from "./connection.js";

export interface PutPlace {
  readonly container: string;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
}

/** @throws NotFoundError without the container; StorageError, temporary when the bytes were changed on the way */
export async function putPart(connection: SwiftConnection, part: Part, place: PutPlace): Promise<void> {
  const { container, name, signal } = place;
  const what = `put object ${JSON.stringify(name)} into container ${JSON.stringify(container)}`;
  const { bytes, md5 } = part;
  const response = await connection.send({
    method: "PUT",
    container,
    name,
    // With the MD5 in the request the server refuses, with 422, what is not what was sent.
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(bytes.length),
      etag: md5,
    },
    body: bytes,
    signal,
  });
  await expectDone(response, connection.context("put", what));
  const etag = unquoted(response.headers.etag) ?? (await etagThere(connection, place));
  if (etag === md5) return;
  const stored = etag === undefined ? "it is not there" : `the server's is ${etag}`;
  throw new StorageError(`Cannot ${what}: its MD5 is ${md5}, and ${stored}`, {
    operation: "put",
    status: "temporary",
  });
}

/** The tag of the object, where the answer to its put had none: anything on the way can answer 200 or 204. */
async function etagThere(
  connection: SwiftConnection,
  { container, name, signal }: PutPlace,
): Promise<string | undefined> {
  const response = await connection.send({ method: "HEAD", container, name, signal });
  await expectDone(response, connection.context("put", `look for object ${JSON.stringify(name)}`), [404]);
  return response.status === 404 ? undefined : unquoted(response.headers.etag);
}

function unquoted(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', "");
}
