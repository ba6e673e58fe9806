/** The list of the repository's backups, as JSON and as an HTML page. */
import type { RepositoryBackup } from "../chain/repository.js";
import { imageCommands } from "./image-commands.js";

/** Path of a backup's image, relative to the handler's base path. */
function imagePath(backupId: string): string {
  return `/backups/${encodeURIComponent(backupId)}.img`;
}

/** @param base URL of the handler, without a slash at its end */
export function indexJson(backups: readonly RepositoryBackup[], base: string): string {
  const rows = backups.map((backup) => ({
    id: backup.id,
    volume_id: backup.volumeId,
    name: backup.name,
    description: backup.description,
    created_at: backup.createdAt?.toISOString() ?? null,
    size: backup.size ?? null,
    volume_size: backup.volumeSize ?? null,
    parent_id: backup.parentId,
    is_incremental: backup.isIncremental,
    container: backup.container,
    image: base + imagePath(backup.id),
  }));
  return `${JSON.stringify({ backups: rows }, null, 2)}\n`;
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #ccc}
pre{background:#f4f4f4;color:#222;padding:1rem;overflow:auto}`;

/** @param base URL of the handler, without a slash at its end */
export function indexPage(backups: readonly RepositoryBackup[], base: string): string {
  const rows = backups.map((backup) => {
    const { id, name, volumeId, createdAt, size, isIncremental } = backup;
    const link = `<a href="${escaped(base + imagePath(id))}">${escaped(id)}</a>`;
    const texts = [
      name ?? "",
      volumeId,
      createdAt?.toISOString() ?? "",
      size === undefined ? "" : `${size} GiB`,
    ];
    const cells = [link, ...texts.map(escaped), isIncremental ? "incremental" : "full"];
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  });
  const heads = ["Backup", "Name", "Volume", "Created", "Size", "Kind"].map(
    (head) => `<th scope="col">${head}</th>`,
  );
  const table = `<table><thead><tr>${heads.join("")}</tr></thead><tbody>${rows.join("\n")}</tbody></table>`;
  const example = imageCommands(`${base}/backups/ID.img`).map(escaped).join("\n");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Volume images</title><style>${STYLE}</style></head>
<body><h1>Volume images</h1>
<p>Each backup is here as the raw image of its volume, read out of its objects and verified block by block.</p>
${backups.length === 0 ? "<p>There are no backups.</p>" : table}
<h2>How to read one</h2>
<pre>${example}</pre>
</body></html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
