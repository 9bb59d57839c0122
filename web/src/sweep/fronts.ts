/** What each combination trades latency for: every one a point, those that none beats joined by a line. */
import { axis, chart, legend, tooltip } from "../charts/chart";
import type { Option } from "../charts/echarts";
import { el, escapeHtml, howTo, section } from "../dom";
import { halfWidth, latencyMark, withUnit } from "../format";
import { schedulerLook } from "../palette";
import { colours } from "../theme";
import { loadsOf, settingOf, type Row, type SweepData } from "./data";

const symbols = ["circle", "rect", "triangle", "diamond", "roundRect", "pin", "arrow"];

export function fronts(data: SweepData): HTMLElement {
  const loads = loadsOf(data);
  let load = loads[0] ?? "";
  const charts = [1, 2].map((gain) => {
    const goal = data.goals[gain]!;
    return chart({
      name: `front:${goal.name}`,
      title: `Latency against ${goal.name}`,
      description: describe(data, gain),
      empty: `No point measured both ${data.goals[0]!.formula} and ${goal.formula}.`,
      renderer: "svg",
      height: () => 420,
      option: () => option(data, load, gain),
    });
  });
  return section(
    "fronts",
    "Pareto fronts",
    loads.length < 2
      ? null
      : el(
          "div",
          { class: "controls" },
          el("label", { for: "front-load" }, "Load"),
          el(
            "select",
            {
              id: "front-load",
              onchange: (event) => {
                load = (event.currentTarget as HTMLSelectElement).value;
                charts.forEach((c) => c.redraw());
              },
            },
            loads.map((l) => el("option", { value: l }, l)),
          ),
        ),
    el(
      "div",
      { class: "grid" },
      charts.map((c) => c.figure),
    ),
    howTo(
      "Each sign is one combination of a scheduler and its settings, over all replications. Up and left is better. The " +
        "line joins those that no other beats in both: whatever lies off it can be left out of the choice. Point at " +
        "a sign for its settings and figures with 95 % intervals; click a name in the legend to hide a scheduler.",
    ),
  );
}

function describe(data: SweepData, gain: number): string {
  const best = data.rows.filter((r) => r.fronts[gain - 1]);
  return `On the front: ${best
    .slice(0, 8)
    .map((r) => [settingOf(data, r), r.load].filter((t) => t).join(" at "))
    .join("; ")}`;
}

function option(data: SweepData, load: string, gain: number): Option | null {
  const rows = data.rows.filter(
    (r) => r.load === load && r.figures[0]!.mean !== null && r.figures[gain]!.mean !== null,
  );
  if (rows.length === 0) return null;
  const c = colours();
  const [x, y] = [data.goals[0]!, data.goals[gain]!];
  const logarithmic = rows.every((r) => r.figures[0]!.mean! > 0);
  const place = (row: Row) => [row.figures[0]!.mean!, row.figures[gain]!.mean!];
  const front = rows.filter((r) => r.fronts[gain - 1]).sort((a, b) => a.figures[0]!.mean! - b.figures[0]!.mean!);
  return {
    grid: { left: 80, right: 24, top: 44, bottom: 56 },
    legend: legend(
      data.schedulers.filter((s) => rows.some((r) => r.scheduler === s)),
      { top: 4, left: 8, right: 8 },
    ),
    tooltip: {
      ...tooltip(),
      trigger: "item",
      formatter: (at: { seriesName: string; dataIndex: number }) => {
        const row = rows.filter((r) => r.scheduler === at.seriesName)[at.dataIndex];
        return row ? reading(data, row) : "";
      },
    },
    xAxis: {
      ...axis(`${x.formula}${x.unit ? `, ${x.unit}` : ""}`),
      type: logarithmic ? "log" : "value",
      nameGap: 32,
      axisLabel: { color: c.faint, hideOverlap: true, ...(x.unit === "ms" ? { formatter: latencyMark } : {}) },
    },
    yAxis: {
      ...axis(`${y.name}: ${y.formula}`),
      type: "value",
      scale: true,
      nameGap: 60,
      // Neighbouring marks may differ late: 0.9996, 0.9998.
      axisLabel: { color: c.faint, formatter: (value: number) => String(Number(value.toPrecision(6))) },
    },
    series: [
      {
        type: "line",
        name: "front",
        data: front.map(place),
        showSymbol: false,
        silent: true,
        z: 1,
        lineStyle: { color: c.line, width: 2 },
      },
      ...data.schedulers.map((scheduler, i) => ({
        type: "scatter",
        name: scheduler,
        symbol: symbols[Math.floor(i / 7) % symbols.length],
        symbolSize: 11,
        color: schedulerLook(i).colour,
        z: 2,
        data: rows
          .filter((r) => r.scheduler === scheduler)
          .map((r) => ({
            value: place(r),
            itemStyle: { borderColor: c.text, borderWidth: r.fronts[gain - 1] ? 1.5 : 0 },
          })),
      })),
    ],
  };
}

function reading(data: SweepData, row: Row): string {
  const lines = data.goals.map((goal, i) => {
    const { mean, ci95 } = row.figures[i]!;
    const half = halfWidth(mean, ci95);
    return (
      `<tr><td>${escapeHtml(goal.name)}</td><td style="text-align:right;padding-left:12px">` +
      `${withUnit(mean, goal.unit)}${half ? ` ± ${half}` : ""}</td></tr>`
    );
  });
  const load = row.load ? `<br>${escapeHtml(row.load)}` : "";
  return `<b>${escapeHtml(settingOf(data, row))}</b>${load}<table>${lines.join("")}</table>`;
}
