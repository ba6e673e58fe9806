/** Times, sizes and IDs as tables show them, for people. */

const MINUTES = 60;
const MS = 60_000;

/**
 * `2026-11-22 12:56:02+01:00`, or with `Z` in UTC.
 * @param offset of local time from UTC at that moment, minutes
 */
export function localTime(date: Date, offset: number = -date.getTimezoneOffset()): string {
  const local = new Date(date.getTime() + offset * MS).toISOString();
  return `${local.slice(0, 19).replace("T", " ")}${offsetText(offset)}`;
}

/** `2026-11-22 12:56`, or with `Z` in UTC. */
export function localMinute(date: Date, offset: number = -date.getTimezoneOffset()): string {
  return `${localTime(date, offset).slice(0, 16)}${offset === 0 ? "Z" : ""}`;
}

function offsetText(offset: number): string {
  if (offset === 0) return "Z";
  const minutes = Math.abs(offset);
  const digits = (count: number): string => String(count).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${digits(Math.floor(minutes / MINUTES))}:${digits(minutes % MINUTES)}`;
}

const UNITS: readonly string[] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const STEP = 1024;

/** `512 B`, `1 GiB`, `1.5 GiB`: one decimal, where there is one. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.round(value * 10) / 10 >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit++;
  }
  return `${Number(value.toFixed(1))} ${UNITS[unit]}`;
}

/** `5 s`, `12 min 30 s`, `3 h 5 min`. */
export function spanText(seconds: number): string {
  const minutes = Math.floor(seconds / MINUTES);
  if (minutes === 0) return `${seconds} s`;
  if (minutes < MINUTES) return `${minutes} min ${seconds % MINUTES} s`;
  return `${Math.floor(minutes / MINUTES)} h ${minutes % MINUTES} min`;
}

const ID_LENGTH_MIN = 8;

/** The beginnings of IDs, long enough to be distinct. */
export function shortIds(ids: readonly (string | null)[]): (string | null)[] {
  const distinct = [...new Set(ids)].filter((id) => id !== null).sort();
  let length = ID_LENGTH_MIN;
  distinct.forEach((id, index) => {
    const next = distinct[index + 1] ?? "";
    while (length < id.length && id.slice(0, length) === next.slice(0, length)) length++;
  });
  return ids.map((id) => (id === null ? null : id.slice(0, length)));
}
