/** Errors of a server, with the export and the bytes that they are about. */
import { AshlarError, NotFoundError, StorageError } from "../../errors.js";

export class NbdFailures {
  /** The URL as the user gave it, quoted. */
  readonly name: string;

  constructor(url: string) {
    this.name = JSON.stringify(url);
  }

  /** Settles like `work`, with an error that names the export and the range. */
  async located<T>(verb: "read" | "write", length: number, offset: number, work: Promise<T>): Promise<T> {
    const preposition = verb === "read" ? "from" : "to";
    return await this.#explained(
      `${verb} ${length} bytes at offset ${offset} ${preposition} ${this.name}`,
      work,
    );
  }

  /** Settles like `work`, with an error that names the export. */
  async named<T>(verb: string, work: Promise<T>): Promise<T> {
    return await this.#explained(`${verb} ${this.name}`, work);
  }

  async #explained<T>(attempt: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw explained(attempt, error);
    }
  }
}

function explained(attempt: string, error: unknown): unknown {
  if (!(error instanceof AshlarError)) return error;
  const message = `Cannot ${attempt}: ${error.message}`;
  if (error instanceof NotFoundError) return new NotFoundError(message, { cause: error });
  const call = error instanceof StorageError ? error.call : "open";
  return new StorageError(message, { call, status: error.status, cause: error });
}
