/** The request of `os-verify`, an action of Ashlar's own. */
import * as v from "valibot";
import { repr } from "../python-text.js";
import type { Schema } from "./fields.js";

interface Issue {
  readonly input: unknown;
}

const wanted = ({ input }: Issue): string => `${repr(input)} is not a share above 0 and below 1`;

/** The share of the objects to read; all of them if it is left out. */
const sample: Schema<number | null | undefined> = v.optional(
  v.nullable(
    v.pipe(
      v.number(wanted),
      v.check((share) => share > 0 && share < 1, wanted),
    ),
  ),
);

export interface VerifyRequest {
  readonly sample?: number | null | undefined;
}

export const verifyBackup: Schema<VerifyRequest> = v.strictObject({ sample });
