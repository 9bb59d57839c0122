/**
 * Colours that people with any kind of colour vision can tell apart.
 *
 * Schedulers are drawn as lines and bars in colours after Okabe and Ito (Color Universal Design, 2008), VMs as areas in
 * Paul Tol's "muted" scheme, so that the two are not taken for one another. Past the end of a scheme, schedulers
 * change the line's dashes and VMs the colour's lightness.
 */
import type { ReportData } from "./data";
import { colours } from "./theme";

const schedulerColours = [
  { light: "#0072b2", dark: "#4aa8e0" },
  { light: "#d55e00", dark: "#f0843a" },
  { light: "#008a66", dark: "#2fc79b" },
  { light: "#b3568c", dark: "#dc94bd" },
  { light: "#a87900", dark: "#e6b422" },
  { light: "#3d9ad0", dark: "#8fd0f5" },
  { light: "#4d4d4d", dark: "#c9ced6" },
];
const dashes: (string | number[])[] = ["solid", [7, 4], [2, 3], [10, 3, 2, 3], [14, 5]];
const vmColours = ["#cc6677", "#332288", "#ddcc77", "#117733", "#88ccee", "#882255", "#44aa99", "#999933", "#aa4499"];
const lightness = [0, 0.35, -0.3, 0.6];

export interface Look {
  colour: string;
  dash: string | number[];
}

/** How each scheduler is drawn, by its place in the report. */
export function schedulerLook(index: number): Look {
  const pair = schedulerColours[index % schedulerColours.length]!;
  return {
    colour: colours().dark ? pair.dark : pair.light,
    dash: dashes[Math.floor(index / schedulerColours.length) % dashes.length]!,
  };
}

/** The colour of each VM, by its place in the report. */
export function vmColour(data: ReportData, vm: string): string {
  const index = data.vms.findIndex((v) => v.name === vm);
  if (index < 0) return colours().line;
  const base = vmColours[index % vmColours.length]!;
  const shift = lightness[Math.floor(index / vmColours.length) % lightness.length]!;
  const shifted = mix(base, shift);
  // On a dark ground the darkest colours would drown.
  return colours().dark && luminance(shifted) < 0.12 ? mix(shifted, 0.38) : shifted;
}

/** Black or white, whichever is easier to read on the colour. */
export const textOn = (colour: string): string => (luminance(colour) > 0.3 ? "#101418" : "#ffffff");

/** The colour with some transparency, 0 to 1. */
export function faded(colour: string, opacity: number): string {
  return `rgba(${channels(colour).join(",")},${opacity})`;
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/** Towards white for positive amounts, towards black for negative ones. */
export function mix(colour: string, amount: number): string {
  const goal = amount > 0 ? 255 : 0;
  const mixed = channels(colour).map((c) => Math.round(c + (goal - c) * Math.abs(amount)));
  return "#" + mixed.map((c) => c.toString(16).padStart(2, "0")).join("");
}

/** Relative luminance, 0 to 1, as WCAG defines it. */
function luminance(colour: string): number {
  const [r, g, b] = channels(colour).map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
