/** What came out of a run, in words and links. */
import type { Damage } from "../../src/index.js";
import { create } from "./elements.js";
import { formatCount, formatSize } from "./numbers.js";
import { type RestoreFile, removePrivateFile } from "./targets.js";

/** More than these would be a page of their own. */
const SHOWN_MAX = 100;

/** @param isRestored whether what is good was written, with zeros in the place of the rest */
export function showDamage(damages: readonly Damage[], isRestored: boolean): Node {
  const items = damages.slice(0, SHOWN_MAX).map(({ error, range }) => {
    const where =
      range === undefined
        ? "No block is lost"
        : `${formatSize(range.length)} from byte ${formatCount(range.offset)} on`;
    return create("li", {}, create("strong", {}, where), create("br"), `${error.message}.`);
  });
  const more = damages.length - items.length;
  const advice = isRestored
    ? "The damaged ranges are zeros in the restored volume. "
    : "A restore writes what is good, and zeros in the damaged places. ";
  const next =
    "If the store has another copy of the objects below, put it back and verify again; otherwise take an older backup.";
  return create(
    "div",
    {},
    create("p", {}, advice + next),
    create("ul", { tabIndex: 0, ariaLabel: "Damaged ranges" }, ...items),
    more > 0 ? `… and ${formatCount(more)} more.` : "",
  );
}

/** A file of the private storage can be downloaded or removed. */
export async function showRestored({ name, handle, isPrivate }: RestoreFile): Promise<Node> {
  if (!isPrivate) return create("p", {}, `Written to ${name}.`);
  const url = URL.createObjectURL(await handle.getFile());
  const download = create("a", { className: "button", href: url, download: name }, `Download ${name}`);
  const remove = create("button", { type: "button" }, "Remove it from the browser");
  const box = create("p", { className: "actions" }, download, remove);
  remove.addEventListener("click", async () => {
    URL.revokeObjectURL(url);
    await removePrivateFile(name);
    box.replaceChildren(`${name} is removed.`);
  });
  return box;
}
