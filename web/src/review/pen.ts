// What a person does with the pen: operations at the playhead, on the selected segment or else the one at the playhead.

import { type Signal, signal } from "@preact/signals";
import type { PageScheme } from "../data/types.ts";
import type { Playback } from "../parts/playback.ts";
import {
  applied,
  beginEditing,
  currentTrack,
  type Editing,
  HANDS,
  redo,
  replaced,
  selecting,
  undo,
} from "./editing.ts";
import { frameStart } from "./snap.ts";
import {
  type Bounds,
  boundsOf,
  clear,
  draw,
  type Edge,
  edgeOf,
  fill,
  merge,
  move,
  moveEdge,
  type Outcome,
  placeAt,
  relabel,
  remove,
  split,
} from "./tracks.ts";
import type { Hand, ReviewedVideo, Tracks } from "./types.ts";

/** A segment that was begun and has no end yet. */
export interface Begun {
  readonly hand: Hand;
  readonly from: number;
  readonly label: string;
}

export class Pen {
  readonly editing: Signal<Editing>;
  /** The label that the next segment gets. */
  readonly label: Signal<string>;
  readonly begun: Signal<Begun | null> = signal(null);
  readonly bounds: Bounds;
  readonly fps: number;
  readonly #labels: readonly string[];

  constructor(
    video: ReviewedVideo,
    scheme: PageScheme,
    tracks: Tracks,
    readonly playback: Playback,
  ) {
    this.bounds = boundsOf(video);
    this.fps = video.fps;
    this.#labels = scheme.labels.map((label) => label.name);
    this.editing = signal(beginEditing(tracks, handToStart(video, tracks), this.bounds));
    this.label = signal(this.#labels[0] ?? "");
  }

  /** The start of the frame at the playhead, in milliseconds; the video's end where the playhead is there. */
  get here(): number {
    const at = this.playback.at.peek();
    return at >= this.bounds.end_ms ? this.bounds.end_ms : Math.min(frameStart(at, this.fps), this.bounds.end_ms);
  }

  apply(outcome: Outcome): void {
    this.editing.value = applied(this.editing.peek(), outcome);
  }

  /** Replace all tracks, as one step. */
  replace(tracks: Tracks): void {
    this.editing.value = replaced(this.editing.peek(), beginEditing(tracks, "left", this.bounds).tracks);
  }

  select(hand: Hand, place: number | null): void {
    this.editing.value = selecting(this.editing.peek(), hand, place);
  }

  /** Use a label: for what is selected or at the playhead; in a gap a segment begins, and one that was begun ends. */
  useLabel(label: string): void {
    this.label.value = label;
    const begun = this.begun.peek();
    if (begun) {
      if (this.here - begun.from >= this.bounds.least_ms) this.#end(begun);
      this.#begin(label, this.here - begun.from >= this.bounds.least_ms ? this.here : begun.from);
    } else if (this.#target() === null) this.#begin(label, this.here);
    else this.#onTarget((track, place) => relabel(track, place, label));
  }

  /** Use the label that comes so many after the selected segment's, or after the one chosen. */
  nextLabel(by: 1 | -1): void {
    const target = this.#target();
    const present = target === null ? this.label.peek() : currentTrack(this.editing.peek())[target]?.label;
    const place = this.#labels.indexOf(present ?? "");
    const label = this.#labels.at((Math.max(place, 0) + by) % this.#labels.length) ?? "";
    if (target === null) this.label.value = label;
    else this.useLabel(label);
  }

  /** Begin a segment at the playhead, or end the one that was begun. */
  beginOrEnd(): void {
    const begun = this.begun.peek();
    if (begun) {
      this.#end(begun);
      this.begun.value = null;
    } else this.#begin(this.label.peek(), this.here);
  }

  split(): void {
    this.apply(split(currentTrack(this.editing.peek()), this.here, this.bounds));
  }

  merge(side: -1 | 1): void {
    this.#onTarget((track, place) => merge(track, place, side));
  }

  moveEdgeHere(edge: Edge, alone: boolean): void {
    this.#onTarget((track, place) => moveEdge(track, place, edge, this.here, this.bounds, alone));
  }

  moveByFrames(frames: number): void {
    this.#onTarget((track, place) => {
      const start = track[place]?.start_ms ?? 0;
      const frame = Math.round((start * this.fps) / 1000) + frames;
      return move(track, place, Math.round((frame * 1000) / this.fps) - start, this.bounds);
    });
  }

  remove(): void {
    this.#onTarget(remove);
  }

  fill(): void {
    this.apply(fill(currentTrack(this.editing.peek()), this.here, this.label.peek(), this.bounds));
  }

  clear(): void {
    this.apply(clear(currentTrack(this.editing.peek())));
  }

  undo(): void {
    this.editing.value = undo(this.editing.peek());
  }

  redo(): void {
    this.editing.value = redo(this.editing.peek());
  }

  /** Give up what was begun; else select nothing. */
  cancel(): void {
    if (this.begun.peek()) this.begun.value = null;
    else this.select(this.editing.peek().hand, null);
  }

  otherHand(): void {
    const hand = HANDS.find((other) => other !== this.editing.peek().hand) ?? "left";
    this.begun.value = null;
    this.select(hand, null);
  }

  selectHere(): void {
    const { hand } = this.editing.peek();
    this.select(hand, this.#placeHere());
  }

  /** Select the segment after or before the selected one, or the playhead, and go to its start. */
  selectNext(by: 1 | -1): void {
    const editing = this.editing.peek();
    const track = currentTrack(editing);
    const at = this.playback.at.peek();
    const next =
      editing.selected !== null
        ? editing.selected + by
        : by > 0
          ? track.findIndex((segment) => segment.start_ms > at)
          : track.findLastIndex((segment) => segment.start_ms < at);
    const segment = track[next];
    if (!segment) return;
    this.select(editing.hand, next);
    this.playback.seek(edgeOf(segment, "start"));
  }

  #begin(label: string, from: number): void {
    this.label.value = label;
    this.begun.value = { hand: this.editing.peek().hand, from, label };
  }

  #end(begun: Begun): void {
    this.select(begun.hand, null);
    const track = currentTrack(this.editing.peek());
    this.apply(draw(track, begun.from, this.here, begun.label, this.bounds));
    this.select(begun.hand, null);
  }

  #target(): number | null {
    return this.editing.peek().selected ?? this.#placeHere();
  }

  /** The place of the segment at the playhead; at the video's end, of one that ends there. */
  #placeHere(): number | null {
    return placeAt(currentTrack(this.editing.peek()), Math.min(this.here, this.bounds.end_ms - 1));
  }

  #onTarget(operation: (track: Editing["tracks"][Hand], place: number) => Outcome): void {
    const place = this.#target();
    this.apply(
      place === null
        ? { refusal: "No segment is selected, and none is at the playhead." }
        : operation(currentTrack(this.editing.peek()), place),
    );
  }
}

function handToStart(video: ReviewedVideo, tracks: Tracks): Hand {
  const labelled = HANDS.filter((hand) => tracks[hand]?.length);
  return video.hand ?? (labelled.length === 1 ? (labelled[0] as Hand) : "right");
}
