/** Moments as the reference system prints them: microseconds and no zone. */
export function moment(date: Date): string;
export function moment(date: Date | null): string | null;
export function moment(date: Date | null): string | null {
  return date === null ? null : `${date.toISOString().slice(0, -1)}000`;
}
