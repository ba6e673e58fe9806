/** Verifying and restoring the chosen backup. */
import {
  type Damage,
  isAshlarError,
  type Repository,
  type RepositoryBackup,
  type Runtime,
  restoreBackup,
  type VerifiedBlocks,
  verifyBackup,
} from "../../src/index.js";
import { titleOf } from "./backup-list.js";
import { create, element, sentenceOf } from "./elements.js";
import { formatCount, formatSize } from "./numbers.js";
import { showDamage, showRestored } from "./outcome.js";
import { ProgressView } from "./progress-view.js";
import {
  canPickFiles,
  fileNameOf,
  openTarget,
  pickFile,
  privateFile,
  type RestoreFile,
  removePrivateFile,
} from "./targets.js";

interface Subject {
  readonly repository: Repository;
  readonly backup: RepositoryBackup;
}

export class WorkView {
  readonly #runtime: Runtime;
  readonly #section = element("work", HTMLElement);
  readonly #error = element("work-error", HTMLParagraphElement);
  readonly #outcome = element("outcome", HTMLDivElement);
  readonly #verify = element("verify", HTMLButtonElement);
  readonly #toFile = element("restore-file", HTMLButtonElement);
  readonly #toPrivate = element("restore-private", HTMLButtonElement);
  readonly #stop = element("stop", HTMLButtonElement);
  readonly #progress = new ProgressView();
  #subject: Subject | undefined;
  #controller: AbortController | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#verify.addEventListener("click", () => this.#begin(async () => ({})));
    this.#toFile.addEventListener("click", () => this.#begin((name) => this.#into(pickFile(name))));
    this.#toPrivate.addEventListener("click", () => this.#begin((name) => this.#into(privateFile(name))));
    this.#stop.addEventListener("click", () => this.#controller?.abort());
    element("restore-note", HTMLParagraphElement).textContent = canPickFiles
      ? ""
      : "This browser cannot write to a file of your choice. Restore into the browser, and download from there.";
  }

  /** Whether a run is under way, which has to be stopped first. */
  get isBusy(): boolean {
    return this.#controller !== undefined;
  }

  show(subject: Subject): void {
    this.#subject = subject;
    this.#section.hidden = false;
    element("work-subject", HTMLParagraphElement).replaceChildren(
      "Chosen: ",
      create("strong", {}, titleOf(subject.backup)),
      subject.backup.isIncremental ? ", with the backups that it builds on." : ".",
    );
    this.#clear();
    this.#setBusy(false);
  }

  hide(): void {
    this.#section.hidden = true;
    this.#subject = undefined;
  }

  #clear(): void {
    this.#error.textContent = "";
    this.#outcome.replaceChildren();
    this.#progress.hide();
  }

  #setBusy(isBusy: boolean): void {
    this.#verify.disabled = isBusy;
    this.#toFile.disabled = isBusy || !canPickFiles;
    this.#toPrivate.disabled = isBusy;
    this.#stop.disabled = !isBusy;
    for (const radio of document.querySelectorAll<HTMLInputElement>("#backup-list input"))
      radio.disabled = isBusy;
  }

  async #into(choice: Promise<RestoreFile | undefined>): Promise<{ file: RestoreFile } | undefined> {
    const file = await choice;
    return file && { file };
  }

  /** @param choose where to, `undefined` when the user changed their mind */
  async #begin(choose: (name: string) => Promise<{ file?: RestoreFile } | undefined>): Promise<void> {
    const subject = this.#subject!;
    this.#clear();
    this.#controller = new AbortController();
    this.#setBusy(true);
    this.#stop.focus();
    let choice: { file?: RestoreFile } | undefined;
    try {
      choice = await choose(fileNameOf(titleOf(subject.backup)));
      if (choice !== undefined) await this.#run(subject, choice.file, this.#controller.signal);
    } catch (error) {
      this.#failed(error);
      if (choice?.file?.isPrivate) await removePrivateFile(choice.file.name).catch(() => {});
    } finally {
      this.#controller = undefined;
      this.#setBusy(false);
      if (document.activeElement === document.body || document.activeElement === this.#stop)
        this.#outcome.focus();
    }
  }

  async #run(
    { repository, backup }: Subject,
    file: RestoreFile | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const chain = await repository.openChain(backup.id);
    const { volumeSize, shape } = chain.plan;
    const newestLink = chain.links.length - 1;
    await this.#progress.start({ volumeSize, blockSize: shape.blockSize, newestLink });
    const target = file && (await openTarget(file, volumeSize));
    const damages: Damage[] = [];
    const options = {
      runtime: this.#runtime,
      signal,
      onVerified: (blocks: VerifiedBlocks) => this.#progress.verified(blocks),
      onDamage: (damage: Damage) => {
        damages.push(damage);
        this.#progress.damaged(damage);
      },
    };
    try {
      if (target === undefined) await verifyBackup(chain, options);
      else await restoreBackup(chain, target, options);
      await target?.close();
    } catch (error) {
      await target?.abort();
      throw error;
    }
    await this.#succeeded(volumeSize, damages, file);
  }

  async #succeeded(
    volumeSize: number,
    damages: readonly Damage[],
    file: RestoreFile | undefined,
  ): Promise<void> {
    const lost = damages.reduce((sum, { range }) => sum + (range?.length ?? 0), 0);
    const verb = file === undefined ? "Verified" : "Restored";
    const blocks = formatCount(this.#progress.states!.count);
    const said =
      damages.length === 0
        ? `${verb}: all ${formatSize(volumeSize)}, ${blocks} blocks, are what was backed up.`
        : `${verb} what is good; ${formatSize(lost)} of ${formatSize(volumeSize)} are damaged.`;
    this.#progress.end(said);
    const className = damages.length === 0 ? "" : "alert";
    this.#outcome.append(create("p", { className }, create("strong", {}, said)));
    if (damages.length > 0) this.#outcome.append(showDamage(damages, file !== undefined));
    if (file !== undefined) this.#outcome.append(await showRestored(file));
  }

  #failed(error: unknown): void {
    const isStopped = isAshlarError(error, "cancelled");
    if (this.#progress.states !== undefined) this.#progress.end(isStopped ? "Stopped." : "Failed.");
    if (isStopped)
      this.#outcome.append(create("p", {}, "Stopped. Nothing was kept of what had been written."));
    else this.#error.textContent = sentenceOf(error);
  }
}
