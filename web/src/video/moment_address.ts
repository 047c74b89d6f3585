// The moment of a video that an address names, and the address of a moment: #/video/ID?t=12.340&run=2&q=motion.

import type { Overview } from "../data/types.ts";
import { type Chosen, SHOWN, type Show } from "./moments.ts";

export type Query = Readonly<Record<string, string>>;

/** Return the time that an address names in milliseconds; 0 where it names none. */
export function timeOf(query: Query): number {
  const seconds = Number.parseFloat(query.t ?? "");
  return Number.isFinite(seconds) ? Math.max(0, Math.round(seconds * 1000)) : 0;
}

/** Return what an address chooses; what it does not name, or names wrongly, is as `usual` says. */
export function choiceOf(query: Query, overview: Overview, usual: Chosen): Chosen {
  const run = /^\d+$/.test(query.run ?? "") ? Number(query.run) : -1;
  const chosen = overview.runs[run] ? run : usual.run;
  const questions = overview.runs[chosen ?? -1]?.questions ?? [];
  return {
    run: chosen,
    question: questions.some(({ id }) => id === query.q) ? (query.q ?? null) : usual.question,
    hand: query.hand === "left" || query.hand === "right" ? query.hand : usual.hand,
    show: Object.hasOwn(SHOWN, query.show ?? "") ? (query.show as Show) : usual.show,
  };
}

/** Return the query of an address that names a time in milliseconds (null: none) and a choice. */
export function queryOf(at: number | null, choice: Chosen): Query {
  return {
    ...(at === null ? {} : { t: (at / 1000).toFixed(3) }),
    ...(choice.run === null ? {} : { run: String(choice.run) }),
    ...(choice.question === null ? {} : { q: choice.question }),
    ...(choice.hand === null ? {} : { hand: choice.hand }),
    ...(choice.show === "all" ? {} : { show: choice.show }),
  };
}
