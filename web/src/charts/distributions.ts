/** Latency distributions: one chart per VM, all schedulers overlaid, cumulative or as a tail. */
import { latencyNames, latencyVms, shown, type Distribution, type LatencyKind, type ReportData } from "../data";
import { choice, el, escapeHtml, howTo, section } from "../dom";
import { latency, latencyMark, percent } from "../format";
import { schedulerLook } from "../palette";
import { colours } from "../theme";
import { axis, chart, legend, tooltip, type Chart } from "./chart";
import type { Option } from "./echarts";
import { kindChoice, kindsWith, latencyCharts } from "./latency-kind";

type View = "cdf" | "tail";
/** A legend shows the lines with their dashes, without a symbol on them. */
const lines: Option = { itemWidth: 30, itemStyle: { opacity: 0 } };

interface Curve {
  index: number;
  name: string;
  distribution: Distribution;
}

export function distributions(data: ReportData): HTMLElement {
  const kinds = kindsWith((kind) => data.distributions.some((d) => d.kind === kind));
  let kind: LatencyKind = kinds[0] ?? "rtt";
  let view: View = "cdf";
  const charts: Chart[] = latencyVms(data).map((vm) =>
    chart({
      name: `distribution:${vm.name}`,
      title: vm.name,
      description: `Distribution of the latency of ${vm.name}, a line a scheduler; its figures are in the tables.`,
      empty: `No latency distribution of ${vm.name} was recorded.`,
      renderer: "svg",
      height: () => (data.schedulers.length > 6 ? 480 : 360),
      option: (width) => option(data, vm.name, kind, view, width),
    }),
  );
  const redraw = () => charts.forEach((c) => c.redraw());
  return section(
    "distributions",
    "Latency distributions",
    el(
      "div",
      { class: "controls" },
      kindChoice(kinds, (k) => {
        kind = k;
        redraw();
      }),
      choice(
        "View",
        [
          { value: "cdf", text: "Cumulative" },
          { value: "tail", text: "Tail" },
        ],
        view,
        (v) => {
          view = v as View;
          redraw();
        },
      ),
    ),
    latencyCharts(charts, data.schedulers.length <= 6),
    howTo(
      "Cumulative: for each latency on the horizontal axis (logarithmic), the line shows what part of all values was " +
        "at most that. A line further to the left is better; where it crosses 99 %, read the 99th percentile.",
      "Tail: the part of all values that was longer, on a logarithmic axis: the rare, long latencies that users " +
        "complain about. A line that falls sooner is better.",
      "Round trip: " +
        latencyNames.rtt.what +
        ". Wait: " +
        latencyNames.wait.what +
        ". Zeros stand at the left edge. Click a name in the legend to hide its line.",
    ),
  );
}

function option(data: ReportData, vm: string, kind: LatencyKind, view: View, width: number): Option | null {
  const curves: Curve[] = [];
  data.schedulers.forEach((s, index) => {
    const found = data.distributions.find((d) => d.scheduler === s.name && d.vm === vm && d.kind === kind);
    if (found && found.value_ms.length > 0) curves.push({ index, name: shown(s), distribution: found });
  });
  if (curves.length === 0) return null;
  const positive = curves.flatMap((c) => c.distribution.value_ms.filter((v) => v > 0));
  const low = decade(positive.reduce((a, b) => Math.min(a, b), Infinity));
  const high = positive.reduce((a, b) => Math.max(a, b), low);
  const beside = width >= 760 && curves.length > 6;
  return {
    grid: { left: 62, right: beside ? 200 : 24, top: beside ? 14 : 44, bottom: 50 },
    legend: legend(
      curves.map((c) => c.name),
      beside
        ? { ...lines, orient: "vertical", right: 0, top: 4, bottom: 10, width: 180, padding: [12, 5, 5, 5] }
        : { ...lines, top: 4, left: 8, right: 8 },
    ),
    tooltip: { ...tooltip(), trigger: "axis", formatter: (at: unknown) => reading(at, curves, view) },
    xAxis: {
      ...axis(`${latencyNames[kind].name} (logarithmic)`),
      type: "log",
      min: low,
      max: ceiling(high),
      nameGap: 30,
      axisLabel: { color: colours().faint, formatter: latencyMark, hideOverlap: true },
      axisPointer: { show: true, snap: false, label: { show: false }, lineStyle: { color: colours().line } },
    },
    yAxis: view === "cdf" ? cumulativeAxis() : tailAxis(curves),
    series: curves.map((c, place) => ({
      ...(view === "cdf" ? cumulative(c, low, ceiling(high)) : tail(c, low, rarest(curves))),
      ...(view === "cdf" && place === 0 ? { markLine: quantiles() } : {}),
    })),
  };
}

