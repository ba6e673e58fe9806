/** Properties of an object from the headers of an answer. */

import { IntegrityError } from "../../errors.js";
import type { RunningHash } from "../../ports.js";
import type { BodyCheck } from "../http/body-reader.js";
import { UPLOAD_HEADER } from "./segments.js";

type Headers = Readonly<Record<string, string>>;

function isLargeObject(headers: Headers): boolean {
  return headers["x-static-large-object"]?.toLowerCase() === "true";
}

export function uploadHeader(headers: Headers): string | undefined {
  return headers[UPLOAD_HEADER];
}

/** Stored bytes of the whole object, from the answer to a HEAD or a GET, with or without a range. */
export function sizeOf(headers: Headers): number | undefined {
  const total = /\/([0-9]+)$/.exec(headers["content-range"] ?? "")?.[1] ?? headers["content-length"];
  return total === undefined || !/^[0-9]+$/.test(total) ? undefined : Number(total);
}

/** Checks received bytes against the ETag, which is the MD5 unless the object is joined from segments. */
export function etagCheck(headers: Headers, md5: RunningHash, name: string): BodyCheck | undefined {
  const etag = headers.etag?.replaceAll('"', "");
  if (etag === undefined || !/^[0-9a-f]{32}$/.test(etag) || isLargeObject(headers)) return undefined;
  if (headers["x-object-manifest"] !== undefined) return undefined;
  return {
    update: (bytes) => md5.update(bytes),
    end: () => {
      const found = md5.hex();
      if (found === etag) return;
      throw new IntegrityError(`Cannot trust object: its MD5 on arrival is ${found}, its ETag ${etag}`, {
        objectName: name,
      });
    },
  };
}
