/** Which pictures show a figure: from its rows to panels with places and marks. Knows nothing of colours. */
import type { Figure, Interval } from "../data";
import { systemsOf, type PaperFigure, type Quantity, type Row } from "./data";

/** One value in a picture: ours, the paper's, and how far 99 of 100 reach, where there is such. */
export interface Mark {
  system: string;
  ours: Figure;
  ci95: Interval;
  paper: Figure;
  tail: Figure;
}

/** Marks of one name, one for each place. */
export interface Series {
  name: string;
  /** The system whose colour it has; empty if each mark has its own. */
  system: string;
  marks: Mark[];
}

export interface Picture {
  /** Unique in the page. */
  name: string;
  title: string;
  /** Lines over places, columns side by side at each place, one row a system, or one row a place for one system. */
  kind: "lines" | "columns" | "rows" | "spans";
  axis: string;
  unit: string;
  better: Quantity["better"];
  xTitle: string;
  places: string[];
  series: Series[];
  /** Is the value's axis logarithmic? */
  log: boolean;
  /** The title of the quantity that the tails show; empty if there are none. */
  tail: string;
  /** What the paper says of a system over all places. */
  levels: Level[];
  /** Is it one that the paper does not have? */
  beyond: boolean;
}

/** A number that the paper gives for a system over all places: drawn as a line across. */
export interface Level {
  system: string;
  value: number;
}

/** A figure's pictures: those of the paper first. */
export function picturesOf(figure: PaperFigure): Picture[] {
  const paper = figure.quantities.filter((q) => q.of_paper);
  const bare = figure.xs.length < 2 && figure.groups.length < 2;
  const alike = bare && paper.length > 2 && paper.every((q) => q.unit === paper[0]!.unit);
  const alone = figure.quantities.filter((q) => !(alike && q.of_paper) && !(bare && isTail(figure, q)));
  return [...(alike ? [sideBySide(figure, paper)] : []), ...alone.flatMap((q) => ofQuantity(figure, q))].filter(
    (p) => p.series.length > 0,
  );
}

const tailOf = (figure: PaperFigure, quantity: Quantity): Quantity | undefined =>
  figure.quantities.find((q) => q.name === `${quantity.name}_p99`);

/** Is it the 99th percentile of another quantity of the figure? */
const isTail = (figure: PaperFigure, quantity: Quantity): boolean =>
  figure.quantities.some((q) => tailOf(figure, q) === quantity);

/** Quantities of one kind, such as the shares of several VMs: a group of columns for each system. */
function sideBySide(figure: PaperFigure, quantities: Quantity[]): Picture {
  const systems = systemsOf(figure);
  return finished(quantities[0]!, {
    name: figure.name,
    title: `${quantities[0]!.title} to ${quantities[quantities.length - 1]!.title}, left to right, under each system`,
    kind: "columns",
    places: systems,
    series: quantities.map((q) => ({
      name: q.title,
      system: "",
      marks: systems.map((s) => mark(figure, q, s, figure.groups[0]!, figure.xs[0]!)),
    })),
    axis: `${quantities[0]!.title} … ${quantities[quantities.length - 1]!.title}, ${quantities[0]!.unit}`,
  });
}

