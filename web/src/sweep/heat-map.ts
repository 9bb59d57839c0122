/** One figure over two of the things that vary, as colours. */
import { axis, chart, tooltip } from "../charts/chart";
import type { Option } from "../charts/echarts";
import { choice, el, escapeHtml, howTo, section } from "../dom";
import { figure, withUnit } from "../format";
import { textOn } from "../palette";
import { colours } from "../theme";
import { loadsOf, settingOf, type Row, type SweepData } from "./data";

/** Something that varies: what it is called, its values in order, and that of a row (empty where it has none). */
interface Dimension {
  name: string;
  values: string[];
  of(row: Row): string;
}

interface Cell {
  x: number;
  y: number;
  mean: number;
  rows: number;
}

/** From little to much, readable on both grounds and without colour (after Paul Tol's "iridescent"). */
const scale = ["#fefbe9", "#ddecbf", "#a8d8dc", "#81b2d9", "#7e8bc3", "#805f99", "#542a5a"];
const rowHeight = 30;
const allLoads = "all loads";

export function heatMap(data: SweepData): HTMLElement {
  const all = dimensions(data);
  const loads = data.axes.filter((a) => !a.setting).map((a) => a.name);
  let y = all.find((d) => !loads.includes(d.name) && d.name !== allLoads) ?? all[0];
  let x = all.find((d) => d.name === allLoads || loads.includes(d.name)) ?? all.find((d) => d !== y) ?? all[0];
  let goal = 0;
  if (!x || !y)
    return section("heat-map", "Heat map", el("p", { class: "empty" }, "Nothing varies: there is nothing to map."));
  const drawn = chart({
    name: "heat-map",
    title: "What the values do",
    description: `The mean of ${data.goals.map((g) => g.name).join(", ")} over the values of two axes.`,
    empty: "No combination has a value on both axes and a figure.",
    renderer: "svg",
    height: () => 120 + rowHeight * used(data, y!, goal, x!).length,
    option: (width) => option(data, x!, y!, goal, width),
  });
  const pick = (id: string, label: string, chosen: Dimension, take: (d: Dimension) => void) => [
    el("label", { for: id }, label),
    el(
      "select",
      {
        id,
        onchange: (event) => {
          take(all.find((d) => d.name === (event.currentTarget as HTMLSelectElement).value)!);
          drawn.redraw();
        },
      },
      all.map((d) => el("option", { value: d.name, selected: d === chosen }, d.name)),
    ),
  ];
  return section(
    "heat-map",
    "Heat map",
    el(
      "div",
      { class: "controls" },
      choice(
        "Show",
        data.goals.map((g) => ({ value: g.name, text: g.name })),
        data.goals[0]!.name,
        (name) => {
          goal = data.goals.findIndex((g) => g.name === name);
          drawn.redraw();
        },
      ),
      pick("heat-x", "Across", x, (d) => (x = d)),
      pick("heat-y", "Down", y, (d) => (y = d)),
    ),
    drawn.figure,
    howTo(
      "Each field is the mean over all combinations with these two values; whatever else varies is averaged. A darker " +
        "field has a greater figure: for latency light is better, for throughput and fairness dark is.",
    ),
  );
}

/** Whatever has two values or more; the settings taken together, and the loads, where there are several. */
function dimensions(data: SweepData): Dimension[] {
  const settings = [...new Set(data.rows.map((r) => settingOf(data, r)))];
  const found: Dimension[] = [];
  if (data.axes.some((a) => a.setting))
    found.push({ name: "scheduler and settings", values: settings, of: (row) => settingOf(data, row) });
  found.push({ name: "scheduler", values: data.schedulers, of: (row) => row.scheduler });
  if (data.axes.filter((a) => !a.setting).length > 1)
    found.push({ name: allLoads, values: loadsOf(data), of: (row) => row.load });
  data.axes.forEach((a, i) => found.push({ name: a.name, values: a.values, of: (row) => row.values[i]! }));
  return found.filter((d) => d.values.length > 1);
}

