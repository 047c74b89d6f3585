// Two runs on the same videos: what the scores of each video differ by.

import { metricsOf, scoresOf } from "../data/scores.ts";
import type { Better, Overview, PageMetric } from "../data/types.ts";
import { type Order, type SortKey, sortedBy } from "../parts/sort.ts";

/** The scores of two runs on a video. */
export interface Pair {
  readonly video: number;
  readonly first: number;
  readonly second: number;
  /** The second run's score less the first one's. */
  readonly difference: number;
}

/** Pairs in numbers; better and worse are said of the second run. */
export interface Tally {
  readonly n: number;
  readonly median: number | null;
  readonly better: number;
  readonly worse: number;
  readonly equal: number;
}

/** Return the metrics by which two runs can be compared: both have scores of a video that they share. */
export function sharedMetrics(overview: Overview, first: number, second: number): PageMetric[] {
  const ofSecond = new Set(metricsOf(overview, second).map(({ key }) => key));
  return metricsOf(overview, first).filter(
    ({ key }) => ofSecond.has(key) && pairsOf(overview, first, second, key).length > 0,
  );
}

/** Return the runs that a run can be compared with. */
export function partnersOf(overview: Overview, run: number): number[] {
  const others = overview.scores.map((scores) => scores.run).filter((other) => other !== run);
  return others.filter((other) => sharedMetrics(overview, run, other).length > 0);
}

/** Return the pairs of scores of the videos that both runs have one of, in the order of videos. */
export function pairsOf(overview: Overview, first: number, second: number, metric: string): Pair[] {
  const [ofFirst, ofSecond] = [first, second].map((run) => overview.scores.find((one) => one.run === run));
  const secondOf = scoresOf(ofSecond, metric);
  const firstOf = scoresOf(ofFirst, metric);
  return (ofFirst?.videos ?? []).flatMap((video) => {
    const [one, other] = [firstOf(video), secondOf(video)];
    return one === null || other === null ? [] : [{ video, first: one, second: other, difference: other - one }];
  });
}

/** Return how many pairs are better, worse or equal, and the median difference. */
export function tallyOf(pairs: readonly Pair[], better: Better): Tally {
  const sign = better === "higher" ? 1 : -1;
  const count = (is: (gain: number) => boolean) => pairs.filter(({ difference }) => is(sign * difference)).length;
  return {
    n: pairs.length,
    median: medianOf(pairs.map(({ difference }) => difference)),
    better: count((gain) => gain > 0),
    worse: count((gain) => gain < 0),
    equal: count((gain) => gain === 0),
  };
}

function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const ascending = [...values].sort((one, other) => one - other);
  const middle = ascending.length / 2;
  const [low, high] = [ascending[Math.ceil(middle) - 1] ?? 0, ascending[Math.floor(middle)] ?? 0];
  return (low + high) / 2;
}

/** Return pairs in an order; by ``difference`` it is its size that counts. */
export function orderedPairs(pairs: readonly Pair[], overview: Overview, order: Order): Pair[] {
  const keys: Readonly<Record<string, (pair: Pair) => SortKey>> = {
    video: ({ video }) => overview.videos[video]?.id,
    first: ({ first }) => first,
    second: ({ second }) => second,
  };
  return sortedBy(pairs, keys[order.column] ?? (({ difference }) => Math.abs(difference)), order.descending);
}

/** A dot of a heap: the pair's place, where its difference lies, and how many dots are under it. */
export interface Dot {
  readonly pair: Pair;
  readonly bin: number;
  readonly level: number;
}

/** Heap pairs up by their differences, in bins of equal width from `low` to `high`. */
export function heaped(pairs: readonly Pair[], low: number, high: number, bins: number): Dot[] {
  const levels = new Array<number>(bins).fill(0);
  const width = (high - low) / bins || 1;
  return sortedBy(pairs, ({ difference }) => difference, false).map((pair) => {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((pair.difference - low) / width)));
    const level = levels[bin] ?? 0;
    levels[bin] = level + 1;
    return { pair, bin, level };
  });
}
