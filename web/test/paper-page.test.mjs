import assert from "node:assert/strict";
import { test } from "node:test";
import { names, open, settled, skip } from "./browser.mjs";
import { paperFixture } from "./paper-fixture.mjs";

test("each figure has its pictures, claims, notes and numbers", { skip }, async () => {
  const data = paperFixture();
  const { page, done } = await open(data);
  assert.deepEqual(await names(page), [
    "fig1:latency true",
    "table1:latency true",
    "table1:bandwidth true",
    "table1:fairness true",
    "fig9:migrations true",
    "fig9:cross_socket true",
    "fig13 true",
    "fig13:fairness true",
    "sensitivity:latency_to_credit:2 true",
  ]);
  assert.equal(await page.title(), `${data.title} – flms report`);
  const text = (selector) => page.locator(selector).innerText();
  assert.match(await text("#table1 .note"), /cannot come from the published design/);
  assert.match(await text("#table1-rivals"), /kvm \(2\.4 ms, but switches more\)/);
  assert.match(await text("#table1-latency-flms"), /differs[\s\S]*A made-up reason/);
  assert.match(await text("#table1-latency-flms"), /The paper\s+0\.234\s+Ours\s+1\.09 ± 0\.05/);
  assert.match(await text("#fig1-grows"), /no test of it/);
  assert.match(await page.locator('[data-chart="fig9:cross_socket"]').evaluate((c) => c.textContent), /credit, paper/);
  assert.equal(await page.locator("#table1 .numbers tbody tr").count(), 6);
  assert.equal(await page.locator("#table1 .numbers").evaluate((d) => d.open), true);
  assert.equal(await page.locator("#fig9 .numbers").evaluate((d) => d.open), false);
  assert.match(await text("#about"), /<b>not bold<\/b>/);
  await done();
});

test("the top tells each figure's verdicts in words and leads to it", { skip }, async () => {
  const { page, done } = await open(paperFixture());
  const rows = await page.locator("#overview tbody tr").allInnerTexts();
  assert.equal(rows.length, 5);
  assert.match(rows[1], /latency and bandwidth[\s\S]*1 agrees in value[\s\S]*1 agrees in order[\s\S]*1 differs/);
  assert.match(rows[0], /the paper gives no numbers/);
  await page.click('#overview a[href="#fig9"]');
  assert.equal(await page.evaluate(() => location.hash), "#fig9");
  assert.match(
    await page.locator("#overview .strip[role=img]").first().getAttribute("aria-label"),
    /Ours is 0\.69 times that: agrees in order and direction/,
  );
  await done();
});

test("what goes beyond the paper is drawn when it is opened", { skip }, async () => {
  const { page, done } = await open(paperFixture());
  assert.equal(await page.locator('[data-chart="fig9:steals"]').count(), 0);
  await page.focus("#fig9 .beyond summary");
  await page.keyboard.press("Enter");
  await page.waitForSelector('[data-chart="fig9:steals"][data-drawn="true"]');
  await settled(page);
  await done();
});

test("a pointer tells ours, the paper's and the interval", { skip }, async () => {
  const { page, done } = await open(paperFixture());
  const chart = page.locator('[data-chart="table1:latency"]');
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 20);
  await page.mouse.move(box.x + box.width * 0.4 + 3, box.y + 20);
  await page.waitForTimeout(100);
  assert.match(await chart.evaluate((c) => c.textContent), /ours.*paper: 16\.9.*95 % interval.*99 of 100/s);
  await done();
});

test("it fits a narrow screen, in the dark and on paper, and holds figures without anything", { skip }, async () => {
  const data = paperFixture();
  data.figures.push({ ...data.figures[0], name: "fig99", rows: [], claims: [], commands: [] });
  const { page, done } = await open(data, { viewport: { width: 390, height: 900 }, colorScheme: "dark" });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `the page is ${overflow} pixels wider than the screen`);
  assert.match(await page.locator("#fig99").innerText(), /Nothing was measured/);
  assert.ok((await page.pdf({ format: "A4" })).length > 20_000);
  await settled(page);
  await done();
});
