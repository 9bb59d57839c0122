/** The report page: reads the data that lie in this very file and shows them. */
import { about } from "./about";
import { distributions } from "./charts/distributions";
import { latencyBars } from "./charts/latency-bars";
import { shares } from "./charts/shares";
import { colourKey, timelines } from "./charts/timelines";
import type { ReportData } from "./data";
import { choice, el } from "./dom";
import { measures } from "./measures";
import { colourNames, header, summary } from "./summary";
import type { PaperData } from "./paper/data";
import { paperHeader, paperSections } from "./paper/page";
import type { SweepData } from "./sweep/data";
import { sweepHeader, sweepSections } from "./sweep/page";
import { choose, whenThemeChanges, type ThemeChoice } from "./theme";

const root = document.getElementById("report")!;
const text = document.getElementById("flms-data")?.textContent ?? "";

if (text.trim() === "") {
  root.append(
    el(
      "p",
      { class: "warning" },
      "This page holds no data: it is the empty page that flms fills in. " +
        "Make a report with: flms compare SCENARIO --report FILE.html",
    ),
  );
} else {
  const data = JSON.parse(text) as ReportData | SweepData | PaperData;
  if (!("kind" in data)) show(data);
  else if (data.kind === "sweep") frame(data.title, sweepHeader(data), sweepSections(data), "fronts");
  else frame(data.title, paperHeader(data), paperSections(data), "overview");
}

function show(data: ReportData): void {
  const sections = [
    summary(data),
    distributions(data),
    latencyBars(data),
    shares(data),
    timelines(data),
    measures(data),
    about(data),
  ];
  frame(data.title, header(data), sections, "summary");
  const recolour = () => {
    colourNames();
    colourKey(data);
  };
  recolour();
  whenThemeChanges(recolour);
  // Sorting the summary makes its rows anew.
  new MutationObserver(colourNames).observe(document.querySelector("#summary") ?? root, {
    childList: true,
    subtree: true,
  });
}

/** The heading, the links to the sections, and the sections. */
function frame(title: string, top: HTMLElement, sections: HTMLElement[], first: string): void {
  document.title = `${title} – flms report`;
  const links = sections.map((s) =>
    el("li", {}, el("a", { href: `#${s.id}` }, s.dataset["nav"] ?? s.querySelector("h2")!.textContent)),
  );
  const theme = choice<ThemeChoice>(
    "Theme",
    [
      { value: "auto", text: "Auto" },
      { value: "light", text: "Light" },
      { value: "dark", text: "Dark" },
    ],
    "auto",
    choose,
  );
  theme.classList.add("theme");
  root.append(
    el("a", { class: "skip", href: `#${first}` }, "Skip to the results"),
    el("nav", { "aria-label": "Contents" }, el("ul", {}, links), theme),
    el("main", {}, top, sections),
  );
}
