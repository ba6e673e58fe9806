/**
 * A strict reader of the XML in S3 servers' answers: elements, character data, entities and CDATA. Document type
 * definitions are refused, so nothing can expand or be fetched; attributes are ignored, names lose their prefix.
 */

export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** The element's own character data, without its children's. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly fullName: string;
  readonly children: XmlElement[];
  text: string;
}

/** S3's answers have at most five levels. */
const DEPTH_MAX = 32;

const NAME = String.raw`[^\s<>/!?"'=&]+`;
const ATTRIBUTES = String.raw`(?:\s+${NAME}\s*=\s*(?:"[^"<]*"|'[^'<]*'))*`;
const TOKEN = new RegExp(
  String.raw`<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[(?<cdata>[^]*?)\]\]>` +
    String.raw`|</(?<end>${NAME})\s*>|<(?<start>${NAME})${ATTRIBUTES}\s*(?<empty>/?)>|(?<text>[^<]+)`,
  "y",
);

/** Returns the root element. @throws SyntaxError for a document that is not well-formed, or has other constructs */
export function parseXml(document: string): XmlElement {
  const top: OpenElement = { name: "", fullName: "", children: [], text: "" };
  const open = [top];
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < document.length) {
    const position = pattern.lastIndex;
    const groups = pattern.exec(document)?.groups;
    if (groups === undefined) throw new SyntaxError(`no XML at character ${position}`);
    addToken(open, groups);
  }
  const [root] = top.children;
  if (open.length > 1) throw new SyntaxError(`"${open.at(-1)!.name}" is not closed`);
  if (root === undefined || top.children.length > 1 || top.text.trim() !== "") {
    throw new SyntaxError("no single root element");
  }
  return root;
}

function addToken(open: OpenElement[], token: Readonly<Record<string, string | undefined>>): void {
  const current = open.at(-1)!;
  if (token.cdata !== undefined) current.text += token.cdata;
  else if (token.text !== undefined) current.text += decodeEntities(token.text);
  else if (token.start !== undefined) {
    const element = { name: localName(token.start), fullName: token.start, children: [], text: "" };
    current.children.push(element);
    if (token.empty === "/") return;
    if (open.length > DEPTH_MAX) throw new SyntaxError(`nested more than ${DEPTH_MAX} levels deep`);
    open.push(element);
  } else if (token.end !== undefined) {
    if (open.length === 1 || token.end !== current.fullName) {
      throw new SyntaxError(`"${token.end}" closes nothing`);
    }
    open.pop();
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replaceAll(/&([^;&]*);?/g, (reference, name: string) => {
    const [, hexadecimal, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name) ?? [];
    const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
    const character = code <= 0x10ffff ? String.fromCodePoint(code) : ENTITIES[name];
    if (character === undefined || !reference.endsWith(";"))
      throw new SyntaxError(`no entity "${reference}"`);
    return character;
  });
}

/** The children of that name, in order. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The text of the first child of that name. */
export function textOf(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

/** Escapes `text` as character data. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
