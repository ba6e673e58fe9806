/** Texts that YAML 1.1 takes for booleans, numbers, moments or nothing, through the shipped program. */
import { writeFile } from "node:fs/promises";
import test from "ava";
import { parse } from "yaml";
import { Site } from "./site.js";

const TEXTS: readonly string[] = ["no", "12:30:45", "1_000", "2026-11-22", "<<", "=", "0001", "null", "a: b"];

test("what is text in the catalog is text for a reader of YAML 1.1", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "x".repeat(5000));
  const properties = TEXTS.flatMap((text, index) => ["--property", `${index}=${text}`]);
  const create = ["volume", "backup", "create", "v", "--name", "on", "--description", "~", ...properties];
  const made = parse(await site.data(t, [...create, "-f", "yaml"]), { version: "1.1" });
  t.like(made, { name: "on", description: "~", metadata: { ...TEXTS } });
  t.is(typeof made.created_at, "string");
  const list = await site.data(t, ["volume", "backup", "list", "--long", "-f", "yaml"]);
  t.deepEqual(parse(list, { version: "1.1" }), [made]);
});
