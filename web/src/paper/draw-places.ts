/** Places on a horizontal axis: columns side by side at each, or lines from one to the next. */
import { axis, tooltip } from "../charts/chart";
import type { Option } from "../charts/echarts";
import { figure, withUnit } from "../format";
import { textOn } from "../palette";
import { colours } from "../theme";
import { ends, floorOf, reach, valueAxis } from "./draw-rows";
import { familyColour, familyOf, shade, systemLook, type SystemLook } from "./families";
import { bar, sign, whisker, type DrawApi, type Shape } from "./marks";
import type { Mark, Picture, Series } from "./pictures";
import { tooltipOf } from "./reading";

type Look = Omit<SystemLook, "family">;

/** How a series is drawn: as its system; if all are of one system, in shades of its colour. */
export function seriesLook(picture: Picture, index: number, all: readonly string[]): Look {
  const series = picture.series[index]!;
  const alone = picture.series.length > 1 && picture.series.every((s) => s.system === series.system);
  return alone ? shade(familyColour(familyOf(series.system)), index) : systemLook(series.system, all);
}

export function placesOption(picture: Picture, all: readonly string[], width: number): Option {
  const c = colours();
  const lines = picture.kind === "lines";
  const named = lines && width >= 560;
  const looks = picture.series.map((_, i) => seriesLook(picture, i, all));
  const names = Math.max(...picture.series.map((s) => s.name.length));
  const longest = Math.max(...picture.places.map((p) => p.length));
  const slanted = 6.6 * longest > (width - 90) / picture.places.length;
  return {
    grid: {
      left: 64,
      right: named || picture.levels.length > 0 ? Math.max(24, 14 + 6.6 * names) : 16,
      top: 14,
      bottom: (picture.xTitle === "" ? 30 : 50) + (slanted ? 4.2 * longest : 0),
    },
    tooltip: {
      ...tooltip(),
      trigger: "axis",
      axisPointer: { type: lines ? "line" : "shadow" },
      formatter: (at: unknown) => {
        const place = (Array.isArray(at) ? at[0] : at)?.dataIndex as number | undefined;
        if (place === undefined) return "";
        return tooltipOf(picture, place, (i, m) => colourOf(picture, i, m, all));
      },
    },
    xAxis: {
      ...axis(picture.xTitle),
      type: "category",
      data: picture.places,
      boundaryGap: !lines,
      nameGap: 28,
      splitLine: { show: !lines, lineStyle: { color: c.grid } },
      axisTick: { show: lines },
      axisLabel: { color: c.text, interval: 0, ...(slanted ? { rotate: 40 } : {}) },
    },
    yAxis: valueAxis(picture, 46),
    series: [
      ...(lines
        ? picture.series.flatMap((s, i) => curve(picture, s, looks[i]!, named))
        : picture.series.map((s, i) => columns(picture, s, i, all, width))),
      ...levels(picture, all),
    ],
  };
}

const colourOf = (picture: Picture, index: number, mark: Mark, all: readonly string[]): string =>
  picture.series[index]!.system === "" ? systemLook(mark.system, all).colour : seriesLook(picture, index, all).colour;

/** A line through ours, one with hollow signs through the paper's, and the intervals. */
function curve(picture: Picture, series: Series, look: Look, named: boolean): Option[] {
  const c = colours();
  const one = (name: string, values: Mark["ours"][], hollow: boolean): Option => ({
    type: "line",
    name,
    data: values.map((v) => v ?? "-"),
    symbol: look.sign,
    symbolSize: look.sign === "diamond" || look.sign === "triangle" ? 12 : 10,
    color: look.colour,
    itemStyle: hollow
      ? { color: c.ground, borderColor: look.colour, borderWidth: 2 }
      : { color: look.colour, borderWidth: 0 },
    lineStyle: { width: hollow ? 1 : 2, type: look.dash },
    z: hollow ? 3 : 4,
    endLabel: {
      show: named,
      formatter: hollow ? `${series.name}, paper` : series.name,
      // Pale shades are good for lines, not for letters.
      color: c.text,
      lineHeight: 15,
      distance: 8,
    },
    labelLayout: { moveOverlap: "shiftY" },
  });
  const paper = series.marks.some((m) => m.paper !== null);
  return [
    ...(paper
      ? [
          one(
            `${series.name} (paper)`,
            series.marks.map((m) => m.paper),
            true,
          ),
        ]
      : []),
    one(
      series.name,
      series.marks.map((m) => m.ours),
      false,
    ),
    {
      type: "custom",
      name: series.name,
      silent: true,
      z: 5,
      encode: { x: 0, y: [1, 2, 3] },
      data: series.marks.map((m, i) => [i, ...reach(m, picture).slice(0, 3)]),
      renderItem: (at: { dataIndex: number }, api: DrawApi) => {
        const place = at.dataIndex;
        const found = ends(series.marks[place]!, picture, floorOf(picture));
        if (found === null) return null;
        return { type: "group", children: whisker(api.coord([place, found[0]]), api.coord([place, found[1]])) };
      },
    },
  ];
}

