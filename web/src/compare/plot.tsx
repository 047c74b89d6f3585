import { scaleLinear } from "d3-scale";
import type { Better, Overview, PageMetric } from "../data/types.ts";
import { numberOf, signedOf } from "../parts/format.ts";
import { heaped, type Pair } from "./pairs.ts";

const WIDTH = 720;
const MARGIN = 24;
const HEIGHT = 120;
const BINS = 73; // odd, so that no difference lies in the middle of one
const STEP = (WIDTH - 2 * MARGIN) / BINS;

/** The differences of all videos, a dot each, heaped up along an axis. */
export function DifferencePlot(props: {
  overview: Overview;
  pairs: readonly Pair[];
  metric: PageMetric;
  median: number | null;
}) {
  const { pairs, metric, median } = props;
  const reach = Math.max(...pairs.map(({ difference }) => Math.abs(difference)), 1e-9);
  const scale = scaleLinear([-reach, reach], [MARGIN, WIDTH - MARGIN]);
  const dots = heaped(pairs, -reach, reach, BINS);
  const highest = Math.max(...dots.map(({ level }) => level)) + 1;
  const rise = Math.min(STEP, HEIGHT / highest);
  const floor = Math.max(28, rise * highest) + 12;
  return (
    <svg
      class="differences"
      viewBox={`0 0 ${WIDTH} ${floor + 30}`}
      role="img"
      aria-label="differences by video, a dot each"
    >
      <line class="zero" x1={scale(0)} x2={scale(0)} y1={0} y2={floor + 4} />
      <line class="axis" x1={MARGIN} x2={WIDTH - MARGIN} y1={floor} y2={floor} />
      {dots.map(({ pair, bin, level }) => (
        <circle
          key={pair.video}
          class={toneOf(pair.difference, metric.better)}
          cx={MARGIN + (bin + 0.5) * STEP}
          cy={floor - 2 - (level + 0.5) * rise}
          r={Math.max(1, Math.min(STEP, rise) / 2 - 0.5)}
        >
          <title>{`${props.overview.videos[pair.video]?.id}: ${signedOf(pair.difference, metric.decimals)}`}</title>
        </circle>
      ))}
      {scale.ticks(7).map((tick) => (
        <text key={tick} x={scale(tick)} y={floor + 20} text-anchor="middle">
          {signedOf(tick, reach < 5 ? Math.min(3, Math.ceil(-Math.log10(reach / 5)) + 1) : 0)}
        </text>
      ))}
      {median !== null && (
        <path class="median" d={`M${scale(median)} ${floor} l-6 9 h12 z`}>
          <title>{`median ${numberOf(median, metric.decimals)}`}</title>
        </path>
      )}
    </svg>
  );
}

/** Return whether a difference is better or worse for the second run, as a class. */
export function toneOf(difference: number, better: Better): "fine" | "wrong" | "soft" {
  if (difference === 0) return "soft";
  return difference > 0 === (better === "higher") ? "fine" : "wrong";
}
