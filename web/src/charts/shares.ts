/** How the machine was shared out: one stacked bar per scheduler. */
import { shown, type CpuShare, type ReportData, type Vm } from "../data";
import { escapeHtml, howTo, section } from "../dom";
import { interval, withUnit } from "../format";
import { textOn, vmColour } from "../palette";
import { colours } from "../theme";
import { axis, chart, legend, tooltip } from "./chart";
import type { Option } from "./echarts";

type Find = (scheduler: string, vm: string) => CpuShare | undefined;

export function shares(data: ReportData): HTMLElement {
  const drawn = chart({
    name: "cpu-shares",
    title: "Who got the machine",
    description: describe(data),
    empty: "No CPU shares were measured.",
    renderer: "svg",
    height: () => 116 + Math.max(1, data.schedulers.length) * 30,
    option: (width) => option(data, width),
  });
  return section(
    "shares",
    "CPU shares",
    drawn.figure,
    howTo(
      "Each bar is the whole machine; each piece is what one VM got of it, the rest was idle. VMs have the same " +
        "colour here and in the timelines. Point at a bar for figures with 95 % intervals; click a name in the " +
        "legend to hide it.",
    ),
  );
}

function describe(data: ReportData): string {
  return data.schedulers
    .slice(0, 4)
    .map(
      (s) =>
        `${shown(s)}: ` +
        data.cpu_shares
          .filter((share) => share.scheduler === s.name)
          .slice(0, 8)
          .map((share) => `${share.vm} ${withUnit(share.mean, "%")}`)
          .join(", "),
    )
    .join("; ");
}

function option(data: ReportData, width: number): Option | null {
  if (!data.cpu_shares.some((s) => s.mean !== null)) return null;
  const c = colours();
  const shareOf = new Map(data.cpu_shares.map((s) => [`${s.scheduler}\n${s.vm}`, s]));
  const find: Find = (scheduler, vm) => shareOf.get(`${scheduler}\n${vm}`);
  const vms = data.vms.filter((vm) => data.schedulers.some((s) => find(s.name, vm.name)));
  const room = Math.min(width * 0.32, 12 + 7 * Math.max(...data.schedulers.map((s) => shown(s).length)));
  const bar = { type: "bar", stack: "machine", barWidth: 20 };
  const idle = data.schedulers.map((s) =>
    Math.max(0, 100 - vms.reduce((sum, vm) => sum + (find(s.name, vm.name)?.mean ?? 0), 0)),
  );
  return {
    grid: { left: room, right: 24, top: 46, bottom: 50 },
    legend: legend([...vms.map((v) => v.name), "idle"], { top: 4, left: 8, right: 8 }),
    tooltip: {
      ...tooltip(),
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: (at: unknown) => reading(data, at, vms, find, idle),
    },
    xAxis: {
      ...axis("Percent of all pCPU time"),
      type: "value",
      min: 0,
      max: 100,
      nameGap: 30,
      axisLabel: { color: c.faint, formatter: "{value} %" },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: data.schedulers.map(shown),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: c.line } },
      axisLabel: { color: c.text, interval: 0, width: room - 12, overflow: "truncate" },
    },
    series: [
      ...vms.map((vm) => ({ ...bar, ...pieces(data, vm, find, width - room - 24) })),
      { ...bar, name: "idle", color: c.grid, data: idle },
    ],
  };
}

/** One VM's piece of every bar, named where there is room. */
function pieces(data: ReportData, vm: Vm, find: Find, pixels: number): Option {
  const colour = vmColour(data, vm.name);
  return {
    name: vm.name,
    color: colour,
    itemStyle: { borderColor: colours().ground, borderWidth: 0.75 },
    data: data.schedulers.map((s) => find(s.name, vm.name)?.mean ?? 0),
    label: {
      show: true,
      color: textOn(colour),
      fontSize: 11,
      formatter: (p: { value: number }) => {
        const text = `${vm.name} ${p.value.toFixed(1)} %`;
        const room = (p.value / 100) * pixels;
        return room > text.length * 6.5 ? text : room > 40 ? `${p.value.toFixed(1)} %` : "";
      },
    },
  };
}

function reading(data: ReportData, at: unknown, vms: Vm[], find: Find, idle: number[]): string {
  const index = (Array.isArray(at) ? at[0] : at)?.dataIndex as number | undefined;
  const scheduler = index === undefined ? undefined : data.schedulers[index];
  if (!scheduler) return "";
  const row = (colour: string, name: string, text: string) =>
    `<tr><td style="color:${colour}">■</td><td>${escapeHtml(name)}</td>` +
    `<td style="text-align:right;padding-left:12px">${text}</td></tr>`;
  const rows = vms.map((vm) => {
    const share = find(scheduler.name, vm.name);
    const range = share && share.ci95.length === 2 ? ` (${interval(share.ci95)})` : "";
    return row(vmColour(data, vm.name), vm.name, withUnit(share?.mean ?? null, "%") + range);
  });
  rows.push(row(colours().grid, "idle", withUnit(idle[index!], "%")));
  const columns = rows.length > 16 ? "columns:2;column-gap:16px" : "";
  return (
    `<b>${escapeHtml(shown(scheduler))}</b><div style="${columns}">` +
    rows.map((r) => `<table style="break-inside:avoid">${r}</table>`).join("") +
    "</div>"
  );
}
