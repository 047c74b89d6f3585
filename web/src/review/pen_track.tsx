// A hand's track under the pen: a drag draws in a gap, moves a segment or an edge; what is dragged snaps.

import type { ReadonlySignal, Signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import type { PageScheme } from "../data/types.ts";
import { LabelAt, UNKNOWN } from "../parts/segments.tsx";
import { clockText, type Span, shareOf } from "../parts/time.ts";
import { TimelineRow, timeAt } from "../parts/timeline.tsx";
import { columnsOf } from "./columns.ts";
import { type Drag, dragged, snapMoments } from "./drag.ts";
import { leaveFocus } from "./opened.tsx";
import type { Pen } from "./pen.ts";
import { snapped } from "./snap.ts";
import type { Edge, Track } from "./tracks.ts";
import type { DrawnSegment, Hand } from "./types.ts";

const SNAP_PX = 7;
const STILL_PX = 3;

interface TrackProps {
  readonly pen: Pen;
  readonly hand: Hand;
  readonly scheme: PageScheme;
  readonly span: Signal<Span>;
  /** Whether nothing can be drawn yet. */
  readonly locked: boolean;
}

/** The row of a hand. */
export function PenTrack({ pen, hand, scheme, span, locked }: TrackProps) {
  const drag = useRef<(Drag & { readonly x: number; moves: boolean }) | null>(null);
  const [shown, setShown] = useState<Track | null>(null);
  const editing = pen.editing.value;
  const isCurrent = editing.hand === hand;
  const track = shown ?? editing.tracks[hand];
  const { from, to } = span.value;

  const down = (event: PointerEvent) => {
    if (event.button !== 0 || locked || !(event.currentTarget instanceof HTMLElement)) return;
    event.stopPropagation();
    event.preventDefault();
    const box = event.currentTarget;
    box.setPointerCapture(event.pointerId);
    const at = timeAt(event.clientX, box, span.peek());
    const { place, edge } = grabbed(event);
    pen.playback.pause();
    pen.begun.value = null;
    pen.select(hand, place);
    const what = place === null || event.shiftKey ? "draw" : edge ? "edge" : "segment";
    drag.current = { what, place: place ?? 0, edge: edge ?? "start", from: at, x: event.clientX, moves: false };
  };
  const move = (event: PointerEvent) => {
    const now = drag.current;
    if (!now || !(event.currentTarget instanceof HTMLElement)) return;
    event.stopPropagation();
    if (!now.moves && Math.abs(event.clientX - now.x) < STILL_PX) return;
    now.moves = true;
    const outcome = outcomeOf(now, event, event.currentTarget);
    if ("refusal" in outcome) return;
    setShown(outcome.track);
    pen.playback.seek(outcome.at);
  };
  const up = (event: PointerEvent) => {
    const now = drag.current;
    if (!now || !(event.currentTarget instanceof HTMLElement)) return;
    event.stopPropagation();
    drag.current = null;
    setShown(null);
    if (now.moves) pen.apply(outcomeOf(now, event, event.currentTarget));
    else pen.playback.seek(now.from);
  };
  const cancel = () => {
    drag.current = null;
    setShown(null);
  };
  const outcomeOf = (now: Drag, event: PointerEvent, box: HTMLElement) => {
    const within = (SNAP_PX * (span.peek().to - span.peek().from)) / Math.max(1, box.clientWidth);
    const { tracks } = pen.editing.peek();
    const moments = snapMoments(tracks, hand, now);
    return dragged(tracks[hand], now, timeAt(event.clientX, box, span.peek()), {
      bounds: pen.bounds,
      label: pen.label.peek(),
      alone: event.altKey,
      snap: (at) => snapped(at, moments, within, pen.fps),
    });
  };

  const begun = pen.begun.value;
  return (
    <TimelineRow
      name={
        <button
          type="button"
          class="hand"
          aria-pressed={isCurrent}
          onMouseDown={leaveFocus}
          onClick={() => pen.select(hand, null)}
        >
          {hand} hand
        </button>
      }
      now={<LabelAt timeline={columnsOf(editing.tracks[hand], scheme)} scheme={scheme} at={pen.playback.at} />}
    >
      <ol
        class={`pen-track${isCurrent ? " is-current" : ""}${locked ? " is-locked" : ""}`}
        aria-label={`${hand} hand, ${track.length} segments`}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={cancel}
        onLostPointerCapture={cancel}
      >
        {track.map((segment, place) =>
          segment.end_ms > from && segment.start_ms < to ? (
            <SegmentBox
              key={place}
              segment={segment}
              place={place}
              span={span.value}
              colour={scheme.labels.find((label) => label.name === segment.label)?.colour ?? UNKNOWN}
              selected={isCurrent && editing.selected === place}
            />
          ) : null,
        )}
      </ol>
      {begun?.hand === hand && <BegunBox from={begun.from} at={pen.playback.at} span={span.value} />}
    </TimelineRow>
  );
}

function SegmentBox(props: { segment: DrawnSegment; place: number; span: Span; colour: string; selected: boolean }) {
  const { segment, span, colour } = props;
  return (
    <li
      class={`segment${props.selected ? " is-selected" : ""}`}
      aria-current={props.selected}
      aria-label={`${segment.label}, ${clockText(segment.start_ms)} to ${clockText(segment.end_ms)}`}
      data-place={props.place}
      style={{ ...stretch(segment.start_ms, segment.end_ms, span), backgroundColor: colour, color: inkOn(colour) }}
    >
      <span class="segment-edge" data-edge="start" />
      <span class="segment-label">{segment.label}</span>
      <span class="segment-edge" data-edge="end" />
    </li>
  );
}

function BegunBox({ from, at, span }: { from: number; at: ReadonlySignal<number>; span: Span }) {
  return <div class="segment-begun" style={stretch(Math.min(from, at.value), Math.max(from, at.value), span)} />;
}

function stretch(from: number, to: number, span: Span): { left: string; width: string } {
  const left = shareOf(span, from);
  return { left: `${100 * left}%`, width: `${100 * (shareOf(span, to) - left)}%` };
}

function grabbed(event: PointerEvent): { place: number | null; edge: Edge | null } {
  const target = event.target instanceof HTMLElement ? event.target : null;
  const place = target?.closest<HTMLElement>("[data-place]")?.dataset.place;
  const edge = target?.dataset.edge;
  return { place: place === undefined ? null : Number(place), edge: edge === "start" || edge === "end" ? edge : null };
}

/** Return black or white, whichever is easier to read on a colour. */
function inkOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
    const part = Number.parseInt(colour.slice(from, from + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return light > 0.179 ? "#000" : "#fff";
}
