/**
 * Draws `docs/pictures/session.svg`: runs the commands below on a real volume and prints what they printed, in colours
 * that follow the reader's light or dark scheme. Run it after `npm run build`; `npm run docs:picture` does both.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeVolumeImage } from "../build/examples/volume-image.js";

const COMMAND = fileURLToPath(new URL("../build/command/node/bin.js", import.meta.url));
const PICTURE = new URL("../docs/pictures/session.svg", import.meta.url);
const SESSION = [
  "ashlar volume backup create data --name monday -f value -c status",
  { silent: "head --bytes 4M /dev/urandom | dd of=volume.raw bs=1M seek=100 conv=notrunc status=none" },
  "ashlar volume backup create data --name tuesday --incremental -f value -c status",
  "ashlar volume backup list --volume data -c name -c volume_size -c stored_size -c chain_length",
  "ashlar volume backup verify tuesday -f value -c verified_digests",
  "ashlar volume backup restore tuesday ./restored.raw -f value -c restored_size",
  "cmp volume.raw restored.raw && echo identical",
];
const CHARACTER_WIDTH = 8.43;
const LINE_HEIGHT = 19;
const MARGIN = 20;

/** @param {string} text */
function escapeXml(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * @param {string} shell
 * @param {string} directory
 */
async function printedBy(shell, directory) {
  const script = `ashlar() { "${process.execPath}" "${COMMAND}" --progress bar --state-dir state "$@"; }\n${shell}`;
  const { stdout, stderr } = await promisify(execFile)("bash", ["-c", script], { cwd: directory });
  // Of a progress bar only the last line stays on a terminal.
  // The working directory is temporary, and no reader needs its name.
  const progress = stderr.split(/\r/).at(-1).replaceAll("\u001b[K", "").replaceAll(`${directory}/`, "./");
  return `${progress}${stdout}`.split("\n").filter((line) => line.trim() !== "");
}

async function runSession() {
  const directory = await mkdtemp(join(tmpdir(), "ashlar-session-"));
  try {
    await makeVolumeImage(directory);
    await printedBy("ashlar volume create data --source volume.raw", directory);
    const lines = [];
    for (const step of SESSION) {
      if (typeof step !== "string") {
        await printedBy(step.silent, directory);
        continue;
      }
      const printed = await printedBy(step, directory);
      lines.push({ kind: "prompt", text: `$ ${step}` });
      for (const text of printed) lines.push({ kind: kindOf(text), text });
      lines.push({ kind: "text", text: "" });
    }
    return lines.slice(0, -1);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** @param {string} text */
function kindOf(text) {
  if (/^\w+ 100%/.test(text)) return "progress";
  return text === "identical" ? "good" : "text";
}

/** @param {readonly { kind: string, text: string }[]} lines */
function draw(lines) {
  const columns = Math.max(...lines.map(({ text }) => text.length));
  const width = Math.ceil(columns * CHARACTER_WIDTH + 2 * MARGIN);
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const texts = lines.map(({ kind, text }, index) => {
    const y = MARGIN + (index + 0.75) * LINE_HEIGHT;
    return `  <text class="${kind}" x="${MARGIN}" y="${y}" xml:space="preserve">${escapeXml(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A full backup, an incremental one, a verification and a restore in a terminal">
  <style>
    rect { fill: #f6f8fa; stroke: #d0d7de }
    text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #57606a }
    .prompt { fill: #1f2328; font-weight: 600 }
    .progress { fill: #0550ae }
    .good { fill: #1a7f37; font-weight: 600 }
    @media (prefers-color-scheme: dark) {
      rect { fill: #161b22; stroke: #30363d }
      text { fill: #9198a1 }
      .prompt { fill: #f0f6fc }
      .progress { fill: #79c0ff }
      .good { fill: #3fb950 }
    }
  </style>
  <rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${texts.filter((text) => !text.endsWith("></text>")).join("\n")}
</svg>
`;
}

await writeFile(PICTURE, draw(await runSession()));
console.log(`Drawn with Node ${process.version} on ${cpus().length} cores: ${fileURLToPath(PICTURE)}`);
