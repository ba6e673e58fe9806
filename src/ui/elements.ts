/** Makes and changes elements. Texts of the API are only ever set as text. */

/** The element with that id. @throws Error when the page has none */
export function byId<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element "${id}"`);
  return found as Element as T;
}

type Child = Node | string;

/** An element with attributes and children; `class`, `title` and others by their names in HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** An element of SVG. */
export function draw(
  tag: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly Child[]
): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  element.append(...children);
  return element;
}

/** Replaces an element's children, and leaves the focus on the control with the same `data-key`. */
export function show(element: Element, ...children: readonly Child[]): void {
  const focused = document.activeElement;
  const key = element.contains(focused) ? (focused as HTMLElement).dataset?.key : undefined;
  element.replaceChildren(...children);
  if (key === undefined) return;
  for (const candidate of element.querySelectorAll<HTMLElement>("[data-key]"))
    if (candidate.dataset.key === key) candidate.focus();
}
