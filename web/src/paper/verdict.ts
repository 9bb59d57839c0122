/** Verdicts: a sign, a colour and words, so that none of them is needed to understand it. */
import { el } from "../dom";
import type { Claim, Degree } from "./data";

export const degrees: Record<Degree, { sign: string; words: string; what: string }> = {
  value: {
    sign: "✓",
    words: "agrees in value",
    what: "the paper's number lies in our 95 % interval, or within 10 % of itself from our mean",
  },
  direction: {
    sign: "≈",
    words: "agrees in order and direction",
    what: "another number, but the same order of the systems or the same direction of the effect",
  },
  differs: { sign: "✗", words: "differs", what: "neither: the reason stands beside it" },
  none: { sign: "–", words: "no verdict", what: "it could not be measured" },
};

const order: Degree[] = ["value", "direction", "differs", "none"];

/** A claim's verdict in full. */
export function badge(claim: Claim): HTMLElement {
  return el(
    "span",
    { class: `verdict ${claim.degree}` },
    el("span", { class: "sign", "aria-hidden": "true" }, degrees[claim.degree].sign),
    claim.verdict || degrees[claim.degree].words,
  );
}

/** How many claims came to each verdict: one badge a degree that occurs. */
export function tally(claims: Claim[]): HTMLElement {
  const counted = order.map((degree) => ({ degree, n: claims.filter((c) => c.degree === degree).length }));
  return el(
    "span",
    { class: "tally" },
    counted
      .filter(({ n }) => n > 0)
      .map(({ degree, n }) =>
        el(
          "span",
          { class: `verdict ${degree}` },
          el("span", { class: "sign", "aria-hidden": "true" }, degrees[degree].sign),
          `${n} ${n === 1 ? degrees[degree].words : degrees[degree].words.replace(/s(?= in |$)/, "")}`,
        ),
      ),
  );
}

/** What the three degrees mean. */
export function degreesKey(): HTMLElement {
  return el(
    "dl",
    { class: "degrees" },
    (["value", "direction", "differs"] as const).map((degree) =>
      el(
        "div",
        {},
        el(
          "dt",
          {},
          el(
            "span",
            { class: `verdict ${degree}` },
            el("span", { class: "sign", "aria-hidden": "true" }, degrees[degree].sign),
            degrees[degree].words,
          ),
        ),
        el("dd", {}, degrees[degree].what),
      ),
    ),
  );
}
