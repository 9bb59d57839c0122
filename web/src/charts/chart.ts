/** Puts charts on the page: draws them one after another, and again when size or colours change. */
import { el } from "../dom";
import { colours, setPrinting, whenThemeChanges } from "../theme";
import { echarts, type Option } from "./echarts";

export interface ChartSpec {
  /** Unique; tests find the chart by it. */
  name: string;
  title: string;
  /** What the chart shows, in words, for those who cannot see it. */
  description: string;
  /** Said instead of the chart when `option` has nothing to draw. */
  empty: string;
  renderer: "svg" | "canvas";
  height(width: number): number;
  /** What to draw at this width; null when there is no data. */
  option(width: number): Option | null;
  /** Charts of one group zoom together. */
  group?: string;
}

export interface Chart {
  figure: HTMLElement;
  /** Draw again, after something that `option` looks at has changed. */
  redraw(): void;
}

const printWidth = 700;
const charts: { redraw(): void; fit(width?: number): void }[] = [];
const waiting: (() => void)[] = [];

export function chart(spec: ChartSpec): Chart {
  const box = el("div", {
    class: "chart",
    role: "img",
    "aria-label": `${spec.title}. ${spec.description}`,
    "data-chart": spec.name,
  });
  const figure = el("figure", {}, el("figcaption", {}, spec.title), box);
  let instance: ReturnType<typeof echarts.init> | null = null;
  let width = 0;
  let forced: number | undefined;

  const draw = (): void => {
    width = forced ?? box.clientWidth;
    if (width === 0) return;
    instance?.dispose();
    instance = null;
    box.replaceChildren();
    const option = spec.option(width);
    if (option === null) {
      box.style.height = "";
      box.append(el("p", { class: "empty" }, spec.empty));
      box.dataset["drawn"] = "empty";
      return;
    }
    const height = spec.height(width);
    box.style.height = `${height}px`;
    instance = echarts.init(box, null, { renderer: spec.renderer, width, height });
    instance.on("finished", () => {
      box.dataset["drawn"] = "true";
    });
    if (spec.group !== undefined) {
      instance.group = spec.group;
      echarts.connect(spec.group);
    }
    instance.setOption({ ...common(), ...option });
  };
  const entry = {
    redraw: draw,
    fit: (to?: number) => {
      forced = to;
      if ((to ?? box.clientWidth) !== width) draw();
    },
  };
  charts.push(entry);
  later(draw);
  return { figure, redraw: draw };
}

/** Draws one chart per turn of the event loop, so that a report of many charts answers while it draws. */
function later(draw: () => void): void {
  waiting.push(draw);
  if (waiting.length === 1) setTimeout(next);
}

function next(): void {
  waiting[0]?.();
  waiting.shift();
  if (waiting.length > 0) setTimeout(next);
}

function common(): Option {
  const c = colours();
  return {
    animation: false,
    backgroundColor: "transparent",
    textStyle: { color: c.text, fontFamily: "system-ui, sans-serif" },
  };
}

/** A tooltip's looks; charts add when it shows and what it says. */
export function tooltip(): Option {
  const c = colours();
  return {
    backgroundColor: c.raised,
    borderColor: c.line,
    textStyle: { color: c.text, fontSize: 12 },
    confine: true,
    transitionDuration: 0,
    extraCssText: "max-width:90%;white-space:normal",
  };
}

/** A value axis's looks. */
export function axis(name: string): Option {
  const c = colours();
  return {
    name,
    nameLocation: "middle",
    nameTextStyle: { color: c.faint },
    axisLine: { show: true, lineStyle: { color: c.line } },
    axisTick: { show: true, lineStyle: { color: c.line } },
    axisLabel: { color: c.faint, hideOverlap: true },
    splitLine: { show: true, lineStyle: { color: c.grid } },
    minorSplitLine: { show: false },
  };
}

/** A legend that scrolls when it does not fit. */
export function legend(names: unknown[], more: Option = {}): Option {
  const c = colours();
  return {
    type: "scroll",
    data: names,
    textStyle: { color: c.text },
    inactiveColor: c.line,
    pageIconColor: c.text,
    pageIconInactiveColor: c.grid,
    pageTextStyle: { color: c.faint },
    itemHeight: 10,
    ...more,
  };
}

let resizing = 0;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => charts.forEach((c) => c.fit()), 120);
});
addEventListener("beforeprint", () => {
  setPrinting(true);
  charts.forEach((c) => {
    c.fit(printWidth);
    c.redraw();
  });
});
addEventListener("afterprint", () => {
  setPrinting(false);
  charts.forEach((c) => {
    c.fit();
    c.redraw();
  });
});
whenThemeChanges(() => charts.forEach((c) => c.redraw()));