function cells(data: SweepData, x: Dimension, y: Dimension, goal: number): Cell[] {
  const sums = new Map<string, Cell>();
  for (const row of data.rows) {
    const [i, j] = [x.values.indexOf(x.of(row)), y.values.indexOf(y.of(row))];
    const mean = row.figures[goal]!.mean;
    if (i < 0 || j < 0 || mean === null) continue;
    const key = `${i} ${j}`;
    const cell = sums.get(key) ?? { x: i, y: j, mean: 0, rows: 0 };
    cell.mean = (cell.mean * cell.rows + mean) / (cell.rows + 1);
    cell.rows++;
    sums.set(key, cell);
  }
  return [...sums.values()];
}

/** The values of a dimension that have a field. */
function used(data: SweepData, y: Dimension, goal: number, x: Dimension): number[] {
  return [...new Set(cells(data, x, y, goal).map((c) => c.y))].sort((a, b) => a - b);
}

function option(data: SweepData, x: Dimension, y: Dimension, goal: number, width: number): Option | null {
  const found = cells(data, x, y, goal);
  if (found.length === 0) return null;
  const c = colours();
  const rows = used(data, y, goal, x);
  const columns = [...new Set(found.map((f) => f.x))].sort((a, b) => a - b);
  const means = found.map((f) => f.mean);
  const [least, most] = [Math.min(...means), Math.max(...means)];
  // Latencies differ by powers of ten: their colours go by ratio.
  const byRatio = least > 0 && most / least > 20;
  const height = (mean: number) =>
    most === least ? 0.5 : byRatio ? Math.log(mean / least) / Math.log(most / least) : (mean - least) / (most - least);
  const room = Math.min(width * 0.4, 28 + 7 * Math.max(...rows.map((r) => y.values[r]!.length)));
  const field = (width - room - 24) / columns.length;
  const category = (name: string, values: string[]): Option => ({
    ...axis(name),
    type: "category",
    data: values,
    splitLine: { show: false },
    axisTick: { show: false },
  });
  return {
    grid: { left: room, right: 24, top: 16, bottom: 64 },
    tooltip: {
      ...tooltip(),
      trigger: "item",
      formatter: (at: { dataIndex: number }) => reading(data, x, y, goal, found[at.dataIndex]),
    },
    xAxis: {
      ...category(
        x.name,
        columns.map((i) => x.values[i]!),
      ),
      nameGap: 36,
      axisLabel: { color: c.text, interval: 0, hideOverlap: true, width: field - 4, overflow: "truncate" },
    },
    yAxis: {
      ...category(
        "",
        rows.map((j) => y.values[j]!),
      ),
      inverse: true,
      axisLabel: { color: c.text, interval: 0, width: room - 12, overflow: "truncate" },
    },
    series: [
      {
        type: "heatmap",
        data: found.map((f) => {
          const colour = shade(height(f.mean));
          return {
            value: [columns.indexOf(f.x), rows.indexOf(f.y), f.mean],
            itemStyle: { color: colour, borderColor: c.ground, borderWidth: 1 },
            label: { show: field > 44, color: textOn(colour), formatter: figure(f.mean) },
          };
        }),
      },
    ],
  };
}

function reading(data: SweepData, x: Dimension, y: Dimension, goal: number, cell: Cell | undefined): string {
  if (!cell) return "";
  const { name, unit } = data.goals[goal]!;
  const over = cell.rows > 1 ? ` (mean over ${cell.rows} combinations)` : "";
  return (
    `<b>${escapeHtml(y.values[cell.y]!)}</b><br>${escapeHtml(`${x.name}: ${x.values[cell.x]}`)}<br>` +
    `${escapeHtml(name)} ${withUnit(cell.mean, unit)}${over}`
  );
}

/** The colour of a height from 0 to 1, between two neighbours of the scale. */
function shade(height: number): string {
  const at = Math.min(Math.max(height, 0), 1) * (scale.length - 1);
  const i = Math.min(Math.floor(at), scale.length - 2);
  const channel = (colour: string, k: number) => parseInt(colour.slice(1 + 2 * k, 3 + 2 * k), 16);
  const mixed = [0, 1, 2].map((k) => {
    const [from, to] = [channel(scale[i]!, k), channel(scale[i + 1]!, k)];
    return Math.round(from + (to - from) * (at - i));
  });
  return "#" + mixed.map((v) => v.toString(16).padStart(2, "0")).join("");
}
