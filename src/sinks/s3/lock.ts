/**
 * S3's object lock. A bucket has it from its creation, or not at all; its objects have versions, and each version has
 * its own lock. A removal without a version only hides the object behind a delete marker, so that the objects would
 * stay and be paid for: `S3Deletion` removes versions.
 *
 * Locks are put by requests of their own, not by headers of the upload: radosgw 16.2 ignores those of an upload in
 * parts without an error.
 */

import { isAshlarError } from "../../errors.js";
import { cannotLock, covers, type LockChange, type ObjectLock, strongest } from "../lock.js";
import type { S3Connection, S3Request } from "./connection.js";
import { S3Error, s3CodeOf } from "./error.js";
import { textOf, type XmlElement } from "./xml.js";

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";
const NO_LOCKS = "its bucket was made without object lock; make a new bucket with it";
const FORBIDDEN = 403;
const BAD_REQUEST = 400;

export interface LockedObject {
  readonly bucket: string;
  readonly key: string;
  /** @default {the newest version} */
  readonly versionId?: string | undefined;
}

export class S3Locks {
  readonly #connection: S3Connection;
  readonly #enabled = new Map<string, boolean>();

  constructor(connection: S3Connection) {
    this.#connection = connection;
  }

  /** Whether the bucket has object lock. The server is asked once. */
  async isEnabled(bucket: string): Promise<boolean> {
    const known = this.#enabled.get(bucket);
    if (known !== undefined) return known;
    const isEnabled = await this.#ask(bucket);
    if (isEnabled !== undefined) this.#enabled.set(bucket, isEnabled);
    return isEnabled ?? false;
  }

  /** Resolves to `undefined` if there is no such bucket yet. */
  async #ask(bucket: string): Promise<boolean | undefined> {
    const what = `look at the locks of container ${JSON.stringify(bucket)}`;
    try {
      const root = await this.#connection.document({
        ...{ method: "GET", call: "look at", what, bucket },
        query: { "object-lock": "" },
      });
      return textOf(root, "ObjectLockEnabled") === "Enabled";
    } catch (error) {
      if (s3CodeOf(error) === "NoSuchBucket") return undefined;
      // The bucket has none, or the server knows no locks, or these credentials may not ask.
      if (isAshlarError(error, "not-found")) return false;
      if (error instanceof S3Error && error.status === "permanent") return false;
      throw error;
    }
  }

  /** By two requests that fail without a permission: the headers of an object's answer would just lack the lock. */
  async lockOf(object: LockedObject): Promise<ObjectLock | undefined> {
    const retention = await this.#part(object, "retention");
    const hold = await this.#part(object, "legal-hold");
    const isHeld = hold !== undefined && textOf(hold, "Status") === "ON";
    const until = new Date((retention && textOf(retention, "RetainUntilDate")) ?? "");
    if (retention === undefined || Number.isNaN(until.getTime())) return isHeld ? { isHeld } : undefined;
    const mode = textOf(retention, "Mode") === "COMPLIANCE" ? "compliance" : "governance";
    return { retention: { mode, until }, isHeld };
  }

  async #part(object: LockedObject, part: "legal-hold" | "retention"): Promise<XmlElement | undefined> {
    try {
      return await this.#connection.document(lockRequest(object, { method: "GET", call: "look at", part }));
    } catch (error) {
      if (isAshlarError(error, "not-found")) return undefined;
      throw error;
    }
  }

  /** @throws UsageError, NotFoundError */
  async lock(object: LockedObject, change: LockChange): Promise<void> {
    if (change.retention !== undefined) await this.#retain(object, change);
    if (change.isHeld !== undefined) {
      const status = change.isHeld ? "ON" : "OFF";
      await this.#put(
        object,
        "legal-hold",
        `<LegalHold xmlns="${NAMESPACE}"><Status>${status}</Status></LegalHold>`,
      );
    }
  }

  /** Asks for a lock that ends two seconds earlier, which the server is to refuse. */
  async shorten(object: LockedObject, until: Date): Promise<void> {
    const earlier = new Date(until.getTime() - 2000);
    await this.#put(object, "retention", retentionDocument({ mode: "governance", until: earlier }));
  }

  async #retain(object: LockedObject, { retention }: LockChange): Promise<void> {
    try {
      await this.#put(object, "retention", retentionDocument(retention!));
    } catch (error) {
      if (!(error instanceof S3Error) || error.httpStatus !== FORBIDDEN) throw error;
      // Refused too if the lock would become weaker.
      const present = await this.lockOf(object);
      if (covers(present, { retention })) return;
      const both = strongest(retention!, present?.retention);
      if (present?.retention === undefined || both.mode === retention!.mode) throw error;
      await this.#put(object, "retention", retentionDocument(both));
    }
  }

  async #put(object: LockedObject, part: "legal-hold" | "retention", document: string): Promise<void> {
    const request = lockRequest(object, { method: "PUT", call: "lock", part });
    try {
      await this.#connection.run({ ...request, body: this.#connection.text(document) });
    } catch (error) {
      const isOfBucket =
        error instanceof S3Error && error.httpStatus === BAD_REQUEST && s3CodeOf(error) === "InvalidRequest";
      throw isOfBucket ? cannotLock(object.bucket, NO_LOCKS) : error;
    }
  }
}

function retentionDocument({ mode, until }: NonNullable<LockChange["retention"]>): string {
  return `<Retention xmlns="${NAMESPACE}"><Mode>${mode.toUpperCase()}</Mode><RetainUntilDate>${until.toISOString()}</RetainUntilDate></Retention>`;
}

function lockRequest(
  { bucket, key, versionId }: LockedObject,
  { method, call, part }: Pick<S3Request, "method" | "call"> & { readonly part: string },
): S3Request {
  const what = `${call} the lock of object ${JSON.stringify(key)} in container ${JSON.stringify(bucket)}`;
  const version = versionId === undefined ? {} : { versionId };
  return {
    ...{ method, call, bucket, key },
    what: call === "lock" ? what.replace("the lock of ", "") : what,
    query: { [part]: "", ...version },
  };
}
