import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { folder, names, open, openFile, settled, skip } from "./browser.mjs";
import { fixture, sweepFixture } from "./fixture.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const small = JSON.parse(readFileSync(join(here, "fixtures/report.json"), "utf8"));

test("every chart is drawn and nothing is fetched", { skip }, async () => {
  const { page, done } = await open(small);
  assert.deepEqual(await names(page), [
    "distribution:web true",
    "latency:web true",
    "cpu-shares true",
    "timeline:credit true",
    "timeline:flms true",
  ]);
  const sizes = await page.$$eval("[data-chart] svg, [data-chart] canvas", (all) => all.map((s) => s.clientHeight));
  assert.ok(sizes.length >= 5 && sizes.every((height) => height > 80), `heights ${sizes}`);
  assert.equal(await page.title(), `${small.title} – flms report`);
  assert.equal(await page.textContent(".finding"), small.finding);
  await done();
});

test("the distribution chart holds one line a scheduler and changes with its toggles", { skip }, async () => {
  const { page, done } = await open(small);
  const chart = page.locator('[data-chart="distribution:web"]');
  const markup = () => chart.evaluate((c) => c.innerHTML);
  const text = () => chart.evaluate((c) => c.textContent);
  assert.match(await text(), /At most this long/);
  assert.match(await text(), /credit/);
  assert.match(await text(), /FLMS \(paper\)/);
  const cumulative = await markup();
  await page.click('#distributions [data-value="tail"]');
  await settled(page);
  assert.match(await text(), /Longer than this/);
  const tail = await markup();
  assert.notEqual(tail, cumulative);
  await page.click('#distributions [data-value="wait"]');
  assert.notEqual(await markup(), tail);
  await page.click('#distributions [data-value="rtt"]');
  await page.click('#distributions [data-value="cdf"]');
  assert.equal(await page.getAttribute('#distributions [data-value="cdf"]', "aria-pressed"), "true");
  assert.match(await text(), /At most this long/);
  await done();
});

test("the bars change to dots on the logarithmic scale", { skip }, async () => {
  const { page, done } = await open(small);
  const chart = page.locator('[data-chart="latency:web"]');
  const linear = await chart.evaluate((c) => c.textContent);
  assert.match(linear, /p99/);
  await page.click('#latency [data-value="log"]');
  assert.match(await chart.evaluate((c) => c.textContent), /logarithmic/);
  await done();
});

test("a tooltip tells the figures under the pointer", { skip }, async () => {
  const { page, done } = await open(small);
  for (const [name, expected] of [
    ["distribution:web", /at most .*credit.*%/s],
    ["latency:web", /95 % interval/],
    ["cpu-shares", /web.*idle/s],
  ]) {
    const chart = page.locator(`[data-chart="${name}"]`);
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.45);
    await page.mouse.move(box.x + box.width * 0.5 + 3, box.y + box.height * 0.45);
    await page.waitForTimeout(100);
    assert.match(await chart.evaluate((c) => c.textContent), expected, name);
  }
  await done();
});

test("a zoom in one timeline zooms the others", { skip }, async () => {
  const { page, done } = await open(small);
  const [first, second] = ["credit", "flms"].map((name) => page.locator(`[data-chart="timeline:${name}"]`));
  const picture = (chart) => chart.evaluate((c) => c.querySelector("canvas").toDataURL());
  const before = await picture(second);
  await first.scrollIntoViewIfNeeded();
  const box = await first.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + 80);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -300);
  await page.keyboard.up("Control");
  await page.waitForFunction(
    ([old]) => document.querySelector('[data-chart="timeline:flms"] canvas').toDataURL() !== old,
    [before],
  );
  await done();
});

test("the summary shows the best of each column and sorts by a click", { skip }, async () => {
  const { page, done } = await open(small);
  const best = await page.$$eval("#summary tbody .best", (all) => all.map((b) => b.textContent));
  assert.ok(best.length > 0 && best.every((b) => b.includes("★")));
  const first = () => page.textContent("#summary tbody tr:first-child th");
  assert.equal(await first(), "credit");
  await page.click("#summary thead tr:last-child th:nth-child(2) button");
  assert.equal(await first(), "FLMS (paper)");
  assert.equal(await page.getAttribute("#summary thead tr:last-child th:nth-child(2)", "aria-sort"), "ascending");
  await done();
});

