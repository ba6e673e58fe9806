/** Volumes and snapshots whose path is another host's, in a catalog that hosts share. */
import { hostOfSource } from "../../catalog/source.js";
import { InvalidStateError } from "../../errors.js";

/** Whether a path or URL can be used on this host; a volume without a source is nobody's. */
export function isHere(source: string | null): boolean {
  return source === null || hostOfSource(source) === undefined;
}

/** @param what e.g. `volume …` @throws InvalidStateError for a path of another host */
export function checkHere(what: string, source: string | null): void {
  if (isHere(source)) return;
  throw new InvalidStateError(
    `Cannot use ${what}: its source is "${source}", of another host; run the command there`,
  );
}
