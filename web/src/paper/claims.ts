/** What the paper says of a figure, ours beside it, the verdict and its reason. */
import { el } from "../dom";
import { withUnit } from "../format";
import type { Claim, PaperFigure } from "./data";
import { ours } from "./reading";
import { badge } from "./verdict";

export const claimId = (figure: PaperFigure, claim: Claim): string => `${figure.name}-${claim.name}`;

export function claimsOf(figure: PaperFigure): HTMLElement | null {
  if (figure.claims.length === 0) return null;
  return el(
    "div",
    {},
    el("h3", {}, figure.place === "" ? "What to check" : "What the paper says, and what we find"),
    el(
      "ul",
      { class: "claims" },
      figure.claims.map((claim) => claimItem(figure, claim)),
    ),
  );
}

function claimItem(figure: PaperFigure, claim: Claim): HTMLElement {
  return el(
    "li",
    { id: claimId(figure, claim), class: claim.degree },
    el(
      "div",
      { class: "said" },
      el("p", {}, claim.text, claim.place && claim.place !== figure.place ? ` (${claim.place})` : ""),
      el(
        "dl",
        { class: "facts" },
        claim.paper === null ? null : fact("The paper", withUnit(claim.paper, claim.unit)),
        fact("Ours", claim.in_words || ours({ ours: claim.ours.mean, ci95: claim.ours.ci95 }, claim.unit)),
      ),
    ),
    el(
      "div",
      { class: "judged" },
      badge(claim),
      claim.calibrated
        ? el("p", { class: "legend" }, "Our model was fixed with this in view: it is no test of it.")
        : null,
      el("p", {}, claim.because),
    ),
  );
}

const fact = (name: string, text: string): HTMLElement => el("div", {}, el("dt", {}, name), el("dd", {}, text));
