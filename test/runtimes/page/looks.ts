/** What can be measured of how the page looks and reads. */
import { join } from "node:path";
import process from "node:process";
import type { Assertions } from "../../portable/assertions.js";
import type { Page } from "./browser.js";

const SIZES = [
  { name: "desk", width: 1100, height: 900 },
  { name: "phone", width: 360, height: 740 },
];

/**
 * Checks the page on a desk and on a phone, light and dark, and takes a picture of each.
 * @param directory for the pictures, unless `ASHLAR_SCREENSHOTS` names one
 */
export async function checkLooks(t: Assertions, page: Page, stage: string, directory: string): Promise<void> {
  const pictures = process.env.ASHLAR_SCREENSHOTS ?? directory;
  for (const { name, ...size } of SIZES)
    for (const dark of [false, true]) {
      await page.look({ ...size, dark });
      const what = `${stage}-${name}-${dark ? "dark" : "light"}`;
      t.is(await excessWidth(page), 0, what);
      t.deepEqual(await faintTexts(page), [], what);
      t.deepEqual(await smallControls(page), [], what);
      t.deepEqual(await namelessControls(page), [], what);
      await page.photograph(join(pictures, `${what}.png`));
    }
}

/** Texts whose contrast with what is behind them is less than WCAG's 4.5 : 1, controls that are off left aside. */
function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const parse = (color) => {
      const canvas = new OffscreenCanvas(1, 1).getContext("2d");
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (color) => {
      const [red, green, blue] = parse(color).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
      for (let at = element; at !== null; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (parse(backgroundColor)[3] === 255) return backgroundColor;
      }
      return "white";
    };
    const faint = [];
    for (const element of document.querySelectorAll("body *")) {
      const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
      if (!hasText || !element.checkVisibility() || element.disabled) continue;
      const [one, other] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
      const contrast = (one + 0.05) / (other + 0.05);
      if (contrast < 4.5) faint.push(contrast.toFixed(2) + " " + element.textContent.trim().slice(0, 40));
    }
    return faint;
  })()`);
}

/** How many pixels the page is wider than the window, which would be scrolled. */
function excessWidth(page: Page): Promise<number> {
  return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}

/** Controls that are too small for a finger (WCAG 2.5.8: 24 pixels), but for links within text. */
function smallControls(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll("button, input, summary, a.button")]
    .filter((control) => control.checkVisibility())
    .map((control) => (control.type === "radio" ? control.closest("label") : control))
    .filter((control) => control.getBoundingClientRect().height < 24)
    .map((control) => control.outerHTML)`);
}

/** Roles of what can be focused and has no name that a screen reader could say. */
async function namelessControls(page: Page): Promise<string[]> {
  interface Node {
    readonly ignored: boolean;
    readonly role?: { readonly value: string };
    readonly name?: { readonly value: string };
    readonly properties?: readonly { readonly name: string; readonly value: { readonly value: unknown } }[];
  }
  const { nodes } = (await page.send("Accessibility.getFullAXTree")) as { nodes: readonly Node[] };
  const isFocusable = ({ properties = [] }: Node): boolean =>
    properties.some(({ name, value }) => name === "focusable" && value.value === true);
  // Sections that a script or the link to them moves to need none.
  const plain = ["RootWebArea", "generic", "region", "heading"];
  return nodes
    .filter((node) => !node.ignored && isFocusable(node) && !plain.includes(node.role?.value ?? ""))
    .filter(({ name }) => (name?.value ?? "").trim() === "")
    .map(({ role }) => role?.value ?? "");
}

/** How many different colours a canvas has. */
export function colorCount(page: Page, selector: string): Promise<number> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector(${JSON.stringify(selector)});
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })()`);
}