function ofQuantity(figure: PaperFigure, quantity: Quantity): Picture[] {
  const systems = systemsOf(figure);
  const { groups, xs } = figure;
  const name = `${figure.name}:${quantity.name}`;
  const kind = figure.form === "lines" ? "lines" : "columns";
  // A part of a figure is a panel of its own, unless the parts can be told apart within one.
  const panels = (make: (group: string) => Partial<Picture>): Picture[] =>
    groups.map((group, i) =>
      finished(quantity, {
        name: groups.length > 1 ? `${name}:${i + 1}` : name,
        title: group === "" ? quantity.title : `${quantity.title}: ${group}`,
        ...make(group),
      }),
    );
  if (groups.length > 6 && xs.length > 1)
    return systems.map((system, i) =>
      finished(quantity, {
        name: `${name}:${i + 1}`,
        title: `${quantity.title}: ${system}`,
        kind: "spans",
        xTitle: figure.x_title,
        places: groups,
        series: xs.map((x) => ({
          name: x,
          system,
          marks: groups.map((group) => mark(figure, quantity, system, group, x)),
        })),
      }),
    );
  if (xs.length < 2 && (groups.length < 2 || systems.length > 7))
    return panels((group) => rows(figure, quantity, group));
  if (xs.length < 2)
    return [
      finished(quantity, {
        name,
        kind: "columns",
        xTitle: figure.x_title,
        places: groups,
        series: systems.map((s) => ({
          name: s,
          system: s,
          marks: groups.map((g) => mark(figure, quantity, s, g, xs[0]!)),
        })),
      }),
    ];
  const over = (system: string, group: string) => xs.map((x) => mark(figure, quantity, system, group, x));
  const along = { kind, xTitle: figure.x_title, places: xs } as const;
  if (systems.length === 1 && groups.length > 1)
    return [
      finished(quantity, {
        name,
        ...along,
        series: groups.map((g) => ({ name: g, system: systems[0]!, marks: over(systems[0]!, g) })),
      }),
    ];
  return panels((group) => ({
    ...along,
    series: systems.map((s) => ({ name: s, system: s, marks: over(s, group) })),
    levels: figure.claims
      .filter((c) => c.quantity === quantity.name && c.paper !== null)
      .map((c) => ({ system: c.system, value: c.paper! })),
  }));
}

/** One row a system; with how far 99 of 100 reach, if the figure has that. */
function rows(figure: PaperFigure, quantity: Quantity, group: string): Partial<Picture> {
  const tail = tailOf(figure, quantity);
  const marks = systemsOf(figure)
    .map((s) => mark(figure, quantity, s, group, figure.xs[0]!, tail))
    .filter(measured);
  return {
    kind: "rows",
    places: marks.map((m) => m.system),
    series: [{ name: quantity.title, system: "", marks }],
    tail: marks.some((m) => m.tail !== null) ? tail!.title : "",
  };
}

function finished(quantity: Quantity, given: Partial<Picture> & { name: string }): Picture {
  // A series that has nothing here takes no room.
  const series = (given.series ?? []).filter((s) => s.marks.some(measured));
  const values = series.flatMap((s) => s.marks.flatMap((m) => [m.ours, m.paper, m.tail]));
  return {
    title: quantity.title,
    kind: "rows",
    axis: quantity.unit === "" ? quantity.title : `${quantity.title}, ${quantity.unit}`,
    unit: quantity.unit,
    better: quantity.better,
    xTitle: "",
    places: [],
    tail: "",
    levels: [],
    beyond: !quantity.of_paper,
    ...given,
    series,
    log: logarithmic(values),
  };
}

const measured = (m: Mark): boolean => m.ours !== null || m.paper !== null;

/** Do the values span more than a decade? Then, if they can be, they are drawn by their ratio. */
export function logarithmic(values: Figure[]): boolean {
  const found = values.filter((v): v is number => v !== null);
  const [low, high] = [Math.min(...found), Math.max(...found)];
  return found.length > 0 && low > 0 && high / low > 10;
}

function mark(
  figure: PaperFigure,
  quantity: Quantity,
  system: string,
  group: string,
  x: string,
  tail: Quantity | undefined = undefined,
): Mark {
  const row: Row | undefined = figure.rows.find((r) => r.system === system && r.group === group && r.x === x);
  const value = (of: Quantity | undefined) => (of ? row?.values[figure.quantities.indexOf(of)] : undefined);
  return {
    system,
    ours: value(quantity)?.mean ?? null,
    ci95: value(quantity)?.ci95 ?? [],
    paper: row?.published[figure.quantities.indexOf(quantity)] ?? null,
    tail: value(tail)?.mean ?? null,
  };
}
