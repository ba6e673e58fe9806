/**
 * The signed history of a repository, on any web-standard runtime (docs/history.md).
 *
 *     const signer = await openSigner(pem, "history.pem");
 *     const log = new HistoryLog(sink, { container, hashes, keys: [signer.publicKey] });
 *     for await (const { entry } of log.after(undefined)) console.log(entry);
 */
export type {
  EntryPosition,
  HistoryEntry,
  HistoryEvent,
  RemovedEvent,
  SignedEntry,
  StoredEvent,
} from "./entry.js";
export { type HistorySigner, openSigner } from "./keys.js";
export { type HistoryHead, HistoryLog, type HistoryLogOptions } from "./log.js";
export { type BlockProof, checkProof, type ProvenBlock } from "./proof.js";
export { rootOfTable, type TableRoot } from "./table.js";
