/** Which colour and sign is whose, and what is filled and hollow. Redrawn when the colours change. */
import { el, svg } from "../dom";
import { colours, whenThemeChanges } from "../theme";
import { seriesLook } from "./draw-places";
import { families, familyColour, familyOf, signs, type Sign } from "./families";
import type { Picture } from "./pictures";

type Item = { text: string; title?: string; swatch(): SVGElement };

/** How every picture of the page is to be read. */
export function commonKey(systems: readonly string[]): HTMLElement {
  const used = families.filter((f) => systems.some((s) => familyOf(s) === f));
  const marks: Item[] = [
    { text: "filled: ours, on the simulated host", swatch: () => signSwatch("circle", colours().text, false) },
    { text: "hollow: what the paper measured", swatch: () => signSwatch("circle", colours().text, true) },
    { text: "95 % interval of our mean", swatch: () => whiskerSwatch() },
    { text: "from the mean to where 99 of 100 lie", swatch: () => tailSwatch() },
  ];
  const kin: Item[] = used.map((f) => ({
    text: `${f.name}: ${f.what} (${systems.filter((s) => familyOf(s) === f).join(", ")})`,
    swatch: () => barSwatch(familyColour(f)),
  }));
  return el("div", { class: "reading" }, list("Marks", marks), list("Colours: one for each family of systems", kin));
}

/** The key of pictures that have several series; null where each row or column has its name beside it. */
export function pictureKey(pictures: Picture[], all: readonly string[]): HTMLElement | null {
  const items = new Map<string, Item>();
  for (const picture of pictures)
    picture.series.forEach((s, i) => {
      if (s.system === "" || items.has(s.name)) return;
      items.set(s.name, { text: s.name, swatch: () => seriesSwatch(picture, i, all) });
    });
  const found: Item[] = [...items.values()];
  const marks = pictures.flatMap((p) => p.series.flatMap((s) => s.marks));
  if (marks.some((m) => m.paper !== null))
    found.push(
      { text: "filled: ours", swatch: () => signSwatch("circle", colours().text, false) },
      { text: "hollow: the paper's", swatch: () => signSwatch("circle", colours().text, true) },
    );
  const levels = pictures.some((p) => p.levels.length > 0);
  if (levels) found.push({ text: "dashed: the paper's, over all places together", swatch: () => dashSwatch() });
  if (marks.some((m) => m.ci95.length === 2)) found.push({ text: "95 % interval", swatch: () => whiskerSwatch() });
  const tail = pictures.find((p) => p.tail !== "")?.tail;
  if (tail) found.push({ text: `to the bar's end: ${tail}`, swatch: () => tailSwatch() });
  return found.length === 0 ? null : list("", found);
}

function list(heading: string, items: Item[]): HTMLElement {
  const swatches = items.map((item) => ({ item, box: el("span", { class: "sample", "aria-hidden": "true" }) }));
  const draw = () => swatches.forEach(({ item, box }) => box.replaceChildren(item.swatch()));
  draw();
  whenThemeChanges(draw);
  const rows = swatches.map(({ item, box }) => el("li", {}, box, item.text));
  return el("div", {}, heading ? el("h3", {}, heading) : null, el("ul", { class: "key" }, rows));
}

const frame = (...parts: SVGElement[]): SVGElement => svg("svg", { width: 26, height: 14 }, ...parts);

function signShape(sign: Sign, colour: string, hollow: boolean, r = 5): SVGElement {
  const style = { fill: hollow ? colours().ground : colour, stroke: colour, "stroke-width": hollow ? 2 : 0.5 };
  if (sign === "circle") return svg("circle", { cx: 13, cy: 7, r, ...style });
  if (sign === "rect") return svg("rect", { x: 13 - r, y: 7 - r, width: 2 * r, height: 2 * r, ...style });
  const points = sign === "triangle" ? `13,${7 - r} ${13 + r},${7 + r} ${13 - r},${7 + r}` : "13,1 19,7 13,13 7,7";
  return svg("polygon", { points, ...style });
}

const signSwatch = (sign: Sign, colour: string, hollow: boolean) => frame(signShape(sign, colour, hollow));

const line = (colour: string, more: Record<string, string | number> = {}): SVGElement =>
  svg("line", { x1: 2, y1: 7, x2: 24, y2: 7, stroke: colour, "stroke-width": 2, ...more });

const end = (x: number, colour: string): SVGElement =>
  svg("line", { x1: x, y1: 3, x2: x, y2: 11, stroke: colour, "stroke-width": 2 });

const barSwatch = (colour: string) => frame(svg("rect", { x: 5, y: 1, width: 16, height: 12, fill: colour }));
const dashSwatch = () => frame(line(colours().text, { "stroke-dasharray": "6 4" }));
const whiskerSwatch = () => frame(line(colours().text), end(3, colours().text), end(23, colours().text));
const tailSwatch = () =>
  frame(signShape("circle", colours().faint, false, 4), line(colours().faint, { x1: 13 }), end(24, colours().faint));

/** The sign of the nth change of a picture of spans, under whatever system. */
export const spanSign = (index: number): Sign => signs[index % signs.length]!;

function seriesSwatch(picture: Picture, index: number, all: readonly string[]): SVGElement {
  const look = seriesLook(picture, index, all);
  if (picture.kind === "spans") return signSwatch(spanSign(index), colours().text, false);
  if (picture.kind === "lines") {
    const dash = look.dash === "solid" ? "none" : String(look.dash);
    return frame(line(look.colour, { "stroke-dasharray": dash }), signShape(look.sign, look.colour, false, 4));
  }
  return picture.log ? signSwatch(look.sign, look.colour, false) : barSwatch(look.colour);
}