/** The columns of one series: solid for ours, hollow for the paper's, beside each other. */
function columns(picture: Picture, series: Series, index: number, all: readonly string[], width: number): Option {
  const slots = picture.series.map((s) => (s.marks.some((m) => m.paper !== null) ? 2 : 1));
  const total = slots.reduce((a, b) => a + b, 0);
  const before = slots.slice(0, index).reduce((a, b) => a + b, 0);
  const room = (((width - 80) / picture.places.length) * 0.86) / total;
  return {
    type: "custom",
    name: series.name,
    encode: { x: 0, y: [1, 2, 3, 4] },
    data: series.marks.map((m, i) => [i, ...reach(m, picture).slice(0, 4)]),
    renderItem: (at: { dataIndex: number }, api: DrawApi) => {
      const place = at.dataIndex;
      const mark = series.marks[place]!;
      const band = api.size([1, 0])[0] * 0.86;
      const slot = band / total;
      const middle = (k: number) =>
        api.coord([place, mark.ours ?? mark.paper ?? 1])[0] - band / 2 + slot * (before + k + 0.5);
      const y = (value: number) => api.coord([place, value])[1];
      const look = { ...seriesLook(picture, index, all), colour: colourOf(picture, index, mark, all) };
      const shapes: Shape[] = [];
      const draw = (value: number | null, k: number, hollow: boolean) => {
        if (value === null) return;
        const thick = Math.max(2, Math.min(slot - (slot > 8 ? 2 : 1), 34));
        if (picture.log)
          shapes.push(sign(look.sign, middle(k), y(value), look.colour, hollow, Math.min(5.5, slot / 2.2)));
        else shapes.push(bar(middle(k) - thick / 2, y(value), thick, y(0) - y(value), look.colour, hollow));
      };
      draw(mark.paper, 1, true);
      draw(mark.ours, 0, false);
      const interval = ends(mark, picture, floorOf(picture));
      if (interval) shapes.push(...whisker([middle(0), y(interval[0])], [middle(0), y(interval[1])]));
      // A column without a legend has its name at its foot.
      if (series.system === "" && !picture.log && slot > 11 && mark.ours !== null)
        shapes.push({
          type: "text",
          style: {
            text: series.name.replace(/^\D+/, ""),
            x: middle(0),
            y: y(0) - 4,
            fill: textOn(look.colour),
            fontSize: 10,
            textAlign: "center",
            textVerticalAlign: "bottom",
          },
        });
      if (!picture.log && room >= 30 && mark.ours !== null)
        shapes.push({
          type: "text",
          style: {
            text: figure(mark.ours),
            x: middle(0),
            y: y(Math.max(mark.ours, interval?.[1] ?? 0)) - 4,
            fill: colours().text,
            fontSize: 10,
            textAlign: "center",
            textVerticalAlign: "bottom",
          },
        });
      return { type: "group", children: shapes };
    },
  };
}

/** What the paper says of a system over all places: a dashed line across, in the system's colour. */
function levels(picture: Picture, all: readonly string[]): Option[] {
  if (picture.levels.length === 0) return [];
  return [
    {
      type: "line",
      name: "the paper",
      data: [],
      silent: true,
      markLine: {
        silent: true,
        symbol: "none",
        data: picture.levels.map(({ system, value }) => ({
          yAxis: value,
          lineStyle: { color: systemLook(system, all).colour, type: [6, 4], width: 1.5 },
          label: {
            position: "end",
            color: systemLook(system, all).colour,
            lineHeight: 14,
            formatter: `${system}, paper:\n${withUnit(value, picture.unit)}`,
          },
        })),
      },
    },
  ];
}
