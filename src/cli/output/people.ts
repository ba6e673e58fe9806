/** Times and sizes as tables show them, for people. */

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
