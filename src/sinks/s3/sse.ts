/** Server-side encryption with a customer's key, which is sent with every request for the object. */

import { toUtf8 } from "../../bytes.js";
import { UsageError } from "../../errors.js";
import { revealed, type Secret } from "../../options/secret.js";
import type { Hashes } from "../../ports.js";
import { hexToBase64, toBase64 } from "../http/base64.js";

/** Key with which the server encrypts objects, supplied by the client (SSE-C). */
export interface CustomerKey {
  /** Text whose UTF-8 is the key, 32 bytes for AES256; sent in Base64. */
  readonly key: Secret | string;
  /** @default {"AES256"} */
  readonly algorithm?: string | undefined;
}

const PREFIX = "x-amz-server-side-encryption-customer";

/** @throws UsageError for a key of the wrong length for AES256; the message does not contain the key */
export function customerKeyHeaders(
  { key, algorithm = "AES256" }: CustomerKey,
  hashes: Hashes,
): Readonly<Record<string, string>> {
  const bytes = toUtf8(revealed(key));
  if (algorithm === "AES256" && bytes.length !== 32) {
    throw new UsageError(
      `Cannot use the customer key for encryption: it has ${bytes.length} bytes, and AES256 wants 32`,
    );
  }
  const md5 = hashes.md5();
  md5.update(bytes);
  return {
    [`${PREFIX}-algorithm`]: algorithm,
    [`${PREFIX}-key`]: toBase64(bytes),
    [`${PREFIX}-key-md5`]: hexToBase64(md5.hex()),
  };
}
