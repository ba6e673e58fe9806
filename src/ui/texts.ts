/** Numbers and times for people. */

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

export function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;
}

export function percent(part: number, whole: number): string {
  return `${Math.floor(share(part, whole) * 100)} %`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`;
}

/** A time of the API, which has no zone and means UTC. */
export function timeOf(text: string): Date {
  return new Date(`${text.slice(0, 23)}Z`);
}

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function moment(text: string): string {
  return FORMAT.format(timeOf(text));
}

/** The beginning of an id, as the command takes it. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
