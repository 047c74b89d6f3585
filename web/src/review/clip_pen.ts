// What a person does with a clip: marks at the playhead, scores of the item in turn, undo and redo.

import { type Signal, signal } from "@preact/signals";
import type { Binding } from "../parts/keys.tsx";
import type { Playback } from "../parts/playback.ts";
import { clamp } from "../parts/time.ts";
import type { ClipContent } from "./contents.ts";
import { marked, SCORES, scored } from "./marks.ts";
import { frameStart } from "./snap.ts";
import type { Edge } from "./tracks.ts";
import type { ReviewedClip } from "./types.ts";

export class ClipPen {
  readonly content: Signal<ClipContent>;
  /** Place of the item that the next score is for. */
  readonly item: Signal<number> = signal(0);
  #past: readonly ClipContent[] = [];
  #future: readonly ClipContent[] = [];

  constructor(
    readonly clip: ReviewedClip,
    content: ClipContent,
    readonly playback: Playback,
  ) {
    this.content = signal(content);
  }

  /** Replace everything, as one step. */
  change(content: ClipContent): void {
    this.#past = [...this.#past, this.content.peek()];
    this.#future = [];
    this.content.value = content;
  }

  markHere(edge: Edge): void {
    const at = frameStart(this.playback.at.peek(), this.clip.fps);
    this.#setMarks(marked(this.content.peek().marks, edge, Math.min(at, this.clip.duration_ms)));
  }

  /** Score the item at a place, and go on to the next; null takes its score away. */
  score(place: number, value: number | null): void {
    const number = this.clip.items[place]?.[0];
    if (number === undefined) return;
    this.#setMarks(scored(this.content.peek().marks, number, value));
    this.item.value = place;
    if (value !== null) this.moveItem(1);
  }

  moveItem(by: number): void {
    this.item.value = clamp(this.item.peek() + by, 0, this.clip.items.length - 1);
  }

  setDone(done: boolean): void {
    this.change({ ...this.content.peek(), done });
  }

  undo(): void {
    const back = this.#past.at(-1);
    if (!back) return;
    this.#past = this.#past.slice(0, -1);
    this.#future = [this.content.peek(), ...this.#future];
    this.content.value = back;
  }

  redo(): void {
    const [again, ...future] = this.#future;
    if (!again) return;
    this.#past = [...this.#past, this.content.peek()];
    this.#future = future;
    this.content.value = again;
  }

  #setMarks(marks: ClipContent["marks"]): void {
    this.change({ ...this.content.peek(), marks });
  }
}

/** Return the keys of a clip's marks and scores. */
export function clipKeys(pen: ClipPen): Binding[] {
  return [
    { keys: ["i"], does: "the movement starts at the playhead", act: () => pen.markHere("start") },
    { keys: ["o"], does: "the movement ends at the playhead", act: () => pen.markHere("end") },
    ...SCORES.map((value) => ({
      keys: [String(value)],
      does: `score ${value} for the item, and on to the next`,
      act: () => pen.score(pen.item.peek(), value),
    })),
    {
      keys: ["Backspace", "Delete"],
      does: "take the item's score away",
      act: () => pen.score(pen.item.peek(), null),
    },
    { keys: ["ArrowDown"], does: "the next item", act: () => pen.moveItem(1) },
    { keys: ["ArrowUp"], does: "the item before", act: () => pen.moveItem(-1) },
    { keys: ["ctrl+z"], does: "undo", act: () => pen.undo() },
    { keys: ["ctrl+shift+z", "ctrl+y"], does: "redo", act: () => pen.redo() },
  ];
}
