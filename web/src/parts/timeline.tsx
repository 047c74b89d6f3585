// Timelines under each other on one axis, with a cursor, zoom and ticks; a click or a drag on them goes to its time.

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Playback } from "./playback.ts";
import { Playhead } from "./player.tsx";
import { clockText, following, moved, type Span, shareOf, ticks, zoomed } from "./time.ts";
import "./timeline.css";

const NEARER = 0.5;
const MOST_TICKS = 10;
const WHEEL_STEP = 0.002;

interface AxisProps {
  readonly playback: Playback;
  readonly span: Signal<Span>;
}

/** Rows (`TimelineRow`) on one axis; the part that `span` says is shown, and follows the clock. */
export function Timelines(props: AxisProps & { children: ComponentChildren }) {
  const { playback, span } = props;
  const whole = useRef<HTMLDivElement>(null);
  useEffect(
    () => playback.at.subscribe((at) => (span.value = following(span.peek(), at, playback.duration))),
    [playback, span],
  );
  useEffect(() => {
    const element = whole.current;
    if (!element) return;
    const turned = (event: WheelEvent) => {
      const next = wheeled(span.peek(), event, element, playback.duration);
      if (!next) return;
      event.preventDefault();
      span.value = next;
    };
    element.addEventListener("wheel", turned, { passive: false });
    return () => element.removeEventListener("wheel", turned);
  }, [playback, span]);
  const seek = (event: PointerEvent) => {
    const track = event.target instanceof Element ? event.target.closest(".timeline-track") : null;
    if (!track || !(event.buttons & 1)) return;
    if (event.type === "pointerdown") track.setPointerCapture(event.pointerId);
    playback.seek(timeAt(event.clientX, track, span.peek()));
  };
  return (
    <div class="timelines" ref={whole} onPointerDown={seek} onPointerMove={seek}>
      <Zoom {...props} />
      <Ruler span={span} />
      {props.children}
      <Now playback={playback} span={span} />
    </div>
  );
}

/** A row: what its name is, what is drawn over the axis (as wide as the axis), and what is said of the present time. */
export function TimelineRow(props: { name: ComponentChildren; now: ComponentChildren; children: ComponentChildren }) {
  return (
    <div class="timeline-row">
      <div class="timeline-name">{props.name}</div>
      <div class="timeline-track">{props.children}</div>
      <div class="timeline-now">{props.now}</div>
    </div>
  );
}

/** Return the time of a place on the screen, over an element that shows a span. */
export function timeAt(clientX: number, track: Element, span: Span): number {
  const box = track.getBoundingClientRect();
  return span.from + ((clientX - box.left) / Math.max(1, box.width)) * (span.to - span.from);
}

/** Show half as much around the present time, or twice as much. */
export function zoom(props: AxisProps, how: "nearer" | "farther"): void {
  const { playback, span } = props;
  span.value = zoomed(span.peek(), how === "nearer" ? NEARER : 1 / NEARER, playback.at.peek(), playback.duration);
}

function wheeled(span: Span, event: WheelEvent, element: Element, duration: number): Span | null {
  const track = element.querySelector(".timeline-track");
  if (!track) return null;
  if (event.ctrlKey || event.metaKey)
    return zoomed(span, Math.exp(event.deltaY * WHEEL_STEP), timeAt(event.clientX, track, span), duration);
  const across = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
  if (Math.abs(across) < Math.abs(event.deltaY) && !event.shiftKey) return null;
  const perPixel = (span.to - span.from) / Math.max(1, track.clientWidth);
  return across ? moved(span, across * perPixel, duration) : null;
}

function Zoom(props: AxisProps) {
  const { playback, span } = props;
  const { from, to } = span.value;
  const all = { from: 0, to: playback.duration };
  const isWhole = from <= 0 && to >= playback.duration;
  const move = (share: number) => {
    span.value = moved(span.peek(), share * (to - from), playback.duration);
  };
  return (
    <div class="timelines-zoom">
      <span class="soft">
        {clockText(from, 1)} – {clockText(to, 1)}
      </span>
      <button type="button" aria-label="show what is before" disabled={from <= 0} onClick={() => move(-0.8)}>
        ◂
      </button>
      <button
        type="button"
        aria-label="show what is after"
        disabled={to >= playback.duration}
        onClick={() => move(0.8)}
      >
        ▸
      </button>
      <button type="button" aria-label="zoom in" onClick={() => zoom(props, "nearer")}>
        +
      </button>
      <button type="button" aria-label="zoom out" disabled={isWhole} onClick={() => zoom(props, "farther")}>
        −
      </button>
      <button type="button" disabled={isWhole} onClick={() => (span.value = all)}>
        whole video
      </button>
    </div>
  );
}

function Ruler(props: { span: Signal<Span> }) {
  const span = props.span.value;
  const times = ticks(span, MOST_TICKS);
  const decimals = (times[1] ?? 1000) - (times[0] ?? 0) < 1000 ? 2 : 0;
  return (
    <div class="timeline-row" aria-hidden="true">
      <div class="timeline-name" />
      <div class="timeline-track timelines-ruler">
        {times.map((time) => (
          <span key={time} style={{ left: `${100 * shareOf(span, time)}%` }}>
            {clockText(time, decimals)}
          </span>
        ))}
      </div>
      <div class="timeline-now" />
    </div>
  );
}

function Now(props: AxisProps) {
  const share = shareOf(props.span.value, props.playback.at.value);
  return <div class="player-heads timelines-axis">{share >= 0 && share <= 1 && <Playhead share={share} />}</div>;
}
