/** All figures at a glance: what they show, how near ours come to the paper's, and the verdicts. */
import { el, section, svg } from "../dom";
import { claimId } from "./claims";
import type { Claim, PaperData, PaperFigure } from "./data";
import { headingOf } from "./figure";
import { degrees, degreesKey, tally } from "./verdict";

const [width, height, edge] = [220, 26, 12];
/** As far as the strip reaches: a tenth of the paper's number, and ten times it. */
const decades = 1;

export function overview(data: PaperData): HTMLElement {
  const claims = data.figures.flatMap((f) => f.claims);
  return section(
    "overview",
    "At a glance",
    el(
      "p",
      {},
      `${claims.length} statement${claims.length === 1 ? "" : "s"} of the paper were checked: `,
      tally(claims),
    ),
    el(
      "div",
      { class: "table-box", tabindex: "0", role: "region", "aria-label": "All figures and their verdicts" },
      el(
        "table",
        { class: "glance" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col" }, "What it shows"),
            el("th", { scope: "col" }, "Ours over the paper's", scale()),
            el("th", { scope: "col" }, "Verdicts on what the paper says"),
            el("th", { scope: "col" }, "Beaten by a rival?"),
          ),
        ),
        el("tbody", {}, data.figures.map(line)),
      ),
    ),
    el(
      "p",
      { class: "legend" },
      "Each sign in the middle column is a number that the paper gives: on the centre line ours equals it, in the " +
        "shaded band it is within 10 %. Rivals are ranked where a figure has one number for each system.",
    ),
    degreesKey(),
  );
}

function line(figure: PaperFigure): HTMLElement {
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, el("a", { href: `#${figure.name}` }, headingOf(figure))),
    el("td", {}, strip(figure)),
    el("td", {}, figure.claims.length === 0 ? "–" : tally(figure.claims)),
    el("td", {}, figure.rivals.length === 0 ? "–" : el("a", { href: `#${figure.name}-rivals` }, "yes: by whom")),
  );
}

/** Where a ratio stands on the strip; beyond its ends it stands at the end. */
export function place(ratio: number): number {
  const at = Math.max(-decades, Math.min(decades, Math.log10(ratio)));
  return edge + ((at + decades) / (2 * decades)) * (width - 2 * edge);
}

/** The claims that have two numbers to hold against each other. */
export function comparable(figure: PaperFigure): { claim: Claim; ratio: number }[] {
  return figure.claims.flatMap((claim) => {
    const { paper, ours } = claim;
    if (paper === null || ours.mean === null || paper * ours.mean <= 0) return [];
    return [{ claim, ratio: ours.mean / paper }];
  });
}

function strip(figure: PaperFigure): HTMLElement {
  const found = comparable(figure);
  if (found.length === 0) return el("span", { class: "legend" }, "the paper gives no numbers");
  const words = (c: Claim, ratio: number) =>
    `${c.text} Ours is ${Number(ratio.toPrecision(2))} times that: ${degrees[c.degree].words}.`;
  const picture = svg(
    "svg",
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": found.map(({ claim, ratio }) => words(claim, ratio)).join(" "),
      class: "strip",
    },
    ...ground(height),
    ...found.map(({ claim, ratio }) =>
      svg(
        "a",
        { href: `#${claimId(figure, claim)}`, tabindex: "-1" },
        mark(claim, place(ratio)),
        svg("title", {}, words(claim, ratio)),
      ),
    ),
  );
  return el("span", {}, picture);
}

function mark(claim: Claim, x: number): SVGElement {
  const y = height / 2;
  const attributes = { class: claim.degree };
  if (claim.degree === "value") return svg("circle", { cx: x, cy: y, r: 5, ...attributes });
  if (claim.degree === "direction")
    return svg("polygon", { points: `${x},${y - 6} ${x + 6},${y + 5} ${x - 6},${y + 5}`, ...attributes });
  return svg("path", { d: `M${x - 4},${y - 4}l8,8m0,-8l-8,8`, "stroke-width": 3, fill: "none", ...attributes });
}

function ground(bottom: number): SVGElement[] {
  const [low, high] = [place(0.9), place(1.1)];
  return [
    svg("rect", { x: low, y: 0, width: high - low, height: bottom, class: "near" }),
    ...[0.1, 1 / 3, 1, 3, 10].map((r) =>
      svg("line", { x1: place(r), y1: 0, x2: place(r), y2: bottom, class: r === 1 ? "same" : "grid" }),
    ),
  ];
}

function scale(): SVGElement {
  const texts: [number, string][] = [
    [0.1, "÷ 10"],
    [1 / 3, "÷ 3"],
    [1, "same"],
    [3, "× 3"],
    [10, "× 10"],
  ];
  return svg(
    "svg",
    { width, height: 14, viewBox: `0 0 ${width} 14`, class: "strip", "aria-hidden": "true" },
    ...texts.map(([ratio, text]) =>
      svg(
        "text",
        {
          x: place(ratio),
          y: 11,
          "text-anchor": ratio < 0.2 ? "start" : ratio > 5 ? "end" : "middle",
          dx: ratio < 0.2 ? -edge : ratio > 5 ? edge : 0,
        },
        text,
      ),
    ),
  );
}
