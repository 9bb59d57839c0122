// From the data of the paper's figures to pictures, without a browser: the page's own modules, bundled for Node.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { changes, curves, loads, shares, table } from "./paper-fixture.mjs";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");
const stubs = `
  globalThis.matchMedia = () => ({ matches: false, addEventListener() {} });
  globalThis.document = { documentElement: { dataset: {} } };
  globalThis.addEventListener = () => {};`;
const bundled = await build({
  stdin: {
    contents: ["pictures", "draw-rows", "draw-places", "draw-spans", "families", "reading", "overview", "figure"]
      .map((name) => `export * from "./src/paper/${name}";`)
      .join("\n"),
    resolveDir: web,
  },
  bundle: true,
  write: false,
  format: "esm",
  banner: { js: stubs },
  logLevel: "error",
});
const page = await import(`data:text/javascript;base64,${Buffer.from(bundled.outputFiles[0].text).toString("base64")}`);

const all = ["credit", "flms", "flms-default", "kvm", "eevdf", "credit2", "something-new"];
const picture = (figure, name) => page.picturesOf(figure).find((p) => p.name === name);

test("a figure of one system is a curve for each group, each told apart by shade, sign and dash", () => {
  const latency = picture(curves, "fig1:latency");
  assert.equal(latency.kind, "lines");
  assert.deepEqual(
    latency.series.map((s) => s.name),
    ["all idle", "all busy"],
  );
  assert.equal(latency.log, true, "0.03 to 16 ms is more than a decade");
  const looks = latency.series.map((_, i) => page.seriesLook(latency, i, all));
  for (const key of ["colour", "sign", "dash"]) assert.notDeepEqual(looks[0][key], looks[1][key], key);
  const option = page.placesOption(latency, all, 1000);
  assert.equal(option.yAxis.type, "log");
  assert.equal(option.yAxis.min, 0.02, "the step of 1, 2, 5 below the least value; an interval below 0 sets nothing");
  assert.deepEqual(option.xAxis.data, ["1", "2", "3", "4"]);
  assert.deepEqual(option.series.filter((s) => s.type === "line")[1].data, [4, 8, 12, 16]);
});

test("a table is a row for each system, ours and the paper's on one axis, the 99th percentile with its mean", () => {
  const pictures = page.picturesOf(table);
  assert.deepEqual(
    pictures.map((p) => [p.name, p.kind, p.beyond]),
    [
      ["table1:latency", "rows", false],
      ["table1:bandwidth", "rows", false],
      ["table1:fairness", "rows", true],
    ],
  );
  const [credit] = pictures[0].series[0].marks;
  assert.deepEqual([credit.ours, credit.paper, credit.tail], [11.7, 16.9, 11.7 * 8]);
  assert.deepEqual(pictures[1].places, ["credit", "flms", "kvm"], "who has no number takes no room");
  const option = page.rowsOption(pictures[0], all, 700);
  assert.equal(option.xAxis.type, "log");
  assert.deepEqual(option.series[0].data[0].slice(1, 2), [11.7]);
  assert.match(option.xAxis.name, /mean round trip, ms \(logarithmic\); lower is better/);
});

test("what is missing is left out, and said in words", () => {
  const bandwidth = picture(table, "table1:bandwidth");
  assert.deepEqual(page.reach(bandwidth.series[0].marks[0], bandwidth), ["-", "-", "-", 1100, "-"]);
  assert.match(page.describe(bandwidth), /^credit –, the paper 1,100\sMbps; /);
  assert.deepEqual(page.picturesOf({ ...table, rows: [] }), []);
});

test("columns by load: what the paper says over all loads is a level of its own quantity", () => {
  const [migrations, cross, steals] = page.picturesOf(loads);
  assert.deepEqual([migrations.kind, migrations.log, migrations.levels], ["columns", true, []]);
  assert.deepEqual(cross.levels, [{ system: "credit", value: 31 }]);
  assert.equal(cross.log, false, "0 has no place on a logarithmic axis");
  assert.equal(steals.beyond, true);
  const option = page.placesOption(cross, all, 700);
  assert.equal(option.yAxis.min, 0);
  assert.equal(option.series.at(-1).markLine.data[0].yAxis, 31);
});

