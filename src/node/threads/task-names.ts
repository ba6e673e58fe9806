/** The tasks that a worker can be given, by name: whether they take longer than a digest of a window does. */

const IS_LONG: Readonly<Record<string, boolean>> = {
  digest: false,
  md5: false,
  "md5-zeros": false,
  "md5-end": false,
  "md5-drop": false,
  "md5-lanes": false,
  "md5-lanes-end": false,
  "md5-lanes-drop": false,
  md5s: true,
  "bzip2-compress": true,
  "zstd-compress": true,
  decode: true,
  "decode-write": true,
  "decode-fill": true,
  "decode-close": false,
};

export const taskNames: ReadonlySet<string> = new Set(Object.keys(IS_LONG));

export function isLongTask(name: string): boolean {
  return IS_LONG[name] === true;
}
