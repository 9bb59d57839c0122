/** The signs that pictures are drawn with: filled for ours, hollow for the paper's, whiskers for 95 % intervals. */
import { colours } from "../theme";
import type { Sign } from "./families";

/** What ECharts hands to a custom series. */
export interface DrawApi {
  value(dimension: number): number;
  coord(point: [number, number]): [number, number];
  size(extent: [number, number]): [number, number];
}

export type Shape = Record<string, unknown>;

/** A sign; without a fill it is hollow, and what lies behind it is covered. */
export function sign(kind: Sign, x: number, y: number, colour: string, hollow: boolean, size = 5.5): Shape {
  const style = { fill: hollow ? colours().ground : colour, stroke: colour, lineWidth: hollow ? 2 : 0.5 };
  const r = size;
  if (kind === "circle") return { type: "circle", shape: { cx: x, cy: y, r }, style };
  if (kind === "rect")
    return { type: "rect", shape: { x: x - r * 0.9, y: y - r * 0.9, width: r * 1.8, height: r * 1.8 }, style };
  const points =
    kind === "triangle"
      ? [
          [x, y - r * 1.1],
          [x + r * 1.1, y + r * 0.9],
          [x - r * 1.1, y + r * 0.9],
        ]
      : [
          [x, y - r * 1.25],
          [x + r * 1.25, y],
          [x, y + r * 1.25],
          [x - r * 1.25, y],
        ];
  return { type: "polygon", shape: { points }, style };
}

/** A bar; a hollow one has an outline only. One of nothing is a hair's breadth, so that it is seen to be there. */
export function bar(x: number, y: number, width: number, height: number, colour: string, hollow: boolean): Shape {
  return {
    type: "rect",
    // The outline lies within the bar's bounds.
    shape: hollow
      ? { x: x + 0.75, y: y + 0.75, width: Math.max(0.5, width - 1.5), height: Math.max(0.5, height - 1.5) }
      : { x, y: height < 1 ? y - 1 : y, width: Math.max(1, width), height: Math.max(1, height) },
    style: hollow ? { fill: colours().ground, stroke: colour, lineWidth: 1.5 } : { fill: colour },
  };
}

export function line(x1: number, y1: number, x2: number, y2: number, colour: string, width = 1.5): Shape {
  return { type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: colour, lineWidth: width } };
}

/** An interval with its ends, along a row or upright; nothing where it is too small to see. */
export function whisker(from: [number, number], to: [number, number]): Shape[] {
  const c = colours().text;
  const along = Math.abs(to[0] - from[0]) > Math.abs(to[1] - from[1]);
  if (Math.hypot(to[0] - from[0], to[1] - from[1]) < 1.5) return [];
  const end = ([x, y]: [number, number]) => (along ? line(x, y - 4, x, y + 4, c) : line(x - 4, y, x + 4, y, c));
  return [line(...from, ...to, c), end(from), end(to)];
}
