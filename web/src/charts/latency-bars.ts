/** Mean latency with its 95 % interval, the 99th percentile beside it: one chart per VM, one row a scheduler. */
import {
  latencyMeasure,
  latencyNames,
  latencyVms,
  shown,
  type LatencyKind,
  type Measure,
  type ReportData,
} from "../data";
import { choice, el, escapeHtml, howTo, section } from "../dom";
import { figure, halfWidth, interval, latencyMark, ratio, withUnit } from "../format";
import { faded, schedulerLook } from "../palette";
import { colours } from "../theme";
import { axis, chart, tooltip } from "./chart";
import type { Option } from "./echarts";
import { kindChoice, kindsWith, latencyCharts } from "./latency-kind";

type Scale = "linear" | "log";
interface Row {
  index: number;
  name: string;
  measure: Measure;
}
interface DrawApi {
  value(dimension: number): number;
  coord(point: [number, number]): [number, number];
}

export function latencyBars(data: ReportData): HTMLElement {
  const vms = latencyVms(data);
  const kinds = kindsWith((kind) =>
    vms.some((vm) => data.schedulers.some((s) => latencyMeasure(s, vm.name, kind) !== undefined)),
  );
  let kind: LatencyKind = kinds[0] ?? "rtt";
  let scale: Scale = "linear";
  const charts = vms.map((vm) =>
    chart({
      name: `latency:${vm.name}`,
      title: vm.name,
      description: describe(rowsOf(data, vm.name, kind)),
      empty: `No latency of ${vm.name} was measured.`,
      renderer: "svg",
      height: () => 84 + Math.max(2, rowsOf(data, vm.name, kind).length) * 38,
      option: (width) => option(rowsOf(data, vm.name, kind), kind, scale, width),
    }),
  );
  const redraw = () => charts.forEach((c) => c.redraw());
  return section(
    "latency",
    "Mean and 99th percentile",
    el(
      "div",
      { class: "controls" },
      kindChoice(kinds, (k) => {
        kind = k;
        redraw();
      }),
      choice(
        "Scale",
        [
          { value: "linear", text: "Linear" },
          { value: "log", text: "Logarithmic" },
        ],
        scale,
        (s) => {
          scale = s as Scale;
          redraw();
        },
      ),
    ),
    latencyCharts(charts),
    howTo(
      "The solid bar is the mean, the whisker its 95 % confidence interval: were the experiment repeated, such " +
        "intervals would hold the true mean in 95 of 100 cases. Where two whiskers overlap, do not call one scheduler faster.",
      "The pale bar is the 99th percentile: one in a hundred took longer. Shorter bars are better.",
      "On the logarithmic scale bars would have no honest beginning: dots are drawn instead, filled for the mean, " +
        "hollow for the 99th percentile.",
    ),
  );
}

function rowsOf(data: ReportData, vm: string, kind: LatencyKind): Row[] {
  return data.schedulers.flatMap((s, index) => {
    const measure = latencyMeasure(s, vm, kind);
    return measure && measure.mean !== null ? [{ index, name: shown(s), measure }] : [];
  });
}

function describe(rows: Row[]): string {
  return (
    rows
      .slice(0, 8)
      .map(
        (r) =>
          `${r.name}: mean ${withUnit(r.measure.mean, r.measure.unit)}, ` +
          `99th percentile ${withUnit(r.measure.p99, r.measure.unit)}`,
      )
      .join("; ") + (rows.length > 8 ? `; and ${rows.length - 8} more, see the tables` : "")
  );
}

function option(rows: Row[], kind: LatencyKind, scale: Scale, width: number): Option | null {
  if (rows.length === 0) return null;
  const c = colours();
  const log = scale === "log";
  const positive = rows
    .flatMap((r) => [r.measure.mean, r.measure.p99, ...r.measure.ci95])
    .filter((v): v is number => v !== null && v > 0);
  if (log && positive.length === 0) return null;
  const floor = 10 ** Math.floor(Math.log10(Math.min(...positive)));
  const room = Math.min(width * 0.32, 12 + 7 * Math.max(...rows.map((r) => r.name.length)));
  return {
    grid: { left: room, right: log ? 30 : 110, top: 10, bottom: 62 },
    tooltip: {
      ...tooltip(),
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: (at: unknown) => reading(at, rows),
    },
    legend: { show: false },
    xAxis: {
      ...axis(`${latencyNames[kind].name}, ms${log ? " (logarithmic)" : ""}`),
      type: log ? "log" : "value",
      nameGap: 30,
      ...(log ? { min: floor, axisLabel: { color: c.faint, formatter: latencyMark, hideOverlap: true } } : { min: 0 }),
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: rows.map((r) => r.name),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: c.line } },
      axisLabel: { color: c.text, interval: 0, width: room - 12, overflow: "truncate" },
    },
    series: log ? [...dots(rows, floor), whiskers(rows, floor)] : [...bars(rows), whiskers(rows, 0)],
  };
}

