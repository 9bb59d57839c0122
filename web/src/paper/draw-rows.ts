/** A row for each system: bars from zero, or signs on a logarithmic axis, with the figures written at the end. */
import { axis, tooltip } from "../charts/chart";
import type { Option } from "../charts/echarts";
import { figure } from "../format";
import { colours } from "../theme";
import { systemLook } from "./families";
import { bar, line, sign, whisker, type DrawApi, type Shape } from "./marks";
import type { Mark, Picture } from "./pictures";
import { ours, tooltipOf } from "./reading";

type Ends = [number, number] | null;

export const rowHeight = 30;

export function rowsOption(picture: Picture, all: readonly string[], width: number): Option {
  const c = colours();
  const { places, log } = picture;
  const marks = picture.series[0]!.marks;
  const floor = floorOf(picture);
  const paper = marks.some((m) => m.paper !== null);
  const left = Math.min(width * 0.32, 14 + 7.2 * Math.max(...places.map((p) => p.length)));
  // In little room the paper's figures are left to the hollow signs and the table.
  const withPaper = paper && width >= 480;
  const texts = marks.map((m) => written(m, picture.unit, withPaper));
  const right = 14 + 6.2 * Math.max(...texts.map((t) => t.length));
  return {
    grid: { left, right, top: 8, bottom: 48 },
    tooltip: {
      ...tooltip(),
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: (at: unknown) => {
        const place = (Array.isArray(at) ? at[0] : at)?.dataIndex as number | undefined;
        if (place === undefined) return "";
        return tooltipOf(picture, place, (_, m) => systemLook(m.system, all).colour);
      },
    },
    xAxis: valueAxis(picture, 28),
    yAxis: {
      type: "category",
      inverse: true,
      data: places,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: c.line } },
      axisLabel: { color: c.text, interval: 0, width: left - 12, overflow: "truncate" },
    },
    series: [
      {
        type: "custom",
        name: picture.title,
        encode: { x: [1, 2, 3, 4, 5], y: 0 },
        data: marks.map((m, i) => [i, ...reach(m, picture)]),
        renderItem: (at: { dataIndex: number }, api: DrawApi) => {
          const mark = marks[at.dataIndex]!;
          const place = at.dataIndex;
          const x = (value: number) => api.coord([value, place])[0];
          const y = api.coord([mark.ours ?? mark.paper ?? 1, place])[1];
          const interval = ends(mark, picture, floor);
          const shapes = log ? signs(mark, interval, x, y, all) : bars(mark, interval, x, y, all);
          shapes.push({
            type: "text",
            style: {
              text: texts[place],
              x: width - right + 10,
              y,
              fill: c.text,
              fontSize: 11,
              textVerticalAlign: "middle",
            },
          });
          return { type: "group", children: shapes };
        },
      },
    ],
  };
}

function signs(mark: Mark, ends: Ends, x: (value: number) => number, y: number, all: readonly string[]): Shape[] {
  const { colour } = systemLook(mark.system, all);
  const shapes: Shape[] = [];
  const from = mark.ours ?? mark.tail;
  if (mark.tail !== null && from !== null)
    shapes.push(
      line(x(from), y, x(mark.tail), y, colour, 2),
      line(x(mark.tail), y - 5, x(mark.tail), y + 5, colour, 2),
    );
  if (mark.paper !== null && mark.ours !== null)
    shapes.push(line(x(mark.ours), y, x(mark.paper), y, colours().line, 1));
  if (mark.paper !== null) shapes.push(sign("circle", x(mark.paper), y, colour, true, 6));
  if (mark.ours !== null) shapes.push(sign("circle", x(mark.ours), y, colour, false));
  return [...shapes, ...interval(ends, x, y)];
}

