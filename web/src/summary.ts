/** The top of the page: what came out, in one sentence and one table. */
import { shown, type Column, type ReportData, type Scheduler } from "./data";
import { el, section } from "./dom";
import { figure, halfWidth, interval, seconds } from "./format";
import { schedulerLook } from "./palette";
import { sortable, type TableColumn } from "./table";

export function header(data: ReportData): HTMLElement {
  const facts: [string, string][] = [
    ["Scenario", data.scenario],
    ["Schedulers", String(data.schedulers.length)],
    ["Measured", `${seconds(data.duration_s)}${data.warmup_s > 0 ? ` after ${seconds(data.warmup_s)} warm-up` : ""}`],
    ["Replications", String(data.replications)],
    ["Seed", data.seed],
    ["Machine", data.machine],
    ["Version", data.version ? `flms ${data.version}` : ""],
  ];
  return el(
    "header",
    {},
    el("h1", {}, data.title),
    data.summary ? el("p", { class: "summary" }, data.summary) : null,
    data.finding ? el("p", { class: "finding" }, data.finding) : null,
    data.warnings.map((w) => el("p", { class: "warning", role: "note" }, w)),
    el(
      "dl",
      { class: "facts" },
      facts
        .filter(([, value]) => value !== "")
        .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
    ),
  );
}

export function summary(data: ReportData): HTMLElement {
  if (data.schedulers.length === 0 || data.columns.length === 0)
    return section("summary", "Summary", el("p", { class: "empty" }, "Nothing was measured."));
  const columns: TableColumn<number>[] = [
    { heading: "Scheduler", value: (row) => row, cell: (row) => name(data.schedulers[row]!, row) },
    ...data.columns.map((column): TableColumn<number> => ({
      heading: column.unit ? `${column.label}, ${column.unit}` : column.label,
      title: column.note,
      numeric: true,
      value: (row) => column.cells[row]?.value ?? null,
      cell: (row) => cell(column, row),
    })),
  ];
  const table = sortable(
    "Summary: schedulers as rows, the figures that decide as columns",
    columns,
    groupRow(data.columns),
  );
  table.show(data.schedulers.map((_, index) => index));
  const intervals = data.columns.some((c) => c.cells.some((x) => x.ci95.length === 2));
  return section(
    "summary",
    "Summary",
    table.element,
    el(
      "p",
      { class: "legend" },
      el("span", { class: "best" }, "★"),
      " best of its column",
      intervals
        ? "; ≈ cannot be told apart from the best; ± half of the 95 % interval."
        : ". There are no confidence intervals: they need 2 replications or more.",
      " Click a heading to sort.",
    ),
    el(
      "details",
      { class: "how-to" },
      el("summary", {}, "What the columns mean"),
      el(
        "p",
        {},
        "A figure cannot be told apart from the best when the 95 % interval of their ratio, taken over pairs of " +
          "replications with the same random numbers, includes 1; where that ratio is not known, when their own " +
          "intervals overlap.",
      ),
      el(
        "dl",
        {},
        data.columns.flatMap((c) => [
          el("dt", {}, `${c.group}: ${c.label}`),
          el("dd", {}, c.note + (c.better ? ` The ${c.better === "lower" ? "lowest" : "highest"} is best.` : "")),
        ]),
      ),
    ),
  );
}

function name(scheduler: Scheduler, index: number): Node {
  const line = el("span", { class: "line", "aria-hidden": "true" });
  line.dataset["scheduler"] = String(index);
  return el("span", { class: "name" }, line, shown(scheduler));
}

/** Colours the lines beside the schedulers' names; again whenever the theme changes. */
export function colourNames(): void {
  for (const line of document.querySelectorAll<HTMLElement>(".line[data-scheduler]")) {
    const look = schedulerLook(Number(line.dataset["scheduler"]));
    line.style.borderTopColor = look.colour;
    line.style.borderTopStyle = look.dash === "solid" ? "solid" : "dashed";
  }
}

function cell(column: Column, row: number): Node {
  const c = column.cells[row];
  if (!c || c.value === null) return el("span", { class: "faint" }, "–");
  const half = halfWidth(c.value, c.ci95);
  return el(
    "span",
    { class: c.best ? "best" : "", ...(half ? { title: `95 % interval: ${interval(c.ci95)}` } : {}) },
    figure(c.value),
    half ? el("span", { class: "faint" }, ` ± ${half}`) : null,
    c.best
      ? el("span", { class: "mark" }, "★", el("span", { class: "unseen" }, " best"))
      : c.tied
        ? el("span", { class: "mark" }, "≈", el("span", { class: "unseen" }, " not told apart from the best"))
        : el("span", { class: "mark" }),
  );
}

function groupRow(columns: Column[]): HTMLElement {
  const groups: { name: string; span: number }[] = [];
  for (const column of columns) {
    const last = groups[groups.length - 1];
    if (last?.name === column.group) last.span++;
    else groups.push({ name: column.group, span: 1 });
  }
  return el(
    "tr",
    { class: "groups" },
    el("td"),
    groups.map((g) => el("th", { scope: "colgroup", colspan: String(g.span) }, g.name)),
  );
}
