/** Checks recomputed digests against the backup's own digest table. */
import type { Chain } from "../../chain/chain.js";
import { type DamageLocation, IntegrityError } from "../../errors.js";
import { DIGEST_SIZE } from "../../units.js";
import type { DigestWitness } from "../backup.js";
import type { ChainSource } from "./chain-source.js";
import type { DigestStream } from "./expected-digests.js";

export class StoredDigests implements DigestWitness {
  readonly #chain: Chain;
  readonly #table: DigestStream;
  readonly #source: Pick<ChainSource, "settle">;
  readonly #location: DamageLocation;
  #expected = new Uint8Array(0);
  #count = 0;

  /** @param table the newest backup's, from its beginning */
  constructor(chain: Chain, table: DigestStream, source: Pick<ChainSource, "settle">) {
    this.#chain = chain;
    this.#table = table;
    this.#source = source;
    this.#location = { backupId: chain.links.at(-1)!.backup.backupId };
  }

  async append(digests: Uint8Array): Promise<void> {
    if (this.#expected.length < digests.length) this.#expected = new Uint8Array(digests.length);
    const expected = this.#expected.subarray(0, digests.length);
    const found = await this.#table.readInto(expected);
    if (found * DIGEST_SIZE < digests.length)
      throw new IntegrityError("Cannot verify block: the digest table ends before it", this.#location);
    for (let at = 0; at < digests.length; at++) {
      if (digests[at] !== expected[at]) throw this.#wrongBlock(this.#count + Math.floor(at / DIGEST_SIZE));
    }
    this.#count += found;
  }

  async expectEnd(): Promise<void> {
    const { blockCount } = this.#chain.plan.shape;
    const extra = await this.#table.readInto(new Uint8Array(DIGEST_SIZE));
    if (extra > 0 || this.#count !== blockCount) {
      throw new IntegrityError(
        `Cannot trust digest table: it does not have ${blockCount} digests`,
        this.#location,
      );
    }
    await this.#source.settle();
  }

  #wrongBlock(blockIndex: number): IntegrityError {
    const { links, plan } = this.#chain;
    const offset = blockIndex * plan.shape.blockSize;
    const { linkIndex, object } = plan.objects.find(({ ranges }) =>
      ranges.some((range) => range.offset <= offset && offset < range.offset + range.length),
    )!;
    const { backupId } = links[linkIndex]!.backup;
    return new IntegrityError("Cannot use block: its SHA-256 is not the one in the digest table", {
      ...{ backupId, objectName: object.name, offset, blockIndex },
    });
  }
}