test("the search narrows the table of all measures and CSV holds every row", { skip }, async () => {
  const { page, done } = await open(small);
  const rows = small.schedulers.reduce((n, s) => n + Object.keys(s.measures).length, 0);
  assert.equal(await page.locator("#measures tbody tr").count(), rows);
  await page.fill("#measure-search", "RTT flms");
  assert.equal(await page.locator("#measures tbody tr").count(), 1);
  assert.equal(await page.textContent("#measures .count"), "1 row");
  await page.fill("#measure-search", "no such measure");
  assert.equal(await page.locator("#measures tbody tr").count(), 0);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Save as CSV")]);
  assert.equal(download.suggestedFilename(), "noisy-neighbour.csv");
  const csv = readFileSync(await download.path(), "utf8")
    .trim()
    .split("\n");
  assert.equal(csv.length, rows + 1);
  const widths = new Set(csv.map((line) => line.split(",").length));
  assert.deepEqual([...widths], [14]);
  await done();
});

test("the theme follows the system, the reader, and paper", { skip }, async () => {
  const { page, done } = await open(small, { colorScheme: "dark" });
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), "dark");
  await page.click('.theme [data-value="light"]');
  assert.equal(await theme(), "light");
  await page.click('.theme [data-value="dark"]');
  assert.equal(await theme(), "dark");
  const pdf = await page.pdf({ format: "A4" });
  assert.ok(pdf.length > 20_000);
  assert.equal(await theme(), "dark");
  await settled(page);
  await done();
});

test("text from the scenario stays text", { skip }, async () => {
  const data = structuredClone(small);
  data.title = '</script><script>window.broken = 1</script><img src=x onerror="window.broken = 2">';
  data.schedulers[0].label = "<b>credit</b>";
  data.assumptions = ["<!-- <script> -->", "a & b"];
  const { page, done } = await open(data);
  assert.equal(await page.evaluate(() => window.broken), undefined);
  assert.equal(await page.textContent("h1"), data.title);
  assert.equal(await page.textContent("#about ul li"), "<!-- <script> -->");
  await done();
});

test("a chart without data says so", { skip }, async () => {
  const data = structuredClone(small);
  Object.assign(data, { distributions: [], cpu_shares: [], timelines: [], warnings: [], assumptions: [] });
  const { page, done } = await open(data);
  assert.deepEqual(await names(page), [
    "distribution:web empty",
    "latency:web true",
    "cpu-shares empty",
    "timeline:credit empty",
    "timeline:flms empty",
  ]);
  for (const text of await page.$$eval('[data-drawn="empty"]', (all) => all.map((c) => c.textContent)))
    assert.match(text, /^No .+\.$/);
  await done();
});

test("a page without figures, and one without data, still say what they are", { skip }, async () => {
  const data = structuredClone(small);
  Object.assign(data, {
    vms: [],
    schedulers: [],
    columns: [],
    distributions: [],
    cpu_shares: [],
    timelines: [],
    warnings: [],
    assumptions: [],
  });
  const bare = await open(data);
  assert.match(await bare.page.textContent("#summary"), /Nothing was measured/);
  await bare.done();
  const none = await open(null);
  assert.match(await none.page.textContent("#report"), /holds no data/);
  await none.done();
});

test("25 schedulers and 30 VMs fit, on a wide and on a narrow screen", { skip, timeout: 180_000 }, async () => {
  const data = fixture({ schedulers: 25, vms: 30, latencyVms: 2, pcpus: 8, points: 200 });
  for (const width of [1280, 390]) {
    const { page, done } = await open(data, { viewport: { width, height: 900 } });
    const drawn = await names(page);
    assert.equal(drawn.length, 2 + 2 + 1 + 25);
    assert.ok(
      drawn.every((name) => name.endsWith(" true")),
      drawn.join("; "),
    );
    assert.equal(await page.locator("#summary tbody tr").count(), 25);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `the page is ${overflow} pixels wider than the screen`);
    await done();
  }
});

