/** The page of the paper's figures: what agrees at a glance, then figure by figure, then how it was made. */
import { command } from "../about";
import { el, section } from "../dom";
import type { PaperData } from "./data";
import { figureSection } from "./figure";
import { commonKey } from "./key";
import { overview } from "./overview";

export function paperHeader(data: PaperData): HTMLElement {
  const facts: [string, string][] = [
    ["Figures and tables", String(data.figures.length)],
    ["Systems", String(data.systems.length)],
    ["Replications of each case", String(data.replications)],
    ["Version", `flms ${data.version}`],
  ];
  return el(
    "header",
    {},
    el("h1", {}, data.title),
    data.summary ? el("p", { class: "summary" }, data.summary) : null,
    data.warnings.map((w) => el("p", { class: "warning", role: "note" }, w)),
    el(
      "dl",
      { class: "facts" },
      facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
    ),
  );
}

export function paperSections(data: PaperData): HTMLElement[] {
  const all = data.systems.map((s) => s.name);
  return [
    overview(data),
    section("key", "How to read the pictures", commonKey(all)),
    ...data.figures.map((figure) => figureSection(figure, all)),
    made(data),
  ];
}

function made(data: PaperData): HTMLElement {
  const calibrated = data.figures.flatMap((f) =>
    f.claims.filter((c) => c.calibrated).map((c) => `${f.title}: ${c.text}`),
  );
  const kinds = { paper: "measured by the paper", flms: "another reading of FLMS", later: "not in the paper" };
  return section(
    "about",
    "How this was made",
    el("h3", {}, "Command"),
    el("p", {}, "The same scenarios, seed and version give the same figures on any machine."),
    command(data.command),
    el("h3", {}, "Systems"),
    el(
      "dl",
      { class: "options" },
      data.systems.flatMap((s) => [el("dt", {}, `${s.name} (${kinds[s.family]})`), el("dd", {}, s.what)]),
    ),
    el("h3", {}, "Calibration"),
    calibrated.length === 0
      ? el("p", {}, "No number of these figures was used to fix the model.")
      : el(
          "div",
          {},
          el("p", {}, "The model was fixed by these statements of the paper alone; everything else is prediction:"),
          el(
            "ul",
            {},
            calibrated.map((text) => el("li", {}, text)),
          ),
        ),
    el("h3", {}, "Assumptions"),
    data.assumptions.length === 0
      ? el("p", { class: "empty" }, "None are stated.")
      : el(
          "ul",
          {},
          data.assumptions.map((text) => el("li", {}, text)),
        ),
  );
}
