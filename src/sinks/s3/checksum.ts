/** Entity tags as checksums: the MD5 of an object put in one request; the MD5 of the parts' MD5s for one in parts. */

import { fromHex } from "../../bytes.js";
import { IntegrityError } from "../../errors.js";
import type { Hashes, HttpResponse } from "../../ports.js";
import type { BodyCheck } from "../http/body-reader.js";

const MD5 = /^[0-9a-f]{32}$/;
const MD5_OF_PARTS = /^[0-9a-f]{32}-[0-9]+$/;

/** The entity tag of an answer, if it is an MD5; `undefined` otherwise, e.g. with some kinds of encryption. */
export function md5Of(headers: HttpResponse["headers"]): string | undefined {
  const tag = unquoted(headers.etag);
  return MD5.test(tag) && !isEncrypted(headers) ? tag : undefined;
}

/** Checks received bytes against the server's MD5, if it reports one. */
export function md5Check(
  headers: HttpResponse["headers"],
  hashes: Hashes,
  objectName: string,
): BodyCheck | undefined {
  const expected = md5Of(headers);
  if (expected === undefined) return undefined;
  const md5 = hashes.md5();
  return {
    update: (bytes) => md5.update(bytes),
    end: () => {
      const found = md5.hex();
      if (found === expected) return;
      throw new IntegrityError(
        `Cannot trust object: its MD5 on arrival is "${found}", and the server's is "${expected}"`,
        { objectName },
      );
    },
  };
}

/**
 * Whether the answer to a put proves that an S3 server has the bytes: its tag was compared with their MD5, or is that
 * of an encrypted object. A status of 200 or 204 proves nothing: any proxy can answer it.
 */
export function provesPut(headers: HttpResponse["headers"], verifyMd5: boolean): boolean {
  if (unquoted(headers.etag) === "") return false;
  return !verifyMd5 || md5Of(headers) !== undefined || isEncrypted(headers);
}

/** With a key of the customer or of a key service, tags are not checksums, even if they look like one. */
function isEncrypted(headers: HttpResponse["headers"]): boolean {
  return (
    headers["x-amz-server-side-encryption-customer-algorithm"] !== undefined ||
    (headers["x-amz-server-side-encryption"] ?? "").startsWith("aws:kms")
  );
}

/** Whether `tag` belongs to an object of parts other than those with `md5s`; `false` for a tag of another form. */
export function contradicts(tag: string | undefined, md5s: readonly string[], hashes: Hashes): boolean {
  const found = unquoted(tag);
  return MD5_OF_PARTS.test(found) && found !== tagOfParts(md5s, hashes);
}

export function tagOfParts(md5s: readonly string[], hashes: Hashes): string {
  const md5 = hashes.md5();
  for (const part of md5s) md5.update(fromHex(part));
  return `${md5.hex()}-${md5s.length}`;
}

export function unquoted(tag: string | undefined): string {
  return (tag ?? "").replace(/^W\//, "").replaceAll('"', "").toLowerCase();
}
