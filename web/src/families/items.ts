// Fugl-Meyer items and totals: as a table of items × patients, in counts, on an axis.

import { scaleLinear } from "d3-scale";
import type { PageAssessment, PageItem } from "../data/types.ts";
import { sortedBy } from "../parts/sort.ts";

/** How a run's score agrees with the therapist's. */
export type Agreement = "same" | "near" | "far" | "unscored" | "unknown";

/** Return the agreement about an item: near is one point off, far two. */
export function agreementOf(item: PageItem): Agreement {
  if (item.true === null) return "unknown";
  if (item.score === null) return "unscored";
  const off = Math.abs(item.true - item.score);
  return off === 0 ? "same" : off === 1 ? "near" : "far";
}

/** An item with what every patient got for it, in the order of patients; undefined where it was not asked. */
export interface ItemRow {
  readonly item: number;
  readonly title: string;
  readonly ofPatients: readonly (PageItem | undefined)[];
}

export interface ItemTable {
  readonly patients: readonly string[];
  readonly rows: readonly ItemRow[];
}

/** Return items × patients. */
export function itemTable(items: readonly PageItem[]): ItemTable {
  const patients = sortedBy([...new Set(items.map(({ patient }) => patient))], (patient) => patient, false);
  const numbers = sortedBy([...new Set(items.map(({ item }) => item))], (item) => item, false);
  const rows = numbers.map((item) => {
    const same = items.filter((one) => one.item === item);
    const byPatient = new Map(same.map((one) => [one.patient, one]));
    return { item, title: same[0]?.title ?? "", ofPatients: patients.map((patient) => byPatient.get(patient)) };
  });
  return { patients, rows };
}

/** Return how many items agree in which way. */
export function agreementCounts(items: readonly PageItem[]): Readonly<Record<Agreement, number>> {
  const counts: Record<Agreement, number> = { same: 0, near: 0, far: 0, unscored: 0, unknown: 0 };
  for (const item of items) counts[agreementOf(item)] += 1;
  return counts;
}

/** Return the axis that both totals share: from 0 to the highest total, with its ticks. */
export function totalsAxis(assessment: PageAssessment, pixels: readonly [number, number]) {
  const highest = Math.max(1, ...assessment.totals.flatMap((total) => [total.true, total.score]));
  return scaleLinear([0, highest], pixels).nice(5);
}
