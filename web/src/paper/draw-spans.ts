/** One system, a row for each thing that is changed: a sign for each change, joined, and a line where nothing is. */
import { axis, tooltip } from "../charts/chart";
import type { Option } from "../charts/echarts";
import { colours } from "../theme";
import { ends, floorOf, reach, valueAxis } from "./draw-rows";
import { systemLook } from "./families";
import { spanSign } from "./key";
import { line, sign, whisker, type DrawApi, type Shape } from "./marks";
import type { Picture } from "./pictures";
import { tooltipOf } from "./reading";

export function spansOption(picture: Picture, all: readonly string[], width: number): Option {
  const c = colours();
  const { places, series } = picture;
  const left = Math.min(width * 0.42, 14 + 6.8 * Math.max(...places.map((p) => p.length)));
  const { colour } = systemLook(series[0]!.system, all);
  const at = (place: number) => series.map((s) => s.marks[place]!);
  const values = (place: number) => at(place).flatMap((m) => m.ours ?? []);
  // The first row is what nothing was changed in, if it has one value only.
  const unchanged = values(0).length === 1 ? values(0)[0] : undefined;
  return {
    grid: { left, right: 20, top: 8, bottom: 48 },
    tooltip: {
      ...tooltip(),
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: (found: unknown) => {
        const place = (Array.isArray(found) ? found[0] : found)?.dataIndex as number | undefined;
        return place === undefined ? "" : tooltipOf(picture, place, () => colour);
      },
    },
    xAxis: { ...valueAxis(picture, 28), ...(picture.log ? {} : { scale: true, min: undefined }) },
    yAxis: {
      ...axis(""),
      type: "category",
      inverse: true,
      data: places,
      axisTick: { show: false },
      axisLabel: { color: c.text, interval: 0, width: left - 12, overflow: "truncate" },
    },
    series: [
      {
        type: "custom",
        name: picture.title,
        encode: { x: series.flatMap((_, i) => [1, 2, 3].map((k) => 3 * i + k)), y: 0 },
        data: places.map((_, place) => [place, ...at(place).flatMap((m) => reach(m, picture).slice(0, 3))]),
        renderItem: (item: { dataIndex: number }, api: DrawApi) => {
          const place = item.dataIndex;
          const x = (value: number) => api.coord([value, place])[0];
          const y = api.coord([values(place)[0] ?? 1, place])[1];
          const xs = values(place).map(x);
          const shapes: Shape[] = xs.length > 1 ? [line(Math.min(...xs), y, Math.max(...xs), y, colour, 2)] : [];
          at(place).forEach((mark, i) => {
            const interval = ends(mark, picture, picture.log ? floorOf(picture) : -Infinity);
            if (interval) shapes.push(...whisker([x(interval[0]), y], [x(interval[1]), y]));
            if (mark.ours !== null) shapes.push(sign(spanSign(i), x(mark.ours), y, colour, false));
          });
          return { type: "group", children: shapes };
        },
        ...(unchanged === undefined
          ? {}
          : {
              markLine: {
                silent: true,
                symbol: "none",
                label: { show: false },
                lineStyle: { color: c.line, type: [4, 4], width: 1 },
                data: [{ xAxis: unchanged }],
              },
            }),
      },
    ],
  };
}
