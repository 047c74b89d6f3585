// The segments of a timeline, drawn so that thousands cost no more than a few: one path per label.

import type { ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { PageLabel, PageScheme, PageTimeline } from "../data/types.ts";
import { useDerived } from "./derived.ts";
import { type Span, stretchAt } from "./time.ts";
import "./segments.css";

const HEIGHT = 20;
/** The colour of a label that the scheme does not have. */
export const UNKNOWN = "#888888";

export type Columns = Pick<PageTimeline, "starts" | "ends" | "labels">;

/** Return the outline of the boxes of one label, on an axis in milliseconds. */
export function outline(columns: Columns, label: number, top: number, bottom: number): string {
  return columns.starts
    .map((start, place) =>
      columns.labels[place] === label ? `M${start} ${top}H${columns.ends[place] ?? start}V${bottom}H${start}Z` : "",
    )
    .join("");
}

/** The segments of a timeline over a span, in the colours of their labels, as large as what holds them. */
export function Segments(props: { timeline: Columns; scheme: PageScheme; span: Span; about: string }) {
  const { timeline, scheme, span } = props;
  const paths = useMemo(
    () =>
      [...new Set(timeline.labels)].map((label) => ({
        label,
        name: scheme.labels[label]?.name ?? "unknown",
        colour: scheme.labels[label]?.colour ?? UNKNOWN,
        path: outline(timeline, label, 0, HEIGHT),
      })),
    [timeline, scheme],
  );
  return (
    <svg
      class="segments"
      viewBox={`${span.from} 0 ${Math.max(1, span.to - span.from)} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={props.about}
    >
      {paths.map(({ label, name, colour, path }) => (
        <path key={label} d={path} fill={colour}>
          <title>{name}</title>
        </path>
      ))}
    </svg>
  );
}

/** The label of a timeline at the time of a clock: its colour and name; a dash between segments. */
export function LabelAt(props: { timeline: Columns; scheme: PageScheme; at: ReadonlySignal<number> }) {
  const { timeline, scheme, at } = props;
  const place = useDerived(() => stretchAt(timeline, at.value), [timeline, at]);
  return <LabelName label={scheme.labels[timeline.labels[place] ?? -1]} />;
}

/** A label: its colour and name; a dash for none. */
export function LabelName(props: { label: PageLabel | undefined }) {
  if (!props.label) return <span class="soft">–</span>;
  return (
    <span class="label-at">
      <span class="swatch" style={{ backgroundColor: props.label.colour }} />
      {props.label.name}
    </span>
  );
}
