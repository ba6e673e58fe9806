/** Failures that mean that stored data is lost, in contrast to a store that cannot be reached. */
import { type DamageLocation, IntegrityError, StorageError } from "../errors.js";

/**
 * The damage that a failed read reveals: an `IntegrityError`, or data that its store cannot read, such as a bad sector.
 * `undefined` for anything else, e.g. a store that does not answer.
 */
export function damageOf(error: unknown, location: DamageLocation): IntegrityError | undefined {
  if (error instanceof IntegrityError) return error;
  const isUnreadable = error instanceof StorageError && error.call === "read" && error.status === "permanent";
  return isUnreadable ? new IntegrityError(error.message, location, { cause: error }) : undefined;
}

/** The result of `read`, or the damage that it met. @throws any other error */
export async function orDamage<T>(
  location: DamageLocation,
  read: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly damage: IntegrityError }> {
  try {
    return { value: await read() };
  } catch (error) {
    const damage = damageOf(error, location);
    if (damage === undefined) throw error;
    return { damage };
  }
}
