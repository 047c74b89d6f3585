import type { PageScheme, PageTimeline } from "../data/types.ts";

/** A timeline as a strip of coloured segments, from `from` to `to` milliseconds; as wide as what holds it. */
export function Strip(props: { timeline: PageTimeline; scheme: PageScheme; from: number; to: number; about: string }) {
  const { timeline, scheme, from, to } = props;
  const length = Math.max(1, to - from);
  return (
    <svg class="strip" viewBox={`0 0 ${length} 20`} preserveAspectRatio="none" role="img" aria-label={props.about}>
      {timeline.starts.map((start, place) => {
        const left = Math.max(start, from);
        const right = Math.min(timeline.ends[place] ?? start, to);
        const label = scheme.labels[timeline.labels[place] ?? -1];
        return right > left ? (
          <rect key={start} x={left - from} y={0} width={right - left} height={20} fill={label?.colour ?? "#888"}>
            <title>{label?.name ?? "unknown"}</title>
          </rect>
        ) : null;
      })}
    </svg>
  );
}
