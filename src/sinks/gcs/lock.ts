/**
 * Google Cloud Storage's object retention and temporary holds. A bucket has retention of single objects from its
 * creation, or not at all. An `Unlocked` retention can be removed with a permission of its own, a `Locked` one by
 * nobody: governance and compliance. Both can be extended by everybody who may set them. A temporary hold has no date.
 *
 * An object under retention is neither removed nor replaced, so its bucket needs no versions.
 */
import { isAshlarError } from "../../errors.js";
import type { HttpResponse } from "../../ports.js";
import { HttpStatusError } from "../http/status.js";
import {
  cannotLock,
  covers,
  isLockedAt,
  type LockChange,
  type LockTraits,
  lockedError,
  type ObjectLock,
  type Retention,
  strongest,
} from "../lock.js";
import { parseMoment } from "../moment.js";
import type { GcsConnection, GcsRequest } from "./connection.js";
import { bucketPath, type ObjectLocation, ofObject, shown } from "./requests.js";

const NO_LOCKS = "its bucket was made without object retention; make a new bucket with it";
const FORBIDDEN = 403;
const BAD_REQUEST = 400;
/** How much the server's clock may be ahead of ours when it has refused a removal just now. */
const SKEW_MS = 15 * 60_000;

export class GcsLocks {
  readonly #connection: GcsConnection;
  readonly #enabled = new Map<string, boolean>();

  constructor(connection: GcsConnection) {
    this.#connection = connection;
  }

  /** Whether objects of the bucket can be retained. The server is asked once. @throws NotFoundError */
  async isEnabled(bucket: string): Promise<boolean> {
    const known = this.#enabled.get(bucket);
    if (known !== undefined) return known;
    const what = `look at the locks of container ${JSON.stringify(bucket)}`;
    const { objectRetention } = await this.#connection.document({
      ...{ method: "GET", call: "look at", what, path: bucketPath(bucket) },
      query: { fields: "objectRetention" },
    });
    const isEnabled = (objectRetention as { mode?: unknown } | undefined)?.mode === "Enabled";
    this.#enabled.set(bucket, isEnabled);
    return isEnabled;
  }

  /** `undefined` without a lock, and for a missing object. */
  async lockOf(object: ObjectLocation): Promise<ObjectLock | undefined> {
    try {
      return await this.#lockThere(object);
    } catch (error) {
      if (isAshlarError(error, "not-found")) return undefined;
      throw error;
    }
  }

  /** @throws UsageError, NotFoundError */
  async lock(object: ObjectLocation, change: LockChange): Promise<void> {
    if (!(await this.isEnabled(object.container))) throw cannotLock(object.container, NO_LOCKS);
    const present = await this.#lockThere(object);
    if (covers(present, change)) return;
    const retention = change.retention && strongest(change.retention, present?.retention);
    await this.#patch(object, {
      ...(retention !== undefined && { retention: documentOf(retention) }),
      ...(change.isHeld !== undefined && { temporaryHold: change.isHeld }),
    });
  }

  /** The `LockedError` for a refused removal; `undefined` if no lock is the reason. */
  async refusal(object: ObjectLocation, error: unknown): Promise<Error | undefined> {
    if (!(error instanceof HttpStatusError) || error.httpStatus !== FORBIDDEN) return undefined;
    const lock = await this.lockOf(object);
    const now = new Date(this.#connection.clock.now().getTime() - SKEW_MS);
    return lock !== undefined && isLockedAt(lock, now)
      ? lockedError(shown(object), "remove", lock, error)
      : undefined;
  }

  /** Tries what the server has to refuse for an object that is there. */
  async probe(
    object: ObjectLocation,
    { until }: Pick<Retention, "until">,
    put: GcsRequest,
  ): Promise<LockTraits> {
    await this.lock(object, { retention: { mode: "governance", until } });
    const earlier = { mode: "governance", until: new Date(until.getTime() - 2000) } as const;
    return {
      refusesShortening: await this.#isRefused(() => this.#patch(object, { retention: documentOf(earlier) })),
      refusesRemoval: await this.#isRefused(() => this.#connection.run(ofObject("DELETE", "remove", object))),
      keepsOverwritten: await this.#isRefused(() => this.#connection.run(put)),
    };
  }

  async #isRefused(attempt: () => Promise<unknown>): Promise<boolean> {
    try {
      await attempt();
      return false;
    } catch (error) {
      if (error instanceof HttpStatusError && [FORBIDDEN, BAD_REQUEST].includes(error.httpStatus))
        return true;
      throw error;
    }
  }

  async #lockThere(object: ObjectLocation): Promise<ObjectLock | undefined> {
    const { retention, temporaryHold, eventBasedHold } = (await this.#connection.document({
      ...ofObject("GET", "look at the lock of", object),
      query: { fields: "retention,temporaryHold,eventBasedHold" },
    })) as GcsLockFields;
    const isHeld = temporaryHold === true || eventBasedHold === true;
    const until = parseMoment(retention?.retainUntilTime);
    if (until === undefined) return isHeld ? { isHeld } : undefined;
    return { retention: { mode: retention?.mode === "Locked" ? "compliance" : "governance", until }, isHeld };
  }

  async #patch(object: ObjectLocation, document: object): Promise<HttpResponse> {
    try {
      return await this.#connection.run({ ...ofObject("PATCH", "lock", object), document });
    } catch (error) {
      const isOfBucket = error instanceof HttpStatusError && error.httpStatus === BAD_REQUEST;
      throw isOfBucket && /retention/i.test(error.message) ? cannotLock(object.container, NO_LOCKS) : error;
    }
  }
}

interface GcsLockFields {
  readonly retention?: { readonly mode?: unknown; readonly retainUntilTime?: unknown };
  readonly temporaryHold?: unknown;
  readonly eventBasedHold?: unknown;
}

function documentOf({ mode, until }: Retention): object {
  return { mode: mode === "compliance" ? "Locked" : "Unlocked", retainUntilTime: until.toISOString() };
}
