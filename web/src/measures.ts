/** Every measure of every scheduler, searchable, sortable, and to be taken away as CSV. */
import { shown, type Interval, type Measure, type ReportData } from "./data";
import { el, section } from "./dom";
import { figure, interval, ratio } from "./format";
import { sortable, type TableColumn } from "./table";

interface Row {
  name: string;
  scheduler: string;
  measure: Measure;
}

const firstRows = 200;

export function measures(data: ReportData): HTMLElement {
  const rows: Row[] = data.schedulers.flatMap((s) =>
    Object.entries(s.measures).map(([name, measure]) => ({ name, scheduler: shown(s), measure })),
  );
  if (rows.length === 0)
    return section("measures", "All measures", el("p", { class: "empty" }, "Nothing was measured."));
  // The same measure of all schedulers stands together: that is what one compares.
  const place = new Map<string, number>();
  for (const row of rows) if (!place.has(row.name)) place.set(row.name, place.size);
  rows.sort((a, b) => place.get(a.name)! - place.get(b.name)!);

  const table = sortable("All measures", columns());
  const count = el("p", { class: "count", "aria-live": "polite" });
  const more = el(
    "button",
    {
      type: "button",
      class: "plain",
      onclick: () => {
        all = true;
        search();
      },
    },
    "Show all",
  );
  let all = false;
  const input = el("input", {
    type: "search",
    id: "measure-search",
    placeholder: "for example: rtt flms",
    autocomplete: "off",
    oninput: () => search(),
  });
  function search(): void {
    const words = input.value
      .toLowerCase()
      .split(/\s+/)
      .filter((w) => w !== "");
    const found = rows.filter((r) =>
      words.every((w) => `${r.name} ${r.scheduler} ${r.measure.unit}`.toLowerCase().includes(w)),
    );
    const part = all ? found : found.slice(0, firstRows);
    table.show(part);
    count.textContent =
      part.length < found.length
        ? `${part.length} of ${found.length} rows`
        : `${found.length} row${found.length === 1 ? "" : "s"}`;
    more.hidden = part.length === found.length;
  }
  search();
  return section(
    "measures",
    "All measures",
    el(
      "div",
      { class: "controls" },
      el("label", { for: "measure-search" }, "Search"),
      input,
      el("button", { type: "button", class: "plain", onclick: () => save(data, rows) }, "Save as CSV"),
    ),
    table.element,
    el("div", { class: "after" }, count, more),
  );
}

function columns(): TableColumn<Row>[] {
  const number = (heading: string, value: (m: Measure) => number | null): TableColumn<Row> => ({
    heading,
    numeric: true,
    value: (r) => value(r.measure),
    cell: (r) => figure(value(r.measure)),
  });
  return [
    { heading: "Measure", value: (r) => r.name },
    { heading: "Scheduler", value: (r) => r.scheduler },
    { heading: "Unit", value: (r) => r.measure.unit, cell: (r) => r.measure.unit },
    number("Mean", (m) => m.mean),
    {
      heading: "95 % interval",
      numeric: true,
      value: (r) => r.measure.ci95[0] ?? null,
      cell: (r) => interval(r.measure.ci95) || "–",
    },
    {
      heading: "To the first",
      title:
        "How many times as large as under the first scheduler, from pairs of replications, ± half of the 95 % interval",
      numeric: true,
      value: (r) => r.measure.vs_first?.mean ?? null,
      cell: (r) => ratio(r.measure.vs_first) || "–",
    },
    number("p50", (m) => m.p50),
    number("p90", (m) => m.p90),
    number("p99", (m) => m.p99),
    number("Max", (m) => m.max),
    { heading: "Values", numeric: true, value: (r) => r.measure.n, cell: (r) => r.measure.n.toLocaleString("en-US") },
  ];
}

function save(data: ReportData, rows: Row[]): void {
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [
    "measure,scheduler,unit,mean,ci95_low,ci95_high,vs_first,vs_first_low,vs_first_high,p50,p90,p99,max,n",
  ];
  const pair = (range: Interval) => [range[0] ?? null, range[1] ?? null];
  for (const { name, scheduler, measure: m } of rows) {
    const ratios = [m.vs_first?.mean ?? null, ...pair(m.vs_first?.ci95 ?? [])];
    const cells = [name, scheduler, m.unit, m.mean, ...pair(m.ci95), ...ratios, m.p50, m.p90, m.p99, m.max, m.n];
    lines.push(cells.map((v) => quote(v === null ? "" : String(v))).join(","));
  }
  const url = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
  const stem =
    data.scenario
      .split("/")
      .pop()!
      .replace(/\.\w+$/, "")
      .replace(/[^\w.-]+/g, "-") || "report";
  el("a", { href: url, download: `${stem}.csv` }).click();
  URL.revokeObjectURL(url);
}
