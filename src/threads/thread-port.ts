/**
 * The pool's side of one thread: a Web Worker (`web-thread.ts`), one of Node's worker threads
 * (`src/node/threads/thread.ts`), or a channel in tests.
 */
export interface ThreadPort {
  /** Sends a message; the buffers of `moved` are transferred with it. */
  post(message: unknown, moved: readonly ArrayBuffer[]): void;
  /** Called once, before anything is posted. */
  onMessage(listener: (message: unknown) => void): void;
  /** Called before anything is posted. `listener` is called once, if the thread ends without having been stopped. */
  onEnd(listener: (reason: string, cause?: unknown) => void): void;
  /** Terminates the thread; resolves when it has ended. */
  stop(): Promise<void>;
  /** Sets whether this thread keeps the process alive, on hosts where threads can. */
  keepAlive(isNeeded: boolean): void;
}
