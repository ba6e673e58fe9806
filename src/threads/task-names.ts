/** The tasks that a Web Worker can be given, by name. */

interface TaskTraits {
  /** Whether it takes longer than a digest of a window does. */
  readonly isLong: boolean;
  /** Which of its bytes it writes, all of them: where they are not shared they are sent back. */
  readonly writes?: string;
}

const SHORT: TaskTraits = { isLong: false };

const TRAITS: Readonly<Record<string, TaskTraits>> = {
  digest: { isLong: false, writes: "digests" },
  md5: SHORT,
  "md5-zeros": SHORT,
  "md5-end": SHORT,
  "md5-drop": SHORT,
  md5s: { isLong: true },
  decode: { isLong: true },
  "decode-write": { isLong: true },
  "decode-fill": { isLong: true, writes: "window" },
  "decode-close": SHORT,
};

export const taskNames: ReadonlySet<string> = new Set(Object.keys(TRAITS));

export function isLongTask(name: string): boolean {
  return TRAITS[name]?.isLong === true;
}

/** The name of the bytes that the task writes, `undefined` where it only reads. */
export function writtenBy(task: string): string | undefined {
  return TRAITS[task]?.writes;
}
