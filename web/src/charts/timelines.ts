/** What ran where: a Gantt chart per scheduler, one row a pCPU, zoomed together. */
import { shown, vmOf, type ReportData, type Timeline, type TimelineInstant, type TimelineRun } from "../data";
import { el, escapeHtml, howTo, section } from "../dom";
import { figure, latency } from "../format";
import { textOn, vmColour } from "../palette";
import { colours } from "../theme";
import { axis, chart, legend, tooltip } from "./chart";
import { echarts, type Option } from "./echarts";

const rowHeight = 32;
const mostRows = 32;
const marks: Record<string, { symbol: string; what: string }> = {
  wake: { symbol: "path://M0,0H10L5,9Z", what: "a vCPU became runnable (triangle pointing down)" },
  boost: { symbol: "path://M0,9H10L5,0Z", what: "a vCPU was given priority because it woke (triangle pointing up)" },
  steal: { symbol: "diamond", what: "an idle pCPU took a vCPU from another's queue (diamond)" },
  migrate: { symbol: "circle", what: "a vCPU runs on another pCPU than its last (disc)" },
  preempt: { symbol: "rect", what: "a running vCPU gave way before its slice ended (square)" },
};

export function timelines(data: ReportData): HTMLElement {
  const vms = data.vms
    .map((vm) => vm.name)
    .filter((name) => data.timelines.some((t) => t.runs.some((r) => vmOf(r.vcpu) === name)));
  const charts = data.schedulers.map((scheduler) => {
    const timeline = data.timelines.find((t) => t.scheduler === scheduler.name);
    return chart({
      name: `timeline:${scheduler.name}`,
      title: shown(scheduler),
      description: timeline
        ? `What ran on ${timeline.pcpus} pCPUs during ${latency((timeline.end_us - timeline.start_us) / 1000)}.`
        : "",
      empty: `No timeline was recorded under ${shown(scheduler)}.`,
      renderer: "canvas",
      height: () => (timeline ? 124 + Math.min(mostRows, rowsOf(timeline).length) * rowHeight : 60),
      option: () => (timeline && timeline.runs.length + timeline.instants.length > 0 ? option(data, timeline) : null),
      zoomsTogether: true,
    });
  });
  return section(
    "timelines",
    "Timeline excerpts",
    vms.length === 0
      ? null
      : el(
          "ul",
          { class: "key", "aria-label": "Colours of the VMs" },
          vms.map((vm) => {
            const swatch = el("span", { class: "swatch" });
            swatch.dataset["vm"] = vm;
            return el("li", {}, swatch, vm);
          }),
        ),
    charts.map((c) => c.figure),
    howTo(
      "Each row is a pCPU, each block a vCPU that ran there without a break; white space is idle time. Look for how " +
        "long a latency-sensitive VM's wake-up stands before its block begins.",
      "Drag the bar below a chart to zoom and move, or hold Ctrl and turn the wheel over it; all charts follow. " +
        "Click a mark's name to hide or show it.",
      "Marks: " +
        Object.entries(marks)
          .map(([kind, mark]) => `${kind}: ${mark.what}`)
          .join("; ") +
        ".",
      "An excerpt is a short window of one run: it explains, it proves nothing. The figures above are over all runs.",
    ),
  );
}

/** Colours the swatches of the section's key; again whenever the theme changes. */
export function colourKey(data: ReportData): void {
  for (const swatch of document.querySelectorAll<HTMLElement>(".swatch[data-vm]"))
    swatch.style.backgroundColor = vmColour(data, swatch.dataset["vm"]!);
}

function rowsOf(timeline: Timeline): string[] {
  const rows = Array.from({ length: timeline.pcpus }, (_, p) => `p${p}`);
  if (timeline.instants.some((i) => i.pcpu < 0)) rows.push("none");
  return rows;
}

