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
  /** Does a zoom along the time axis zoom all such charts? */
  zoomsTogether?: boolean;
}

export interface Chart {
  figure: HTMLElement;
  /** Draw again, after something that `option` looks at has changed. */
  redraw(): void;
}

type Instance = ReturnType<typeof echarts.init>;

/** What an A4 or Letter page has between its margins, in CSS pixels. */
const printWidth = 660;
const charts: { redraw(): void; fit(): void; setWidth(width: number | undefined): void }[] = [];
const waiting: (() => void)[] = [];
const zooming = new Set<Instance>();

export function chart(spec: ChartSpec): Chart {
  const box = el("div", {
    class: "chart",
    role: "img",
    "aria-label": `${spec.title}. ${spec.description}`,
    "data-chart": spec.name,
  });
  const figure = el("figure", {}, el("figcaption", {}, spec.title), box);
  let instance: Instance | null = null;
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
    if (spec.zoomsTogether) zoomWithOthers(instance);
    instance.setOption({ ...common(), ...option });
  };
  const entry = {
    redraw: draw,
    fit: () => {
      if (box.clientWidth !== width) draw();
    },
    setWidth: (to: number | undefined) => {
      forced = to;
    },
  };
  charts.push(entry);
  later(draw);
  return { figure, redraw: draw };
}

/** Passes a chart's zoom on to the others. ECharts' own connection would pass on tooltips too, to unlike rows. */
function zoomWithOthers(instance: Instance): void {
  for (const old of zooming) if (old.isDisposed()) zooming.delete(old);
  zooming.add(instance);
  instance.on("datazoom", () => {
    const { start, end } = rangeOf(instance);
    for (const other of zooming) {
      if (other === instance || other.isDisposed()) continue;
      const range = rangeOf(other);
      // A chart that already shows the range is left alone: that ends the round.
      if (range.start !== start || range.end !== end)
        other.dispatchAction({ type: "dataZoom", dataZoomIndex: 0, start, end });
    }
  });
}

function rangeOf(instance: Instance): { start: number; end: number } {
  return (instance.getOption()["dataZoom"] as { start: number; end: number }[])[0]!;
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
  charts.forEach((c) => c.setWidth(printWidth));
  setPrinting(true);
});
addEventListener("afterprint", () => {
  charts.forEach((c) => c.setWidth(undefined));
  setPrinting(false);
});
whenThemeChanges(() => charts.forEach((c) => c.redraw()));
