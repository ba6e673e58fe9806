/** The key of a repository, from which every object's own key is derived (docs/encryption.md §2). */
import { toHex, toUtf8 } from "../bytes.js";
import { UsageError } from "../errors.js";
import { type Header, KEY_ID_SIZE, nonceOf, printHeader, SALT_SIZE } from "./layout.js";

export const KEY_SIZE = 32;
const NO_SALT: Uint8Array<ArrayBuffer> = new Uint8Array(0);
const KEY_ID_INFO = "ashlar encryption 1 key id";
const OBJECT_INFO = "ashlar encryption 1 object\0";

/** The secret of a repository, from which the keys of its objects are derived. */
export class RepositoryKey {
  /** Derived from the key, so that a replaced key is noticed: 32 hexadecimal digits. */
  readonly id: string;
  readonly #material: CryptoKey;

  private constructor(id: string, material: CryptoKey) {
    this.id = id;
    this.#material = material;
  }

  /** @param bytes 32 random bytes */
  static async from(bytes: Uint8Array<ArrayBuffer>): Promise<RepositoryKey> {
    if (bytes.length !== KEY_SIZE)
      throw new UsageError(`Cannot use repository key of ${bytes.length} bytes: want ${KEY_SIZE}`);
    const material = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits", "deriveKey"]);
    const id = await crypto.subtle.deriveBits(hkdf(NO_SALT, toUtf8(KEY_ID_INFO)), material, KEY_ID_SIZE * 8);
    return new RepositoryKey(toHex(new Uint8Array(id)), material);
  }

  /** The cipher of a new object, with a random salt. */
  async cipherOfNew(name: string): Promise<ObjectCipher> {
    const salt = crypto.getRandomValues(new Uint8Array(SALT_SIZE));
    return await this.cipherOf(name, printHeader(this.id, salt));
  }

  /** The cipher of the object with that name and header. */
  async cipherOf(name: string, header: Header): Promise<ObjectCipher> {
    const info = toUtf8(OBJECT_INFO + name);
    const algorithm = { name: "AES-GCM", length: 256 };
    const uses: KeyUsage[] = ["encrypt", "decrypt"];
    const key = await crypto.subtle.deriveKey(
      hkdf(header.salt, info),
      this.#material,
      algorithm,
      false,
      uses,
    );
    return new ObjectCipher(key, header, name);
  }
}

function hkdf(salt: Uint8Array<ArrayBuffer>, info: Uint8Array<ArrayBuffer>): HkdfParams {
  return { name: "HKDF", hash: "SHA-256", salt, info };
}

/** Encrypts and decrypts the segments of one object. */
export class ObjectCipher {
  readonly header: Header;
  readonly #key: CryptoKey;
  /** Header and name, which each segment's tag covers beside its position. */
  readonly #associated: Uint8Array<ArrayBuffer>;

  constructor(key: CryptoKey, header: Header, name: string) {
    const nameBytes = toUtf8(name);
    this.header = header;
    this.#key = key;
    this.#associated = new Uint8Array(header.bytes.length + nameBytes.length);
    this.#associated.set(header.bytes);
    this.#associated.set(nameBytes, header.bytes.length);
  }

  /** The segment's encrypted bytes and tag. A nonce is used once: the caller encrypts each segment once. */
  async seal(
    plain: Uint8Array<ArrayBuffer>,
    index: number,
    isLast: boolean,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await crypto.subtle.encrypt(this.#parameters(index, isLast), this.#key, plain));
  }

  /** The segment's plain bytes; `undefined` if they are not authentic at this position. */
  async open(
    sealed: Uint8Array<ArrayBuffer>,
    index: number,
    isLast: boolean,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return new Uint8Array(await crypto.subtle.decrypt(this.#parameters(index, isLast), this.#key, sealed));
    } catch (error) {
      if ((error as Error).name === "OperationError") return undefined;
      throw error;
    }
  }

  #parameters(index: number, isLast: boolean): AesGcmParams {
    return { name: "AES-GCM", iv: nonceOf(index, isLast), additionalData: this.#associated };
  }
}
