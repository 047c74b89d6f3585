// What a drag of the mouse makes of a track: pure, from where it began and where it is.

import { HANDS, type HandTracks } from "./editing.ts";
import {
  type Bounds,
  draw,
  type Edge,
  type Edited,
  edgeOf,
  move,
  moveEdge,
  type Refusal,
  type Track,
} from "./tracks.ts";
import type { Hand } from "./types.ts";

/** What is dragged: nothing (a segment is drawn), an edge or a whole segment; and the time where that began. */
export interface Drag {
  readonly what: "draw" | "edge" | "segment";
  readonly place: number;
  readonly edge: Edge;
  readonly from: number;
}

/** How a drag is read: the label that is drawn, whether an edge moves alone, and where times snap to. */
export interface DragRules {
  readonly bounds: Bounds;
  readonly label: string;
  readonly alone: boolean;
  readonly snap: (at: number) => number;
}

/** Return the track after a drag to a time, and the time that the person wants to see meanwhile. */
export function dragged(track: Track, drag: Drag, to: number, rules: DragRules): (Edited & { at: number }) | Refusal {
  const { bounds, snap } = rules;
  if (drag.what === "draw") {
    const outcome = draw(track, snap(drag.from), snap(to), rules.label, bounds);
    return "refusal" in outcome ? outcome : { ...outcome, at: snap(to) };
  }
  const segment = track[drag.place];
  if (drag.what === "edge") {
    const outcome = moveEdge(track, drag.place, drag.edge, snap(to), bounds, rules.alone);
    return withTime(outcome, drag.edge);
  }
  const start = segment?.start_ms ?? 0;
  const outcome = move(track, drag.place, snap(start + to - drag.from) - start, bounds);
  return withTime(outcome, "start");
}

/** Return the edges that a drag snaps to: of both hands, without those of the segment that is dragged. */
export function snapMoments(tracks: HandTracks, hand: Hand, drag: Drag): readonly number[] {
  return HANDS.flatMap((one) =>
    tracks[one].flatMap((segment, place) =>
      one === hand && drag.what !== "draw" && place === drag.place ? [] : [segment.start_ms, segment.end_ms],
    ),
  );
}

function withTime(outcome: Edited | Refusal, edge: Edge): (Edited & { at: number }) | Refusal {
  if ("refusal" in outcome) return outcome;
  const segment = outcome.track[outcome.place ?? -1];
  return { ...outcome, at: segment ? edgeOf(segment, edge) : 0 };
}
