/**
 * A text that no message, log or file may show: a password, a key, a token. Whatever prints or stores values gets
 * `[secret]`; only the code that sends it calls `reveal`.
 */
const SHOWN = "[secret]";

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the request that carries it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  // A computed name would need a type of its own in the declarations.
  static {
    const inspect = Symbol.for("nodejs.util.inspect.custom");
    Object.defineProperty(Secret.prototype, inspect, { value: () => SHOWN });
  }
}

/** The text of a secret that callers of the library may also give as a string. */
export function revealed(secret: Secret | string): string {
  return typeof secret === "string" ? secret : secret.reveal();
}

/** `text` with every occurrence of the secrets replaced. */
export function withoutSecrets(text: string, secrets: readonly (Secret | string)[]): string {
  return secrets
    .map(revealed)
    .filter((secret) => secret !== "")
    .reduce((redacted, secret) => redacted.replaceAll(secret, "***"), text);
}

/**
 * A value in a form that messages may quote: any text before an `@` may be a password, and so may the query of a URL.
 */
export function shownValue(text: string): string {
  const withoutUser = text.replace(/^([a-z][a-z0-9+.-]*:\/+)?.*@/is, "$1***@");
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? withoutUser.replace(/[?#].*$/s, "?…") : withoutUser;
}
