// The keys of the pen: each operation has one, and the list of keys is made of these.

import type { PageScheme } from "../data/types.ts";
import type { Binding } from "../parts/keys.tsx";
import type { Pen } from "./pen.ts";

/** How many labels have a digit of their own. */
export const DIGITS = 9;
const SECOND_MS = 1000;

/** Return the keys of operations on segments. */
export function penKeys(pen: Pen, scheme: PageScheme): Binding[] {
  const labels = scheme.labels.slice(0, DIGITS).map(
    ({ name }, place): Binding => ({
      keys: [String(place + 1)],
      does: `${name}: for the segment; in a gap one begins, and the next label ends it`,
      act: () => pen.useLabel(name),
    }),
  );
  return [
    ...labels,
    { keys: ["l"], does: "the next label of the scheme", act: () => pen.nextLabel(1) },
    { keys: ["shift+l"], does: "the label before", act: () => pen.nextLabel(-1) },
    { keys: ["d"], does: "draw: begin a segment at the playhead, or end it there", act: () => pen.beginOrEnd() },
    { keys: ["s"], does: "split the segment at the playhead", act: () => pen.split() },
    { keys: ["m"], does: "merge with the next segment", act: () => pen.merge(1) },
    { keys: ["shift+m"], does: "merge with the segment before", act: () => pen.merge(-1) },
    { keys: ["i"], does: "move its start to the playhead", act: () => pen.moveEdgeHere("start", false) },
    { keys: ["o"], does: "move its end to the playhead", act: () => pen.moveEdgeHere("end", false) },
    {
      keys: ["shift+i"],
      does: "move its start alone, a neighbour stays",
      act: () => pen.moveEdgeHere("start", true),
    },
    { keys: ["shift+o"], does: "move its end alone, a neighbour stays", act: () => pen.moveEdgeHere("end", true) },
    { keys: [","], does: "move the segment a frame back", act: () => pen.moveByFrames(-1) },
    { keys: ["."], does: "move the segment a frame on", act: () => pen.moveByFrames(1) },
    { keys: ["Delete", "Backspace"], does: "delete the segment", act: () => pen.remove() },
    { keys: ["f"], does: "fill the gap at the playhead", act: () => pen.fill() },
    { keys: ["shift+Delete", "shift+Backspace"], does: "clear the hand's track", act: () => pen.clear() },
    { keys: ["ctrl+z"], does: "undo", act: () => pen.undo() },
    { keys: ["ctrl+shift+z", "ctrl+y"], does: "redo", act: () => pen.redo() },
    { keys: ["ArrowDown"], does: "select the next segment", act: () => pen.selectNext(1) },
    { keys: ["ArrowUp"], does: "select the segment before", act: () => pen.selectNext(-1) },
    { keys: ["Enter"], does: "select the segment at the playhead", act: () => pen.selectHere() },
    { keys: ["Escape"], does: "give up what was begun; select nothing", act: () => pen.cancel() },
    { keys: ["h"], does: "the other hand", act: () => pen.otherHand() },
  ];
}

/** Return the keys that move the playhead. */
export function playbackKeys(playback: Pen["playback"]): Binding[] {
  const by = (ms: number) => () => playback.seek(playback.at.peek() + ms);
  return [
    { keys: [" "], does: "play or pause", act: () => playback.toggle() },
    { keys: ["ArrowLeft"], does: "a frame back", act: () => playback.step(-1) },
    { keys: ["ArrowRight"], does: "a frame on", act: () => playback.step(1) },
    { keys: ["shift+ArrowLeft"], does: "a second back", act: by(-SECOND_MS) },
    { keys: ["shift+ArrowRight"], does: "a second on", act: by(SECOND_MS) },
    { keys: ["Home"], does: "to the start", act: () => playback.seek(0) },
    { keys: ["End"], does: "to the end", act: () => playback.seek(playback.duration) },
  ];
}
