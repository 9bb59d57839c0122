/**
 * What a system descends from gives it its colour, in every picture the same; its place within the family gives the
 * shade and the sign, so that relatives look alike but are told apart without colour, too.
 */
import { colours } from "../theme";
import { mix } from "../palette";

export interface Family {
  name: string;
  what: string;
  light: string;
  dark: string;
  /** Its members as the command line names them; names that begin so belong to it, too. */
  members: string[];
}

/** Colours after Okabe and Ito, as all reports have them. */
export const families: Family[] = [
  {
    name: "FLMS",
    what: "the paper's algorithm, in several readings",
    light: "#d55e00",
    dark: "#f0843a",
    members: ["flms", "flms-default", "flms-in-turn"],
  },
  {
    name: "Credit",
    what: "Xen's scheduler, the paper's baseline, and what derives from it",
    light: "#0072b2",
    dark: "#4aa8e0",
    members: ["credit", "short-slice", "task-aware", "credit2", "boost"],
  },
  {
    name: "KVM",
    what: "Linux's fair schedulers",
    light: "#008a66",
    dark: "#2fc79b",
    members: ["kvm", "eevdf", "pvsched", "cfs"],
  },
  {
    name: "Pools",
    what: "pCPUs set apart for those who do I/O",
    light: "#b3568c",
    dark: "#dc94bd",
    members: ["io-bounding", "vturbo", "aql", "asymsched"],
  },
  { name: "No hypervisor", what: "the bare machine", light: "#4d4d4d", dark: "#c9ced6", members: ["native", "bare"] },
];
const others: Family = { name: "Others", what: "", light: "#a87900", dark: "#e6b422", members: [] };

export const signs = ["circle", "rect", "triangle", "diamond"] as const;
export type Sign = (typeof signs)[number];
const dashes: (string | number[])[] = ["solid", [7, 4], [2, 3], [10, 3, 2, 3]];

export interface SystemLook {
  family: Family;
  colour: string;
  sign: Sign;
  dash: string | number[];
}

export function familyOf(system: string): Family {
  const begins = (member: string) => system === member || system.startsWith(`${member}-`);
  return families.find((f) => f.members.some(begins)) ?? others;
}

export const familyColour = (family: Family): string => (colours().dark ? family.dark : family.light);

/** How a system is drawn among all systems of the report. */
export function systemLook(system: string, all: readonly string[]): SystemLook {
  const family = familyOf(system);
  const place = Math.max(0, all.filter((s) => familyOf(s) === family).indexOf(system));
  return { family, ...shade(familyColour(family), place) };
}

/** The first, second … look of one colour. */
export function shade(colour: string, place: number): { colour: string; sign: Sign; dash: string | number[] } {
  const amounts = colours().dark ? [0, 0.45, -0.3, 0.7] : [0, 0.42, -0.35, 0.65];
  return {
    colour: mix(colour, amounts[place % amounts.length]!),
    sign: signs[place % signs.length]!,
    dash: dashes[place % dashes.length]!,
  };
}