function bars(mark: Mark, ends: Ends, x: (value: number) => number, y: number, all: readonly string[]): Shape[] {
  const { colour } = systemLook(mark.system, all);
  const shapes: Shape[] = [];
  const zero = x(0);
  // Ours above, the paper's below; alone either is in the middle.
  const both = mark.paper !== null && mark.ours !== null;
  const high = both ? 10 : 14;
  const at = both ? y - 5.5 : y;
  if (mark.ours !== null) shapes.push(bar(zero, at - high / 2, x(mark.ours) - zero, high, colour, false));
  if (mark.paper !== null)
    shapes.push(bar(zero, both ? y + 0.5 : y - high / 2, x(mark.paper) - zero, high, colour, true));
  if (mark.tail !== null)
    shapes.push(
      line(x(mark.ours ?? 0), at, x(mark.tail), at, colour, 2),
      line(x(mark.tail), at - 5, x(mark.tail), at + 5, colour, 2),
    );
  return [...shapes, ...interval(ends, x, at)];
}

const interval = (ends: Ends, x: (value: number) => number, y: number): Shape[] =>
  ends === null ? [] : whisker([x(ends[0]), y], [x(ends[1]), y]);

function written(mark: Mark, unit: string, withPaper: boolean): string {
  const text = mark.ours === null ? "–" : ours(mark, unit);
  return withPaper && mark.paper !== null ? `${text} (paper ${figure(mark.paper)})` : text;
}

/** All that the axis must reach: ours, its interval, the paper's, the tail. */
export function reach(mark: Mark, picture: Picture): (number | string)[] {
  const interval = ends(mark, picture);
  return [mark.ours, interval?.[0], interval?.[1], mark.paper, mark.tail].map((v) => v ?? "-");
}

/**
 * The ends of the interval as they are drawn; null when there is none. With few replications it may reach below nothing
 * or above all: there it is cut, and at the axis's beginning. In words and in the table it is whole.
 */
export function ends(mark: Mark, picture: Picture, floor = -Infinity): [number, number] | null {
  const [low, high] = mark.ci95;
  if (low === undefined || high === undefined || mark.ours === null) return null;
  const least = Math.max(floor, mark.ours >= 0 ? 0 : -Infinity);
  const most = picture.unit === "%" && mark.ours <= 100 ? 100 : Infinity;
  return [Math.min(most, Math.max(low, least)), Math.min(most, Math.max(high, least))];
}

/** Where the axis of values begins. */
export function floorOf(picture: Picture): number {
  const values = numbersOf(picture);
  return picture.log ? below(Math.min(...values.filter((v) => v > 0))) : Math.min(0, ...values);
}

const numbersOf = (picture: Picture): number[] =>
  [
    ...picture.series.flatMap((s) => s.marks.flatMap((m) => reach(m, picture))),
    ...picture.levels.map((l) => l.value),
  ].filter((v) => typeof v === "number");

/** The axis of values, with plain numbers: powers of ten where it is logarithmic. */
export function valueAxis(picture: Picture, nameGap: number): Option {
  const c = colours();
  const better = picture.better === "" ? "" : `; ${picture.better} is better`;
  const most = Math.max(...numbersOf(picture));
  const bounds = {
    min: floorOf(picture),
    ...(picture.log || picture.levels.some((l) => l.value === most) ? { max: above(most) } : {}),
  };
  return {
    ...axis(`${picture.axis}${picture.log ? " (logarithmic)" : ""}${better}`),
    type: picture.log ? "log" : "value",
    ...bounds,
    nameGap,
    axisLabel: {
      color: c.faint,
      hideOverlap: true,
      formatter: (value: number) => Number(value.toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: 9 }),
    },
  };
}

/** The next of 1, 2, 5 times a power of ten on either side, so that the axis does not end far from the values. */
const below = (v: number): number =>
  steps(v)
    .reverse()
    .find((bound) => bound <= v) ?? v;
const above = (v: number): number => steps(v).find((bound) => bound >= v) ?? v;

function steps(v: number): number[] {
  const base = 10 ** Math.floor(Math.log10(v) + 1e-9);
  return [1, 2, 5, 10].map((step) => Number((step * base).toPrecision(3)));
}
