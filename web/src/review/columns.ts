// A track in the columns that the page's timelines are drawn from.

import type { PageScheme } from "../data/types.ts";
import type { Columns } from "../parts/segments.tsx";
import type { Track } from "./tracks.ts";

/** Return a track in columns; a label that the scheme does not have is −1. */
export function columnsOf(track: Track, scheme: PageScheme): Columns {
  const places = new Map(scheme.labels.map((label, place) => [label.name, place]));
  return {
    starts: track.map((segment) => segment.start_ms),
    ends: track.map((segment) => segment.end_ms),
    labels: track.map((segment) => places.get(segment.label) ?? -1),
  };
}
