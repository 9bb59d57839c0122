// Opens the built page in a real browser, with data in it, as a user would: from a file.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const browserPath = process.env.FLMS_CHROMIUM ?? "/usr/bin/chromium";
const pagePath = join(here, "../dist/report.html");
const slot = '<script type="application/json" id="flms-data"></script>';
export const skip = !existsSync(browserPath)
  ? "needs chromium (apt-get install chromium)"
  : !existsSync(pagePath)
    ? "needs the built page (npm run build)"
    : false;

let browser;
export let folder;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "flms-report-"));
  browser = await chromium.launch({
    executablePath: browserPath,
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
});

after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Opens the page with the data and waits until every chart is drawn; collects what must not happen. */
export async function open(data, options = {}) {
  const file = join(folder, `report-${Math.random().toString(36).slice(2)}.html`);
  const json = data === null ? "" : JSON.stringify(data).replaceAll("<", "\\u003C");
  writeFileSync(
    file,
    readFileSync(pagePath, "utf8").replace(slot, () => slot.replace("></", `>${json}</`)),
  );
  return openFile(file, options);
}

/** Opens a report as it lies on the disk, in the same way. */
export async function openFile(file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  page.on("console", (m) => {
    if (["error", "warning"].includes(m.type())) complaints.push(m.text());
  });
  page.on("pageerror", (e) => complaints.push(String(e)));
  page.on("request", (r) => {
    if (!/^(data|blob):/.test(r.url())) requests.push(r.url());
  });
  await page.goto(pathToFileURL(file).href);
  await settled(page);
  return {
    page,
    complaints,
    async done() {
      assert.deepEqual(complaints, [], "the console is clean");
      assert.deepEqual(requests, [pathToFileURL(file).href], "nothing but the file itself is requested");
      await context.close();
    },
  };
}

export const settled = (page) =>
  page.waitForFunction(
    () => [...document.querySelectorAll("[data-chart]")].every((c) => c.dataset.drawn !== undefined),
    null,
    { timeout: 60_000 },
  );

export const names = (page) =>
  page.$$eval("[data-chart]", (all) => all.map((c) => `${c.dataset.chart} ${c.dataset.drawn}`));
