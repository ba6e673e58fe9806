/** Authentication with Swift: a source of tokens and of the account's URL. */

import { StorageError } from "../../errors.js";
import { revealed, type Secret } from "../../options/secret.js";

export interface SwiftSession {
  readonly token: string;
  /** URL of the account, without a slash at the end. */
  readonly storageUrl: string;
}

export interface SwiftAuth {
  /**
   * Gets a new token. One attempt.
   * @throws StorageError, permanent if the credentials are refused
   */
  begin(): Promise<SwiftSession>;
  /** Texts that no message may contain. */
  readonly secrets: readonly (Secret | string)[];
}

/** A token obtained elsewhere, used until it expires. */
export class GivenToken implements SwiftAuth {
  readonly secrets: readonly (Secret | string)[];
  readonly #session: SwiftSession;
  #isUsed = false;

  constructor({ token, storageUrl }: { readonly token: Secret | string; readonly storageUrl: string }) {
    this.#session = { token: revealed(token), storageUrl };
    this.secrets = [token];
  }

  async begin(): Promise<SwiftSession> {
    if (this.#isUsed) {
      throw new StorageError(
        "Cannot go on with the token that was given: the server refuses it; want one that has not expired",
        { call: "authenticate" },
      );
    }
    this.#isUsed = true;
    return this.#session;
  }
}
