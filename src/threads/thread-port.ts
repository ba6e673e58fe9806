/**
 * One thread of a host, from the side that gives it tasks: a Web Worker (`web-thread.ts`), one of Node's worker threads
 * (`src/node/threads/thread.ts`), or a channel in tests.
 */
export interface ThreadPort {
  /** Sends a message; the buffers of `moved` move along. */
  post(message: unknown, moved: readonly ArrayBuffer[]): void;
  /** Called once, before anything is posted. */
  onMessage(listener: (message: unknown) => void): void;
  /** `listener` is called once, when the thread has ended and was not stopped. Called before anything is posted. */
  onEnd(listener: (reason: string, cause?: unknown) => void): void;
  /** Ends the thread, whatever it does; resolves when it has ended. */
  stop(): Promise<void>;
  /** Whether the process has to live on for this thread, on a host where idle threads do not keep it alive. */
  keepAlive(isNeeded: boolean): void;
}