const cumulativeAxis = (): Option => ({
  ...axis("At most this long"),
  type: "value",
  min: 0,
  max: 1,
  nameGap: 44,
  axisLabel: { color: colours().faint, formatter: percent },
});

function tailAxis(curves: Curve[]): Option {
  return {
    ...axis("Longer than this"),
    type: "log",
    min: rarest(curves),
    max: 1,
    nameGap: 48,
    axisLabel: { color: colours().faint, formatter: percent },
  };
}

/** The empirical distribution: 0 before its first value, 1 after its last. */
function cumulative(curve: Curve, low: number, high: number): Option {
  const points = pointsOf(curve, low);
  const begun = points[0]![0] > low ? 0 : points[0]![1];
  const end: [number, number][] = points[points.length - 1]![1] >= 1 ? [[high, 1]] : [];
  return line(curve, [[low, begun], ...points, ...end]);
}

/** What is longer: 1 before the first value; after the last it falls out of the logarithmic axis. */
function tail(curve: Curve, low: number, floor: number): Option {
  const points = pointsOf(curve, low);
  const begun = points[0]![0] > low ? 1 : 1 - points[0]![1];
  const rests = points.map(([v, f]): [number, number] => [v, Math.max(1 - f, floor)]);
  return line(curve, [[low, Math.max(begun, floor)], ...rests]);
}

function pointsOf(curve: Curve, low: number): [number, number][] {
  const { value_ms, fraction } = curve.distribution;
  return value_ms.map((v, i) => [Math.max(v, low), fraction[i] ?? NaN]);
}

function line(curve: Curve, data: [number, number][]): Option {
  const look = schedulerLook(curve.index);
  return {
    type: "line",
    name: curve.name,
    step: "end",
    data,
    symbol: "none",
    color: look.colour,
    lineStyle: { width: 2, type: look.dash },
    emphasis: { focus: "series", lineStyle: { width: 3 } },
  };
}

/** The decade of the smallest part that any curve tells apart from nothing. */
function rarest(curves: Curve[]): number {
  const rests = curves.flatMap((c) => c.distribution.fraction.map((f) => 1 - f).filter((r) => r > 1e-9));
  return decade(rests.reduce((a, b) => Math.min(a, b), 0.1));
}

const quantiles = (): Option => ({
  silent: true,
  symbol: "none",
  lineStyle: { color: colours().line, type: [2, 4], width: 1 },
  label: { position: "insideStartTop", color: colours().faint, formatter: "{b}", fontSize: 10 },
  data: [
    { name: "median", yAxis: 0.5 },
    { name: "99 %", yAxis: 0.99 },
  ],
});

/** What the tooltip says: each scheduler's part at the pointer, best first. */
function reading(at: unknown, curves: Curve[], view: View): string {
  const first = (Array.isArray(at) ? at[0] : at) as { axisValue?: number } | undefined;
  const x = Number(first?.axisValue);
  if (!Number.isFinite(x)) return "";
  const rows = curves.map((c) => ({ curve: c, part: partAtMost(c.distribution, x) })).sort((a, b) => b.part - a.part);
  const most = 12;
  const lines = rows
    .slice(0, most)
    .map(
      ({ curve, part }) =>
        `<tr><td style="color:${schedulerLook(curve.index).colour}">●</td><td>${escapeHtml(curve.name)}</td>` +
        `<td style="text-align:right;padding-left:12px">${percent(view === "cdf" ? part : 1 - part)}</td></tr>`,
    );
  if (rows.length > most) lines.push(`<tr><td></td><td>and ${rows.length - most} more</td><td></td></tr>`);
  return `<b>${view === "cdf" ? "at most" : "longer than"} ${latency(x)}</b><table>${lines.join("")}</table>`;
}

function partAtMost(d: Distribution, x: number): number {
  let low = 0;
  let high = d.value_ms.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (d.value_ms[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : d.fraction[low - 1]!;
}

const decade = (v: number): number => (Number.isFinite(v) ? 10 ** Math.floor(Math.log10(v) + 1e-9) : 0.001);

/** The next of 1, 2, 5 times a power of ten, so that the axis does not end far behind the last value. */
function ceiling(v: number): number {
  const base = decade(v);
  return [1, 2, 5, 10].map((step) => step * base).find((bound) => bound > v * 1.0001) ?? base * 10;
}
