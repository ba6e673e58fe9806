/** The few names of Deno's that the example calls, so that it compiles where Deno's own types are not there. */

/** An open file, with a cursor. */
export interface DenoFile {
  /** Moves the cursor. @param whence 0: from the start */
  seek(offset: number, whence: 0): Promise<number>;
  /** At most as many bytes as fit; `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  stat(): Promise<{ readonly size: number; readonly isFile: boolean }>;
  close(): void;
}

/** What a program may be allowed, each for one thing. */
export type Permission =
  | { readonly name: "read"; readonly path: string }
  | { readonly name: "net"; readonly host: string }
  | { readonly name: "env"; readonly variable: string };

interface DenoNames {
  readonly args: readonly string[];
  readonly env: { get(name: string): string | undefined };
  readonly permissions: { query(wanted: Permission): Promise<{ readonly state: string }> };
  open(path: string, options: { readonly read: true }): Promise<DenoFile>;
  exit(code: number): never;
}

export const deno: DenoNames = (globalThis as unknown as { Deno: DenoNames }).Deno;
