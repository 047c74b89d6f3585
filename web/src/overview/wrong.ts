// Which windows the overview opens with, and what is said of each.

import { questionWords } from "../data/questions.ts";
import type { Overview, WrongWindow } from "../data/types.ts";
import { counted, percentOf } from "../parts/format.ts";

/** A window in which a run is surely wrong, with the names of other runs that gave the same wrong answer there. */
export interface WrongTile {
  readonly window: WrongWindow;
  readonly also: readonly string[];
}

/** All runs but baselines, in the choice of runs. */
export const MODELS = "";

/** Return the wrong windows of a run (its place in words) or of all models, the surest first, equally sure ones as given, a moment once. */
export function tilesOf(overview: Overview, whose: string): WrongTile[] {
  const isWanted = (run: number) => (whose === MODELS ? !overview.runs[run]?.baseline : whose === String(run));
  const surestFirst = overview.wrong
    .filter(({ run }) => isWanted(run))
    .sort((one, other) => (other.probability ?? -1) - (one.probability ?? -1) || other.disagreeing - one.disagreeing);
  const byMoment = new Map<string, { window: WrongWindow; also: string[] }>();
  for (const window of surestFirst) {
    const moment = JSON.stringify([window.video, window.start_ms, window.end_ms, window.question, window.answer]);
    const first = byMoment.get(moment);
    if (first) first.also.push(overview.runs[window.run]?.name ?? "");
    else byMoment.set(moment, { window, also: [] });
  }
  return [...byMoment.values()];
}

/** Return how sure the model is, in words: by its probability, else by the answers around that differ. */
export function surenessOf(window: WrongWindow): string {
  if (window.probability !== null) return `${percentOf(window.probability)} sure`;
  const { disagreeing } = window;
  if (disagreeing === 0) return "its neighbours say the same";
  return `${counted(disagreeing, "neighbour")} ${disagreeing === 1 ? "differs" : "differ"}`;
}

/** Return the words of a window's question. */
export function wordsOf(overview: Overview, window: WrongWindow): string {
  const hand = window.around[0]?.hand;
  const activity = overview.videos[window.video]?.activity;
  return questionWords(overview.runs[window.run], window.question, { hand, activity });
}
