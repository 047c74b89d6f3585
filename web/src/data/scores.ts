// Scores of videos: which run has which, and what a metric is called.

import type { Overview, PageMetric, PageTask, VideoScores } from "./types.ts";

/** Return what gives a run's score of a video by one metric, null where there is none. */
export function scoresOf(scores: VideoScores | undefined, metric: string): (video: number) => number | null {
  const column = scores?.columns[metric];
  if (!scores || !column) return () => null;
  const byVideo = new Map(scores.videos.map((video, place) => [video, column[place] ?? null]));
  return (video) => byVideo.get(video) ?? null;
}

/** Return the task that a run is a row of. */
export function taskOf(overview: Overview, run: number): PageTask | undefined {
  return overview.tasks.find(({ rows }) => rows.some((row) => row.run === run));
}

/** Return the metrics by which videos of a run have scores. */
export function metricsOf(overview: Overview, run: number): readonly PageMetric[] {
  const scores = overview.scores.find((one) => one.run === run);
  const metrics = taskOf(overview, run)?.metrics ?? [];
  return metrics.filter(({ key }) => scores?.columns[key]?.some((value) => value !== null));
}