test("an interval is drawn to where its quantity ends, at 0 and at 100 %, and told whole", () => {
  const cross = picture(loads, "fig9:cross_socket");
  const [mark] = cross.series[0].marks;
  assert.deepEqual(page.ends(mark, cross), [0, 100]);
  assert.match(page.ours(mark, "%"), /30\.0 ± 120\.0/);
  const latency = picture(curves, "fig1:latency");
  assert.deepEqual(page.ends(latency.series[1].marks[3], latency, 0.02), [0.02, 40], "an axis may begin above 0");
});

test("quantities of one kind stand side by side under each system", () => {
  const [first, fairness] = page.picturesOf(shares);
  assert.deepEqual(first.places, ["credit", "flms"]);
  assert.deepEqual(
    first.series.map((s) => s.marks.map((m) => m.ours)),
    [
      [14, 14],
      [13.8, 13.8],
      [14.1, 14.1],
    ],
  );
  assert.equal(fairness.name, "fig13:fairness");
});

test("groups of one place are columns, and panels when there are too many systems for columns", () => {
  const grouped = (systems) => ({
    ...shares,
    groups: ["read", "write"],
    quantities: [shares.quantities[0]],
    rows: ["read", "write"].flatMap((group) =>
      systems.map((system) => ({ system, group, x: "", values: [{ mean: 1, ci95: [] }], published: [null] })),
    ),
  });
  const [few] = page.picturesOf(grouped(["credit", "flms"]));
  assert.deepEqual([few.kind, few.places], ["columns", ["read", "write"]]);
  const many = page.picturesOf(grouped(Array.from({ length: 8 }, (_, i) => `s${i}`)));
  assert.deepEqual(
    many.map((p) => [p.kind, p.title]),
    [
      ["rows", "VM 1: read"],
      ["rows", "VM 1: write"],
    ],
  );
});

test("many changes of one system at a time are a row each, with a line where nothing is changed", () => {
  const [flms, ...rest] = page.picturesOf(changes);
  assert.equal(rest.length, 0, "a system without values has no panel");
  assert.deepEqual([flms.kind, flms.title, flms.places.length], ["spans", "latency, as a part of Credit's: flms", 8]);
  assert.deepEqual(
    flms.series.map((s) => s.marks.map((m) => m.ours)),
    [
      [0.5, null, null, null, null, null, null, null],
      [null, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
      [null, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4],
    ],
  );
  const option = page.spansOption(flms, all, 700);
  assert.equal(option.series[0].markLine.data[0].xAxis, 0.5);
  assert.match(page.describe(flms), /^as it is: at change 0 0\.500 ± 0\.025; half: at change 1 0\.100/);
});

test("an axis is logarithmic from more than a decade on, if all values are above 0", () => {
  assert.equal(page.logarithmic([1, 10]), false);
  assert.equal(page.logarithmic([1, null, 10.1]), true);
  assert.equal(page.logarithmic([0, 100]), false);
  assert.equal(page.logarithmic([null]), false);
});

test("relatives share a colour's family, and no two systems of a report look alike", () => {
  const family = (system) => page.familyOf(system).name;
  assert.equal(family("flms-default"), family("flms"));
  assert.equal(family("eevdf"), family("kvm"));
  assert.equal(family("vturbo-shared-dom0"), family("vturbo"));
  assert.notEqual(family("credit"), family("flms"));
  assert.equal(family("something-new"), "Others");
  const looks = all.map((s) => page.systemLook(s, all));
  assert.equal(new Set(looks.map((l) => `${l.colour} ${l.sign}`)).size, all.length);
});

test("the strip sets the same number in its middle, and what is out of reach at its ends", () => {
  assert.equal(page.place(1), 110);
  assert.equal(page.place(10), page.place(1000));
  assert.equal(page.place(0.1) + page.place(10), 220);
  assert.deepEqual(
    page.comparable(table).map(({ claim }) => claim.name),
    ["latency-credit", "latency-flms", "latency-kvm"],
  );
  assert.deepEqual(page.comparable(curves), []);
});

test("a sentence that names several rivals becomes a list, any other stays a sentence", () => {
  assert.deepEqual(page.listed(table.rivals[0]), {
    lead: "flms loses in mean round trip (12.6 ms) to:",
    items: ["kvm (2.4 ms, but switches more)", "eevdf (1.4 ms)"],
  });
  assert.deepEqual(page.listed("FLMS loses nowhere."), { lead: "FLMS loses nowhere.", items: [] });
});
