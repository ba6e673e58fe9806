/** What users do in the page, step by step, and what they see then. */
import type { Page } from "./browser.js";

export const ENDED =
  "document.querySelector('#outcome').textContent || document.querySelector('#work-error').textContent";
const LISTED =
  "!document.querySelector('#backups').hidden || document.querySelector('#repository-error').textContent !== ''";

/** Clicks, and waits for what the click leads to. */
export async function click(page: Page, selector: string): Promise<void> {
  await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
}

export async function openSample(page: Page): Promise<void> {
  await click(page, "#open-sample");
  await page.until(LISTED);
}

export async function openBucket(page: Page, address: string): Promise<void> {
  await page.evaluate(`document.querySelector("#store-address").value = ${JSON.stringify(address)}`);
  await click(page, "#store-form button");
  await page.until(LISTED);
}

/** @param index from the newest on, which is 0 */
export async function choose(page: Page, index: number): Promise<void> {
  await page.evaluate(`document.querySelectorAll("#backup-list input")[${index}].click()`);
}

export async function run(page: Page, button: "verify" | "restore-file" | "restore-private"): Promise<void> {
  await click(page, `#${button}`);
  await page.until(ENDED);
}

export function textOf(page: Page, selector: string): Promise<string> {
  return page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).innerText`);
}

/** Blocks by state, as the legend says. */
export async function legend(page: Page): Promise<Record<string, number>> {
  const rows = await page.evaluate<[string, string][]>(
    "[...document.querySelectorAll('#legend div')].map((row) => [row.children[1].innerText, row.children[2].innerText])",
  );
  return Object.fromEntries(rows.map(([label, count]) => [label, Number(count.replaceAll(",", ""))]));
}

/** SHA-256 of a file in the private storage, hexadecimal. */
export function digestOfFile(page: Page, ...path: readonly string[]): Promise<string> {
  return page.evaluate(`(async () => {
    let directory = await navigator.storage.getDirectory();
    const path = ${JSON.stringify(path)};
    for (const name of path.slice(0, -1)) directory = await directory.getDirectoryHandle(name);
    const file = await (await directory.getFileHandle(path.at(-1))).getFile();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  })()`);
}

/** Names in a directory of the private storage. */
export function namesIn(page: Page, directory: string): Promise<string[]> {
  return page.evaluate(`(async () => {
    const storage = await navigator.storage.getDirectory();
    const names = [];
    for await (const name of (await storage.getDirectoryHandle(${JSON.stringify(directory)}, { create: true })).keys())
      names.push(name);
    return names;
  })()`);
}

/** Lets the user's choice of a folder, and of a file to save, be directories and files of the private storage. */
export async function fakePickers(page: Page, files: Readonly<Record<string, string>>): Promise<void> {
  await page.evaluate(`(async () => {
    const storage = await navigator.storage.getDirectory();
    const folder = await storage.getDirectoryHandle("picked", { create: true });
    const box = await folder.getDirectoryHandle("box", { create: true });
    for (const [name, base64] of Object.entries(${JSON.stringify(files)})) {
      const stream = await (await box.getFileHandle(name, { create: true })).createWritable();
      await stream.write(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
      await stream.close();
    }
    globalThis.showDirectoryPicker = async () => folder;
    globalThis.showSaveFilePicker = async ({ suggestedName }) =>
      await storage.getFileHandle("saved " + suggestedName, { create: true });
  })()`);
}
