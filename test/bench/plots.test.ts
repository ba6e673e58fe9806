import test from "ava";
import { printPage } from "../../bench/peers/page.js";
import { plots } from "../../bench/peers/plots.js";
import type { PeersReport } from "../../bench/peers/report.js";
import { scanRates } from "../../bench/peers/scan-rate.js";
import { parseStages } from "../../bench/peers/stages.js";
import { plotRanking } from "../../bench/plot/ranking.js";
import { ticksTo } from "../../bench/plot/scale.js";
import { measured } from "./measurements.js";

const report: PeersReport = {
  command: "npm run bench -- --rounds 2",
  isQuick: false,
  ashlar: "1.2.3",
  machine: { cpu: "A <fast> CPU", cores: 2, memory: 2 ** 34, kernel: "6.1", node: "v20.1.0", load: 0.25 },
  tools: { restic: "0.14.0" },
  hasNativeZstd: false,
  isWhole: true,
  image: { size: 2 ** 30, description: "an image" },
  zerosSize: 2e9,
  rounds: 2,
  measurements: {
    "full-none": { "ashlar none": measured([2, 2], 100), "cinder none": measured([6, 8], 250) },
    unchanged: { "ashlar zlib": measured([1], 90), restic: { ...measured([]), error: "no\nluck" } },
    zeros: { "wasm @ start": measured([0.2]), "wasm @ 0 %": measured([1.2]), "wasm @ 90 %": measured([0.4]) },
  },
  stages: [
    {
      operation: "full, zstd",
      stages: [{ name: "read", bytes: 1e9, busy: 0.5, waitedForInput: 0, waitedForOutput: 1.5 }],
    },
  ],
};

/** Without what aligns the columns. */
function squeezed(page: string): string {
  return page.replaceAll(/ +/g, " ");
}

test("a page has each target with its ratio and whether it is met", (t) => {
  const page = squeezed(printPage(report, []));
  t.true(page.startsWith("# Against the peers, on Node 20\n"));
  t.regex(
    page,
    /\| full, none \| 2\.00 \| 3\.00 \| Cinder \| 7\.00 \| 10\.50 \| 3\.50 \(3\.00 to 4\.00\) \| ≥ 2\.5 \| met \|/,
  );
  t.regex(page, /\| full, bz2 \| – \| – \| Cinder \| – \| – \| – \| ≥ 1\.5 \| not measured \|/);
  t.regex(page, /\| full-none: ashlar none \| 100 \| met \| 250 \| 0\.400 \| ≤ 0\.6 \| met \|/);
  t.regex(page, /^\| restic \| its packs \| nothing \| .* \| yes \|$/m);
  t.regex(page, /^- unchanged, restic: no luck$/m);
  t.regex(page, /Load average before it began: 0\.25/);
});

test("a target that is missed is said so", (t) => {
  const slow = { "full-none": { "ashlar none": measured([5]), "cinder none": measured([6]) } };
  t.regex(squeezed(printPage({ ...report, measurements: slow }, [])), /1\.20 \| ≥ 2\.5 \| \*\*not met\*\*/);
});

test("nothing measured at all still makes a page", (t) => {
  const empty = { ...report, measurements: {}, stages: [] };
  t.deepEqual(plots(empty, "x"), []);
  t.regex(printPage(empty, []), /Not measured: that takes GNU time/);
});

test("a scan's rate is without the start", (t) => {
  const [none, ninety] = scanRates(report.measurements.zeros!, report.zerosSize);
  t.like(none, { engine: "wasm", zeroPercent: 0 });
  t.is(none!.scan!.toPrecision(6), "2.00000e+9");
  t.is((ninety!.scan! / none!.scan!).toFixed(3), "5.000");
});

test("without a start, or with one that takes as long, only the whole command has a rate", (t) => {
  const [alone] = scanRates({ "wasm @ 0 %": measured([2]) }, 2e9);
  t.is(alone!.whole, 1e9);
  t.is(alone!.scan, undefined);
  t.is(scanRates({ "wasm @ start": measured([2]), "wasm @ 0 %": measured([2]) }, 2e9)[0]!.scan, undefined);
});

test("plots are well-formed, name the machine, and leave out what was not measured", (t) => {
  const drawn = plots(report, "peers-node20");
  t.deepEqual(
    drawn.map(({ name }) => name),
    ["backup", "memory", "stages", "zeros"].map((name) => `peers-node20-${name}.svg`),
  );
  for (const { svg } of drawn) {
    t.true(svg.includes("A &lt;fast&gt; CPU") && !svg.includes("<fast>"));
    t.false(/NaN|undefined|Infinity/.test(svg));
    t.is(svg.match(/<text/g)?.length, svg.match(/<\/text>/g)?.length);
  }
});

test("a bar is as long as its value, its whisker from lowest to highest", (t) => {
  const bar = (name: string, value: number) => ({ name, value, low: value, high: value, kind: "k" });
  const svg = plotRanking({
    title: "t",
    subtitle: "s",
    kinds: [{ name: "k", colour: 2 }],
    panels: [{ title: "p", bars: [bar("a", 1), bar("b", 2), { ...bar("c", 3), low: 2, high: 4 }] }],
    print: String,
  });
  const widths = [...svg.matchAll(/<rect class="f2"[^>]* width="([\d.]+)" height="16"/g)].map(([, width]) =>
    Number(width),
  );
  t.is((widths[1]! / widths[0]!).toFixed(1), "2.0");
  t.is((widths[2]! / widths[0]!).toFixed(1), "3.0");
  t.is(svg.match(/class="whisker"/g)?.length, 1);
});

test("stages are drawn with their rates, and read from the line that has them", (t) => {
  const { svg } = plots(report, "x").find(({ name }) => name === "x-stages.svg")!;
  t.true(svg.includes("0.50 s, 2000 MB/s"));
  const line = {
    event: "profile",
    stages: [{ stage: "read", bytes: 7, busy_seconds: 1, wait_input_seconds: 2, wait_output_seconds: 3 }],
  };
  const messages = `a warning\n{"event":"progress"}\n{not JSON\n${JSON.stringify(line)}\n`;
  t.deepEqual(parseStages(messages), [
    { name: "read", bytes: 7, busy: 1, waitedForInput: 2, waitedForOutput: 3 },
  ]);
  t.throws(() => parseStages("nothing\n"), { message: /want a line of JSON with "stages"/ });
  t.throws(() => parseStages('{"stages":[{"stage":"read"}]}'), { message: /want stage, bytes/ });
});

for (const highest of [0.013, 0.9, 1, 7.3, 12, 99, 100, 1234, 5e6]) {
  test(`grid lines up to ${highest} are few, even and reach it`, (t) => {
    const ticks = ticksTo(highest);
    t.is(ticks[0], 0);
    t.true(ticks.at(-1)! >= highest && ticks.length >= 4 && ticks.length <= 8, String(ticks));
    t.true(ticks.at(-1)! <= highest * 1.6);
  });
}

test("grid lines of nothing", (t) => {
  t.deepEqual(ticksTo(0), [0, 1]);
});
