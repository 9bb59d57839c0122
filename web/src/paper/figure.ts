/** One figure: its pictures, what the paper says, what to know beside it, where FLMS loses, and its numbers. */
import { chart } from "../charts/chart";
import type { Option } from "../charts/echarts";
import { el, section } from "../dom";
import { claimsOf } from "./claims";
import type { PaperFigure } from "./data";
import { placesOption } from "./draw-places";
import { rowHeight, rowsOption } from "./draw-rows";
import { spansOption } from "./draw-spans";
import { pictureKey } from "./key";
import { numbersOf } from "./numbers";
import { picturesOf, type Picture } from "./pictures";
import { describe } from "./reading";
import { tally } from "./verdict";

/** What a figure is called: Figure 9: migrations in 10 s. */
export function headingOf(figure: PaperFigure): string {
  return figure.caption === "" ? figure.title : `${figure.title}: ${figure.caption}`;
}

export function figureSection(figure: PaperFigure, all: readonly string[]): HTMLElement {
  const pictures = picturesOf(figure);
  const own = pictures.filter((p) => !p.beyond);
  const beyond = pictures.filter((p) => p.beyond);
  const whole = section(
    figure.name,
    headingOf(figure),
    el(
      "p",
      { class: "place" },
      figure.place === "" ? "Beyond the paper: it has no such figure." : `In the paper: ${figure.place}.`,
      " ",
      tally(figure.claims),
    ),
    el("p", { class: "summary" }, figure.summary),
    pictures.length === 0 ? el("p", { class: "empty" }, "Nothing was measured.") : null,
    own.length === 0 ? null : panels(own, all, own.length > 1),
    figure.notes.length === 0
      ? null
      : el(
          "div",
          { class: "note", role: "note" },
          el("h3", {}, "To know beside this figure"),
          figure.notes.map((text) => el("p", {}, text)),
        ),
    claimsOf(figure),
    figure.rivals.length === 0
      ? null
      : el(
          "div",
          { class: "rivals", id: `${figure.name}-rivals` },
          el("h3", {}, "Where FLMS loses, and what the others pay for it"),
          figure.rivals.map(rival),
        ),
    beyond.length === 0 ? null : more(beyond, all, figure),
    numbersOf(figure),
    figure.commands.length === 0
      ? null
      : el(
          "details",
          { class: "commands" },
          el("summary", {}, "Run it again"),
          el("pre", {}, el("code", {}, [`flms paper ${figure.name}`, ...figure.commands].join("\n"))),
        ),
  );
  whole.dataset["nav"] = figure.title;
  return whole;
}

/** A sentence about rivals: one that names several, as a list. */
function rival(sentence: string): HTMLElement {
  const { lead, items } = listed(sentence);
  if (items.length === 0) return el("p", {}, lead);
  return el(
    "div",
    {},
    el("p", {}, lead),
    el(
      "ul",
      {},
      items.map((item) => el("li", {}, item)),
    ),
  );
}

/** Parts "flms loses in latency (12 ms) to a (…); b (…)." before what it lists. */
export function listed(sentence: string): { lead: string; items: string[] } {
  const parts = sentence.replace(/\.$/, "").split("; ");
  const from = parts[0]!.indexOf(") to ");
  if (parts.length < 2 || from < 0) return { lead: sentence, items: [] };
  const first = from + ") to ".length;
  return { lead: `${parts[0]!.slice(0, first - 1)}:`, items: [parts[0]!.slice(first), ...parts.slice(1)] };
}

/**
 * What the paper does not show: open beside a figure of one place, where it tells what the figure's gain costs. Drawn
 * when it is opened.
 */
function more(pictures: Picture[], all: readonly string[], figure: PaperFigure): HTMLElement {
  const titles = [...new Set(pictures.map((p) => p.title))].join(", ");
  const open = figure.xs.length < 2;
  const box = el("div", {}, open ? panels(pictures, all, true) : null);
  return el(
    "details",
    {
      class: "beyond",
      open,
      ontoggle: () => {
        if (box.childElementCount === 0) box.append(panels(pictures, all, true));
      },
    },
    el("summary", {}, `Beyond the paper: ${titles}`),
    box,
  );
}

function panels(pictures: Picture[], all: readonly string[], grid: boolean): HTMLElement {
  return el(
    "div",
    {},
    pictureKey(pictures, all),
    el(
      "div",
      { class: grid ? "grid" : "" },
      pictures.map((picture) => panel(picture, all).figure),
    ),
  );
}

function panel(picture: Picture, all: readonly string[]) {
  return chart({
    name: picture.name,
    title: picture.title,
    description: describe(picture),
    empty: "Nothing was measured.",
    renderer: "svg",
    height: () => (byRow(picture) ? 60 + rowHeight * picture.places.length : picture.series.length > 8 ? 480 : 340),
    option: (width) => draw(picture, all, width),
  });
}

const byRow = (picture: Picture): boolean => picture.kind === "rows" || picture.kind === "spans";

function draw(picture: Picture, all: readonly string[], width: number): Option {
  if (picture.kind === "rows") return rowsOption(picture, all, width);
  return picture.kind === "spans" ? spansOption(picture, all, width) : placesOption(picture, all, width);
}
