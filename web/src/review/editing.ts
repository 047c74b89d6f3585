// The state of an editor: tracks of both hands, what is selected, and what can be undone and redone.

import { type Bounds, joined, type Outcome, type Track, tidied } from "./tracks.ts";
import type { Hand, Tracks } from "./types.ts";

export type HandTracks = Readonly<Record<Hand, Track>>;

export const HANDS: readonly Hand[] = ["left", "right"];

interface Snapshot {
  readonly tracks: HandTracks;
  readonly hand: Hand;
  /** Place of the selected segment in the track of the hand. */
  readonly selected: number | null;
}

export interface Editing extends Snapshot {
  readonly past: readonly Snapshot[];
  readonly future: readonly Snapshot[];
  /** Why the last operation was not possible; empty where it was. */
  readonly refusal: string;
}

const MOST_STEPS = 500;

/** Begin to edit tracks of one hand or both. */
export function beginEditing(tracks: Tracks, hand: Hand, bounds: Bounds): Editing {
  return { tracks: handTracks(tracks, bounds), hand, selected: null, past: [], future: [], refusal: "" };
}

/** Return tracks as an editor has them: of both hands, tidied. */
export function handTracks(tracks: Tracks, bounds: Bounds): HandTracks {
  return { left: tidied(tracks.left ?? [], bounds), right: tidied(tracks.right ?? [], bounds) };
}

/** Apply what an operation on the current hand's track gave. */
export function applied(editing: Editing, outcome: Outcome): Editing {
  if ("refusal" in outcome) return { ...editing, refusal: outcome.refusal };
  const next = { ...editing, selected: outcome.place, refusal: "" };
  if (outcome.track === currentTrack(editing)) return next;
  return changed(editing, { ...next, tracks: { ...editing.tracks, [editing.hand]: outcome.track } });
}

/** Put other tracks in the place of all: a draft, or what was found again. One step, which can be undone. */
export function replaced(editing: Editing, tracks: HandTracks): Editing {
  return changed(editing, { ...editing, tracks, selected: null, refusal: "" });
}

/** Select a segment of a hand, or none. */
export function selecting(editing: Editing, hand: Hand, selected: number | null): Editing {
  return { ...editing, hand, selected, refusal: "" };
}

/** Take back the last change. */
export function undo(editing: Editing): Editing {
  const back = editing.past.at(-1);
  if (!back) return { ...editing, refusal: "There is nothing to undo." };
  return {
    ...editing,
    ...back,
    past: editing.past.slice(0, -1),
    future: [snapshot(editing), ...editing.future],
    refusal: "",
  };
}

/** Make a change again that was taken back. */
export function redo(editing: Editing): Editing {
  const [again, ...future] = editing.future;
  if (!again) return { ...editing, refusal: "There is nothing to redo." };
  return { ...editing, ...again, past: [...editing.past, snapshot(editing)], future, refusal: "" };
}

/** Return the track of the current hand. */
export function currentTrack(editing: Editing): Track {
  return editing.tracks[editing.hand];
}

/** Return tracks as they are saved: of hands that have segments. */
export function savedTracks(tracks: HandTracks): Tracks {
  return Object.fromEntries(HANDS.flatMap((hand) => (tracks[hand].length ? [[hand, tracks[hand]]] : [])));
}

/** Whether two states of tracks are the same label file. */
export function sameTracks(one: Tracks, other: Tracks): boolean {
  return HANDS.every((hand) => JSON.stringify(joined(one[hand] ?? [])) === JSON.stringify(joined(other[hand] ?? [])));
}

function changed(before: Editing, after: Editing): Editing {
  return { ...after, past: [...before.past, snapshot(before)].slice(-MOST_STEPS), future: [] };
}

function snapshot({ tracks, hand, selected }: Editing): Snapshot {
  return { tracks, hand, selected };
}
