/**
 * Names of the segments of static large objects. They are in the object's own container, because creating another may
 * not be allowed, and outside every backup's prefix, because the reference system refuses a backup with objects under
 * its prefix that its manifest does not list:
 *
 *     .ashlar-segments/<object name>/<upload>/<number>
 *
 * `<upload>` is unique to each writer of the object. The object's manifest has it in a header, which distinguishes the
 * segments of a complete object from those that a dead writer left.
 */

import { toHex, toUtf8 } from "../../bytes.js";
import { UsageError } from "../../errors.js";

const ROOT = ".ashlar-segments/";
/** Swift's `max_object_name_length`. */
const NAME_SIZE_MAX = 1024;
const UPLOAD_LENGTH = 16;
const NUMBER_LENGTH = 8;
/** The rest of a segment's name, for the object's name. */
const OBJECT_NAME_SIZE_MAX: number = NAME_SIZE_MAX - ROOT.length - UPLOAD_LENGTH - NUMBER_LENGTH - 2;

/** The manifest's header that holds `<upload>`. */
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
      `Cannot use object name ${JSON.stringify(name)}: want at most ${OBJECT_NAME_SIZE_MAX} bytes of UTF-8 for an object in segments`,
    );
  }
  return `${uploadPrefix({ name, upload })}${String(index + 1).padStart(NUMBER_LENGTH, "0")}`;
}

export interface Upload {
  /** The object's name. */
  readonly name: string;
  readonly upload: string;
}

/** The prefix of one upload's segments. */
export function uploadPrefix({ name, upload }: Upload): string {
  return `${ROOT}${name}/${upload}/`;
}

/** The prefix of the segments of all objects whose names start with `prefix`. */
export function segmentsPrefix(prefix: string): string {
  return ROOT + prefix;
}

const SEGMENT = /^\.ashlar-segments\/(?<name>.+)\/(?<upload>[0-9a-f]{16})\/[0-9]{8,}$/su;

/** The upload that segment `name` belongs to; `undefined` if it is not one of our segments. */
export function uploadOf(name: string): Upload | undefined {
  const { name: object, upload } = SEGMENT.exec(name)?.groups ?? {};
  return object === undefined || upload === undefined ? undefined : { name: object, upload };
}