function option(data: ReportData, timeline: Timeline): Option {
  const c = colours();
  const rows = rowsOf(timeline);
  const origin = timeline.start_us;
  const kinds = [...new Set(timeline.instants.map((i) => i.kind))].sort();
  const row = (pcpu: number) => (pcpu < 0 ? rows.length - 1 : pcpu);
  const long = rows.length > mostRows;
  return {
    grid: { left: 48, right: long ? 44 : 16, top: kinds.length > 0 ? 34 : 10, bottom: 80 },
    legend: legend(kinds, { top: 4, left: 40, right: 16, itemWidth: 10 }),
    tooltip: { ...tooltip(), trigger: "item" },
    dataZoom: [
      {
        type: "slider",
        xAxisIndex: 0,
        bottom: 8,
        height: 18,
        filterMode: "weakFilter",
        borderColor: c.grid,
        labelFormatter: (ms: number) => latency(ms),
        textStyle: { color: c.faint },
        showDataShadow: false,
      },
      {
        type: "inside",
        xAxisIndex: 0,
        filterMode: "weakFilter",
        zoomOnMouseWheel: "ctrl",
        moveOnMouseMove: true,
        moveOnMouseWheel: false,
        preventDefaultMouseMove: false,
      },
      ...(long
        ? [
            {
              type: "slider",
              yAxisIndex: 0,
              right: 4,
              width: 18,
              startValue: 0,
              endValue: mostRows - 1,
              filterMode: "weakFilter",
              textStyle: { color: c.faint },
            },
          ]
        : []),
    ],
    xAxis: {
      ...axis(`ms after ${latency(origin / 1000)} of the run`),
      type: "value",
      nameGap: 26,
      min: 0,
      max: (timeline.end_us - origin) / 1000,
      axisLabel: { color: c.faint, formatter: (v: number) => String(Number(v.toFixed(3))), hideOverlap: true },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: rows,
      axisTick: { show: false },
      splitArea: { show: false },
      splitLine: { show: true, interval: 0, lineStyle: { color: c.grid } },
      axisLine: { lineStyle: { color: c.line } },
      axisLabel: { color: c.text, interval: long ? "auto" : 0 },
    },
    series: [blocks(data, timeline), ...kinds.map((kind) => instants(timeline, kind, row))],
  };
}

function blocks(data: ReportData, timeline: Timeline): Option {
  const origin = timeline.start_us;
  const c = colours();
  return {
    type: "custom",
    name: "runs",
    encode: { x: [1, 2], y: 0 },
    clip: true,
    data: timeline.runs.map((r) => [r.pcpu, (r.start_us - origin) / 1000, (r.end_us - origin) / 1000]),
    tooltip: { formatter: (p: { dataIndex: number }) => runText(timeline.runs[p.dataIndex]!, origin) },
    renderItem: (
      params: { dataIndex: number; coordSys: unknown },
      api: {
        value(d: number): number;
        coord(p: [number, number]): [number, number];
        size(p: [number, number]): [number, number];
      },
    ) => {
      const run = timeline.runs[params.dataIndex]!;
      const from = api.coord([api.value(1), api.value(0)]);
      const to = api.coord([api.value(2), api.value(0)]);
      const height = api.size([0, 1])[1] * 0.6;
      const area = params.coordSys as { x: number; y: number; width: number; height: number };
      const shape = echarts.graphic.clipRectByRect(
        { x: from[0], y: from[1] - height / 2 + 4, width: Math.max(1, to[0] - from[0]), height },
        area,
      );
      if (!shape) return null;
      const fill = vmColour(data, vmOf(run.vcpu));
      const room = shape.width - 6;
      return {
        type: "rect",
        shape,
        style: { fill, stroke: shape.width > 4 ? c.ground : undefined, lineWidth: 0.5 },
        textConfig: { position: "inside" },
        // An empty text, not none: while zooming, a block that is left without would keep the text it had.
        textContent: {
          style: { text: room > run.vcpu.length * 6.5 ? run.vcpu : "", fill: textOn(fill), fontSize: 11 },
        },
      };
    },
  };
}

function instants(timeline: Timeline, kind: string, row: (pcpu: number) => number): Option {
  const origin = timeline.start_us;
  const found: TimelineInstant[] = timeline.instants.filter((i) => i.kind === kind);
  return {
    type: "scatter",
    name: kind,
    z: 5,
    symbol: marks[kind]?.symbol ?? "circle",
    symbolSize: kind === "migrate" || kind === "preempt" ? 8 : 10,
    symbolOffset: [0, -rowHeight * 0.26],
    color: colours().text,
    itemStyle: { color: colours().text, borderColor: colours().ground, borderWidth: 1 },
    data: found.map((i) => [(i.t_us - origin) / 1000, row(i.pcpu)]),
    tooltip: {
      formatter: (p: { dataIndex: number }) => {
        const i = found[p.dataIndex]!;
        return (
          `<b>${escapeHtml(kind)}</b> ${escapeHtml(i.vcpu)}${i.pcpu >= 0 ? ` on p${i.pcpu}` : ""}<br>` +
          `at ${figure((i.t_us - origin) / 1000)} ms`
        );
      },
    },
  };
}

function runText(run: TimelineRun, origin: number): string {
  const at = (us: number) => `${Number(((us - origin) / 1000).toFixed(3))} ms`;
  return (
    `<b>${escapeHtml(run.vcpu)}</b> on p${run.pcpu}<br>ran ${latency((run.end_us - run.start_us) / 1000)}<br>` +
    `${at(run.start_us)} to ${at(run.end_us)}`
  );
}
