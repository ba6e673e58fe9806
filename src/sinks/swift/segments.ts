/**
 * Where the segments of a static large object are: in the object's own container, because another may not be allowed to
 * be made, under a prefix that no backup's begins with, for the reference system refuses a backup with objects under its
 * prefix that its manifest does not list:
 *
 *     .ashlar-segments/<object name>/<upload>/<number>
 *
 * `<upload>` differs from one writer of the object to the next. The object's manifest names it in a header, so that
 * segments which belong to a complete object can be told from those that a dead writer left.
 */

import { toHex, toUtf8 } from "../../bytes.js";
import { UsageError } from "../../errors.js";

const ROOT = ".ashlar-segments/";
/** Swift's `max_object_name_length`. */
const NAME_SIZE_MAX = 1024;
const UPLOAD_LENGTH = 16;
const NUMBER_LENGTH = 8;
/** What is left of a name for the object's own. */
const OBJECT_NAME_SIZE_MAX: number = NAME_SIZE_MAX - ROOT.length - UPLOAD_LENGTH - NUMBER_LENGTH - 2;

/** The header of a manifest with its upload. */
export const UPLOAD_HEADER = "x-object-meta-ashlar-upload";

export function isSegment(name: string): boolean {
  return name.startsWith(ROOT);
}

export function newUpload(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(UPLOAD_LENGTH / 2)));
}

/** @throws UsageError for an object whose name is too long to have segments */
export function segmentName({ name, upload }: Upload, index: number): string {
  if (toUtf8(name).length > OBJECT_NAME_SIZE_MAX) {
    throw new UsageError(
      `Cannot use object name ${JSON.stringify(name)}: wanted is at most ${OBJECT_NAME_SIZE_MAX} bytes of UTF-8 for an object in segments`,
    );
  }
  return `${uploadPrefix({ name, upload })}${String(index + 1).padStart(NUMBER_LENGTH, "0")}`;
}

export interface Upload {
  /** Of the object. */
  readonly name: string;
  readonly upload: string;
}

/** Under which the segments of one upload are. */
export function uploadPrefix({ name, upload }: Upload): string {
  return `${ROOT}${name}/${upload}/`;
}

/** Under which the segments of all objects are whose names start with `prefix`. */
export function segmentsPrefix(prefix: string): string {
  return ROOT + prefix;
}

const SEGMENT = /^\.ashlar-segments\/(?<name>.+)\/(?<upload>[0-9a-f]{16})\/[0-9]{8,}$/su;

/** Whose segment `name` is; `undefined` for what is none of ours. */
export function uploadOf(name: string): Upload | undefined {
  const { name: object, upload } = SEGMENT.exec(name)?.groups ?? {};
  return object === undefined || upload === undefined ? undefined : { name: object, upload };
}
