/** The page: choose a repository, choose a backup, verify it or restore it. */
import { type ObjectSink, openRepository } from "../../src/index.js";
import { findBackups, showBackups } from "./backup-list.js";
import { element, sentenceOf } from "./elements.js";
import { openRuntime } from "./runtime.js";
import { makeSample } from "./sample.js";
import { adviceOf, openStore, pickers, pickFolder } from "./stores.js";
import { WorkView } from "./work-view.js";

const repositoryError = element("repository-error", HTMLParagraphElement);
const repositoryStatus = element("repository-status", HTMLParagraphElement);
const backups = element("backups", HTMLElement);
const folder = element("open-folder", HTMLButtonElement);
const sample = element("open-sample", HTMLButtonElement);
const storeForm = element("store-form", HTMLFormElement);

const runtime = await openRuntime();
const work = new WorkView(runtime);

function textIn(id: string): string {
  return element(id, HTMLInputElement).value.trim();
}

/** @param open gives the store, or `undefined` when the user changed their mind */
async function choose(open: () => Promise<ObjectSink | undefined>, waiting: string): Promise<void> {
  repositoryError.textContent = "";
  if (work.isBusy) {
    repositoryError.textContent = "A run is under way. Stop it before you open another repository.";
    return;
  }
  repositoryStatus.textContent = waiting;
  try {
    const sink = await open();
    if (sink !== undefined) await list(sink);
    else repositoryStatus.textContent = "";
  } catch (error) {
    backups.hidden = true;
    work.hide();
    repositoryStatus.textContent = "";
    repositoryError.textContent = [sentenceOf(error), adviceOf(error)].join(" ").trim();
  }
}

async function list(sink: ObjectSink): Promise<void> {
  const repository = await openRepository(sink, { hashes: runtime.hashes });
  const found = await findBackups(repository);
  work.hide();
  showBackups(found, (backup) => work.show({ repository, backup }));
  const count = found.backups.length;
  if (count === 0 && found.skipped.length === 0) {
    backups.hidden = true;
    repositoryStatus.textContent = "";
    repositoryError.textContent =
      "There is no backup. Choose the directory or bucket that holds the containers of a repository, not one inside or above it.";
    return;
  }
  repositoryStatus.textContent = `Found ${count} ${count === 1 ? "backup" : "backups"}.`;
  backups.hidden = false;
  element("backups-title", HTMLHeadingElement).focus();
}

if (typeof pickers.showDirectoryPicker !== "function") {
  folder.disabled = true;
  element("folder-note", HTMLParagraphElement).textContent =
    "This browser does not let a page read a folder. Use one that is based on Chromium, or an object store.";
}
folder.addEventListener("click", () => choose(pickFolder, "Reading the folder…"));
sample.addEventListener("click", () => choose(() => makeSample(runtime), "Making a sample…"));
storeForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const store = {
    address: textIn("store-address"),
    accessKeyId: textIn("store-key"),
    secretAccessKey: textIn("store-secret"),
    region: textIn("store-region"),
  };
  return choose(() => openStore(store), "Reading the store…");
});
document.documentElement.dataset.ready = "true";
