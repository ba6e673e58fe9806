/** How many columns of a terminal a text takes, and its lines within a given number of columns. */

const ASCII = /^[\x20-\x7e]*$/;
/** Halfwidth forms belong to scripts whose other characters are wide. */
const HALF = /[\uff61-\uffdc\uffe8-\uffee]/u;
/** Characters that terminals show in two columns, some of them for the selector of emoji that follows. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u;
/** Characters that terminals show in no column when they are alone. */
const EMPTY = /^[\p{Mn}\p{Me}\u200b-\u200f\u2060\ufeff]+$/u;

let segmenter: Intl.Segmenter | undefined;

/** User-perceived characters, e.g. a letter with its accent, or a flag. */
function charactersOf(text: string): Iterable<string> {
  if (ASCII.test(text)) return text;
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function characterWidth(character: string): number {
  if (EMPTY.test(character)) return 0;
  // A half form may have a mark of the same width.
  if (HALF.test(character)) return character.length;
  return WIDE.test(character) ? 2 : 1;
}

/** In columns of a terminal. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of charactersOf(text)) width += characterWidth(character);
  return width;
}

/** The lines of `text`, each at most `width` columns wide: broken between words, and inside those that are too long. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  // Each word with the spaces after it.
  for (const word of text.match(/ +|[^ ]+ */g) ?? [""]) {
    if (displayWidth((line + word).trimEnd()) <= width) {
      line += word;
      continue;
    }
    if (line !== "") lines.push(line.trimEnd());
    const parts = breakWord(word, width);
    lines.push(...parts.slice(0, -1));
    line = parts.at(-1)!;
  }
  return [...lines, line.trimEnd()];
}

/** Characters of a long word after which a line may end: those between parts of a path, a list or a name. */
const BREAK = /^[/_,;&=-]$/;

function breakWord(word: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  let lineWidth = 0;
  // The end of the last whole part on the line.
  let end = 0;
  for (const character of charactersOf(word)) {
    if (lineWidth + characterWidth(character) > width && line !== "" && character !== " ") {
      const cut = end > 0 ? end : line.length;
      lines.push(line.slice(0, cut));
      line = line.slice(cut);
      lineWidth = displayWidth(line);
      end = 0;
    }
    line += character;
    lineWidth += characterWidth(character);
    if (BREAK.test(character)) end = line.length;
  }
  return [...lines, line];
}