function bars(rows: Row[]): Option[] {
  const c = colours();
  return [
    {
      type: "bar",
      name: "mean",
      barWidth: 13,
      barGap: "15%",
      data: rows.map((r) => ({ value: r.measure.mean, itemStyle: { color: schedulerLook(r.index).colour } })),
      label: {
        show: true,
        position: "insideLeft",
        distance: 0,
        color: "transparent",
        formatter: "",
      },
    },
    {
      type: "bar",
      name: "p99",
      barWidth: 9,
      data: rows.map((r) => ({
        value: r.measure.p99,
        itemStyle: { color: faded(schedulerLook(r.index).colour, 0.32), borderColor: schedulerLook(r.index).colour },
      })),
      label: {
        show: true,
        position: "right",
        color: c.faint,
        fontSize: 11,
        formatter: (p: { dataIndex: number }) => `p99 ${withUnit(rows[p.dataIndex]?.measure.p99, "ms")}`,
      },
    },
  ];
}

function dots(rows: Row[], floor: number): Option[] {
  const at = (value: number | null, row: number) => [Math.max(value ?? NaN, floor), row];
  return [
    {
      type: "scatter",
      name: "mean",
      symbolSize: 11,
      z: 4,
      itemStyle: { opacity: 1 },
      data: rows.map((r, row) => ({
        value: at(r.measure.mean, row),
        itemStyle: { color: schedulerLook(r.index).colour },
      })),
    },
    {
      type: "scatter",
      name: "p99",
      symbolSize: 11,
      data: rows.flatMap((r, row) =>
        r.measure.p99 === null
          ? []
          : [
              {
                value: at(r.measure.p99, row),
                itemStyle: { color: "transparent", borderColor: schedulerLook(r.index).colour, borderWidth: 2 },
              },
            ],
      ),
    },
  ];
}

/** The interval of the mean, with the mean written behind it. On bars it stands at the height of the mean's bar. */
function whiskers(rows: Row[], floor: number): Option {
  const c = colours();
  const offset = floor > 0 ? 0 : -5;
  return {
    type: "custom",
    name: "interval",
    z: 5,
    silent: true,
    encode: { x: [1, 2, 3], y: 0 },
    data: rows.map((r, row) => {
      const [low, high] = r.measure.ci95;
      return [row, r.measure.mean, low ?? r.measure.mean, high ?? r.measure.mean];
    }),
    renderItem: (_: unknown, api: DrawApi) => {
      const row = api.value(0);
      const [low, high] = [2, 3].map((d) => api.coord([Math.max(api.value(d), floor), row]));
      const y = low![1] + offset;
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: "line",
        shape: { x1, y1, x2, y2 },
        style: { stroke: c.text, lineWidth: 1.5 },
      });
      const text = `${figure(rows[row]!.measure.mean)} ms`;
      const children: unknown[] =
        high![0] - low![0] < 0.5
          ? []
          : [
              line(low![0], y, high![0], y),
              line(low![0], y - 4, low![0], y + 4),
              line(high![0], y - 4, high![0], y + 4),
            ];
      if (floor === 0)
        children.push({
          type: "text",
          style: { text, x: high![0] + 7, y, fill: c.text, fontSize: 11, fontWeight: 600, textVerticalAlign: "middle" },
        });
      return { type: "group", children };
    },
  };
}

function reading(at: unknown, rows: Row[]): string {
  const index = (Array.isArray(at) ? at[0] : at)?.dataIndex as number | undefined;
  const row = index === undefined ? undefined : rows[index];
  if (!row) return "";
  const m = row.measure;
  const half = halfWidth(m.mean, m.ci95);
  const line = (name: string, text: string) =>
    `<tr><td>${name}</td><td style="text-align:right;padding-left:12px">${text}</td></tr>`;
  return (
    `<b>${escapeHtml(row.name)}</b><table>` +
    line("mean", withUnit(m.mean, m.unit) + (half ? ` ± ${half}` : "")) +
    (m.ci95.length === 2 ? line("95 % interval", interval(m.ci95)) : "") +
    (m.vs_first ? line("to the first", ratio(m.vs_first)) : "") +
    line("median", withUnit(m.p50, m.unit)) +
    line("90th percentile", withUnit(m.p90, m.unit)) +
    line("99th percentile", withUnit(m.p99, m.unit)) +
    line("greatest", withUnit(m.max, m.unit)) +
    line("values", m.n.toLocaleString("en-US")) +
    "</table>"
  );
}
