// The list of all videos: which of them are shown, in which order, with which scores.

import { scoresOf } from "../data/scores.ts";
import type { Overview, PageMetric, PageVideo } from "../data/types.ts";
import { type Order, type SortKey, sortedBy } from "../parts/sort.ts";

/** What a reader looks for; ``""`` where everything is wanted. */
export interface Wanted {
  readonly text: string;
  readonly patient: string;
  readonly cohort: string;
  readonly activity: string;
}

/** What of a video can be filtered by. */
export type Trait = "patient" | "cohort" | "activity";

/** A metric of a task by which videos have scores, and the runs that have them. */
export interface Score {
  readonly id: string;
  readonly title: string;
  readonly metric: PageMetric;
  readonly runs: readonly number[];
}

/** Return the scores that a list can show, a task's metrics after each other. */
export function scoresIn(overview: Overview): Score[] {
  const byRun = new Map(overview.scores.map((scores) => [scores.run, scores]));
  return overview.tasks.flatMap((task) =>
    task.metrics.flatMap((metric) => {
      const runs = task.rows.map(({ run }) => run).filter((run) => byRun.get(run)?.columns[metric.key]);
      const title = overview.tasks.length > 1 ? `${metric.title}, ${task.task}` : metric.title;
      return runs.length > 0 ? [{ id: `${task.task}/${metric.key}`, title, metric, runs }] : [];
    }),
  );
}

/** Return what gives a run's score of a video, for each run of a score. */
export function columnsOf(overview: Overview, score: Score | undefined): ((video: number) => number | null)[] {
  if (!score) return [];
  return score.runs.map((run) =>
    scoresOf(
      overview.scores.find((one) => one.run === run),
      score.metric.key,
    ),
  );
}

/** Return the values of a trait among videos, in order. */
export function valuesOf(videos: readonly PageVideo[], trait: Trait): string[] {
  const found = new Set(videos.flatMap((video) => video[trait] ?? []));
  return sortedBy([...found], (value) => value, false);
}

/** Return the places of the videos that are wanted; every word of the text must be found in what names a video. */
export function wantedOf(videos: readonly PageVideo[], wanted: Wanted): number[] {
  const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
  return videos.flatMap((video, place) => {
    const isOf = (["patient", "cohort", "activity"] as const).every(
      (trait) => wanted[trait] === "" || video[trait] === wanted[trait],
    );
    if (!isOf) return [];
    const names = [video.id, video.patient, video.cohort, video.activity, video.view].join(" ").toLowerCase();
    return words.every((word) => names.includes(word)) ? [place] : [];
  });
}

/** Return places of videos in an order: by a column of words, or by the score of a run, ``run.3``. */
export function orderedVideos(
  overview: Overview,
  places: readonly number[],
  order: Order,
  score: Score | undefined,
): number[] {
  return sortedBy(places, keyOf(overview, order.column, score), order.descending);
}

function keyOf(overview: Overview, column: string, score: Score | undefined): (place: number) => SortKey {
  const { videos } = overview;
  if (column === "length") return (place) => videos[place]?.duration_ms;
  if (column === "patient" || column === "cohort" || column === "activity") return (place) => videos[place]?.[column];
  const run = score?.runs.findIndex((one) => column === `run.${one}`) ?? -1;
  const ofRun = columnsOf(overview, score)[run];
  return ofRun ?? ((place) => videos[place]?.id);
}
