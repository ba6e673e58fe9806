/** Checks an object's bytes against the server's checksum: the MD5, or the CRC-32C if there is no MD5. */

import { IntegrityError } from "../../errors.js";
import type { Hashes, HttpResponse } from "../../ports.js";
import { hexToBase64, toBase64 } from "../http/base64.js";
import type { BodyCheck } from "../http/body-reader.js";
import { Crc32c } from "./crc32c.js";

export function checksumCheck(
  headers: HttpResponse["headers"],
  hashes: Hashes,
  objectName: string,
): BodyCheck | undefined {
  const reported = checksumsOf(headers["x-goog-hash"]);
  const [kind, expected] = reported.md5 === undefined ? ["CRC-32C", reported.crc32c] : ["MD5", reported.md5];
  if (expected === undefined) return undefined;
  const md5 = hashes.md5();
  const crc32c = new Crc32c();
  const sum = kind === "MD5" ? md5 : crc32c;
  return {
    update: (bytes) => sum.update(bytes),
    end() {
      const found = kind === "MD5" ? hexToBase64(md5.hex()) : toBase64(crc32c.digest());
      if (found === expected) return;
      throw new IntegrityError(
        `Cannot trust object: its ${kind} on arrival is "${found}", and the server's is "${expected}"`,
        { objectName },
      );
    },
  };
}

function checksumsOf(header = ""): { readonly md5?: string; readonly crc32c?: string } {
  const pairs = header.split(",").map((pair) => {
    const [, name = "", value = ""] = /^\s*([a-z0-9]+)=(\S+)\s*$/.exec(pair) ?? [];
    return [name, value] as const;
  });
  return Object.fromEntries(pairs.filter(([name]) => name === "md5" || name === "crc32c"));
}
