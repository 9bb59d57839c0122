/** The page of a sweep: its table, heat maps and Pareto fronts. */
import { el, section } from "../dom";
import { figure, halfWidth, interval } from "../format";
import { sortable, type TableColumn } from "../table";
import type { Row, SweepData } from "./data";
import { fronts } from "./fronts";
import { heatMap } from "./heat-map";

export function sweepSections(data: SweepData): HTMLElement[] {
  return [fronts(data), heatMap(data), table(data), about(data)];
}

export function sweepHeader(data: SweepData): HTMLElement {
  const facts: [string, string][] = [
    ["Points", data.done === data.points ? String(data.points) : `${data.done} of ${data.points}`],
    ["Combinations", String(data.rows.length)],
    ["Schedulers", data.schedulers.join(", ")],
    ["Version", `flms ${data.version}`],
  ];
  return el(
    "header",
    {},
    el("h1", {}, data.title),
    data.summary ? el("p", { class: "summary" }, data.summary) : null,
    data.warnings.map((w) => el("p", { class: "warning", role: "note" }, w)),
    el(
      "dl",
      { class: "facts" },
      facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
    ),
  );
}

function table(data: SweepData): HTMLElement {
  const goal = (index: number): TableColumn<Row> => {
    const { name, unit, formula } = data.goals[index]!;
    return {
      heading: unit ? `${name}, ${unit}` : name,
      title: formula,
      numeric: true,
      value: (row) => row.figures[index]!.mean,
      cell: (row) => {
        const { mean, ci95 } = row.figures[index]!;
        const half = halfWidth(mean, ci95);
        return el(
          "span",
          half ? { title: `95 % interval: ${interval(ci95)}` } : {},
          figure(mean),
          half ? el("span", { class: "faint" }, ` ± ${half}`) : null,
        );
      },
    };
  };
  const columns: TableColumn<Row>[] = [
    { heading: "Scheduler", value: (row) => row.scheduler },
    ...data.axes.map((axis, i): TableColumn<Row> => {
      const numeric = axis.values.every((v) => /^-?[\d.]+$/.test(v));
      return {
        heading: axis.name,
        numeric,
        // By the order of the sweep file, which knows that 300us is less than 1ms.
        value: (row) => (row.values[i] ? axis.values.indexOf(row.values[i]!) : null),
        cell: (row) => row.values[i] || "–",
      };
    }),
    { heading: "Runs", numeric: true, value: (row) => row.runs },
    ...data.goals.map((_, index) => goal(index)),
    {
      heading: "On a front",
      title: "Of latency and throughput, of latency and fairness: no other of the same load is better in both",
      value: (row) => (row.fronts[0] ? 0 : 2) + (row.fronts[1] ? 0 : 1),
      cell: (row) => ["throughput", "fairness"].filter((_, i) => row.fronts[i]).join(", ") || "–",
    },
  ];
  if (data.rows.length === 0) return section("table", "All combinations", el("p", { class: "empty" }, "No results."));
  const sorted = sortable("All combinations of scheduler and values", columns);
  sorted.show(data.rows);
  return section(
    "table",
    "All combinations",
    sorted.element,
    el("p", { class: "legend" }, "± half of the 95 % interval over the replications. Click a heading to sort."),
  );
}

function about(data: SweepData): HTMLElement {
  return section(
    "about",
    "How this was made",
    el("h3", {}, "Command"),
    el("div", { class: "command" }, el("pre", {}, el("code", {}, data.command))),
    el("h3", {}, "What is looked at"),
    el(
      "dl",
      { class: "options" },
      data.goals.flatMap((g) => [
        el("dt", {}, `${g.name} (the ${g.better} the better)`),
        el("dd", {}, el("code", {}, g.formula)),
      ]),
    ),
    el(
      "p",
      {},
      "Each figure is the mean over the replications of a combination. All schedulers see the same guests: in each " +
        "replication they have the same random numbers. Combinations are held against each other only where the " +
        "load (all axes that are no scheduler's setting) is the same.",
    ),
  );
}