test("a sweep shows its fronts, its heat map and its table", { skip }, async () => {
  const data = sweepFixture();
  const { page, done } = await open(data);
  assert.deepEqual(await names(page), ["front:throughput true", "front:fairness true", "heat-map true"]);
  assert.equal(await page.title(), `${data.title} – flms report`);
  assert.equal(await page.locator("#table tbody tr").count(), data.rows.length);
  const text = (name) => page.locator(`[data-chart="${name}"]`).evaluate((c) => c.textContent);
  assert.match(await text("front:throughput"), /web\.ping\.rtt_ms\.p99/);
  assert.match(await text("heat-map"), /flms, flms\.sp_slice=100us/);
  await done();
});

test("the controls of a sweep's charts choose the load, the figure and the axes", { skip }, async () => {
  const { page, done } = await open(sweepFixture());
  const markup = (name) => page.locator(`[data-chart="${name}"]`).evaluate((c) => c.innerHTML);
  const front = await markup("front:throughput");
  await page.selectOption("#front-load", "load=heavy");
  await settled(page);
  assert.notEqual(await markup("front:throughput"), front);
  const latency = await markup("heat-map");
  await page.click('#heat-map [data-value="fairness"]');
  const fairness = await markup("heat-map");
  assert.notEqual(fairness, latency);
  await page.selectOption("#heat-y", "credit.tslice");
  assert.match(await page.locator('[data-chart="heat-map"]').evaluate((c) => c.textContent), /30ms/);
  await done();
});

test("a value of an axis sorts by its place in the sweep file", { skip }, async () => {
  const { page, done } = await open(sweepFixture());
  await page.click('#table thead th:has-text("flms.sp_slice") button');
  const first = await page.$$eval("#table tbody tr", (rows) => rows.slice(0, 6).map((r) => r.cells[2].textContent));
  assert.deepEqual(first, ["1ms", "1ms", "1ms", "100us", "100us", "100us"]);
  await done();
});

test("a sweep without results, and one with text like markup, are pages too", { skip }, async () => {
  const none = await open({ ...sweepFixture(), rows: [], warnings: ["120 of 120 points are missing"] });
  assert.match(await none.page.textContent("#table"), /No results/);
  assert.match(await none.page.textContent(".warning"), /missing/);
  await none.done();
  const data = sweepFixture();
  data.rows[0].scheduler = data.schedulers[0] = "<img src=x onerror='window.broken = 1'>";
  const odd = await open(data);
  const chart = odd.page.locator('[data-chart="front:throughput"]');
  const box = await chart.boundingBox();
  for (let x = 0; x < box.width; x += 12) await odd.page.mouse.move(box.x + x, box.y + box.height * 0.8);
  assert.equal(await odd.page.evaluate(() => window.broken), undefined);
  await odd.done();
});

const root = join(here, "../..");
const cli = join(root, "src/Flms.Cli/bin/Release/net10.0/flms.dll");
const skipCli = skip || (existsSync(cli) ? false : "needs the built product (./flms version)");

test("a recording of real virtual machines, replayed: every chart is drawn", { skip: skipCli }, async () => {
  const file = join(folder, "replay.html");
  const recording = join(root, "scenarios/recordings/noisy4-own50.trace");
  const args = [cli, "replay", recording, "--schedulers", "credit,flms", "--report", file];
  execFileSync("dotnet", args, { stdio: ["ignore", "ignore", "pipe"] });
  const { page, done } = await openFile(file);
  const charts = await page
    .locator("[data-chart]")
    .evaluateAll((all) => all.map((chart) => [chart.dataset.chart, chart.dataset.drawn]));
  assert.ok(charts.length >= 4, `only ${charts.length} charts`);
  for (const [name, drawn] of charts) assert.equal(drawn, "true", `${name} is not drawn`);
  assert.match(await page.locator("body").innerText(), /vm0/);
  await done();
});
