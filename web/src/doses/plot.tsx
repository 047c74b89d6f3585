// Doses drawn: intervals of several levels inside each other, the estimate, the truth and the rule's number.

import type { PageDose } from "../data/types.ts";
import type { Axis } from "./doses.ts";

const HEIGHT = 20;
const MIDDLE = HEIGHT / 2;
const THICKNESSES = [12, 7, 3];

/** A dose on an axis; the narrowest interval is the thickest bar. Its numbers stand beside it as text. */
export function DosePlot(props: { dose: PageDose; axis: Axis }) {
  const { dose, axis } = props;
  const percent = (count: number) => `${axis.at(count)}%`;
  const bars = dose.ends.map(([low, high], place) => ({ low, high, thickness: THICKNESSES[place] ?? 2 })).reverse();
  return (
    <svg class="dose-plot" width="100%" height={HEIGHT} aria-hidden="true" focusable="false">
      {bars.map(({ low, high, thickness }) => (
        <rect
          key={thickness}
          class={`interval-${thickness}`}
          x={percent(low)}
          width={`${Math.max(0.8, axis.at(high) - axis.at(low))}%`}
          y={MIDDLE - thickness / 2}
          height={thickness}
        />
      ))}
      {dose.rule !== null && <Cross x={percent(dose.rule)} />}
      {dose.true !== null && (
        <line class="mark-true" x1={percent(dose.true)} x2={percent(dose.true)} y1={1} y2={HEIGHT - 1} />
      )}
      <circle class="mark-estimate" cx={percent(dose.count)} cy={MIDDLE} r={3.5} />
    </svg>
  );
}

/** A cross: an `svg` of its own, so that its place is a share of the width and its size is not. */
function Cross(props: { x: string | number }) {
  const path = `M-3.5 ${MIDDLE - 3.5}l7 7m0 -7l-7 7`;
  return (
    <svg x={props.x} overflow="visible" aria-hidden="true">
      <path class="mark-ground" d={path} />
      <path class="mark-rule" d={path} />
    </svg>
  );
}

/** The numbers along an axis. */
export function DoseAxis(props: { axis: Axis }) {
  return (
    <svg class="dose-axis" width="100%" height={14} aria-hidden="true" focusable="false">
      {props.axis.ticks.map((tick) => (
        <text key={tick} x={`${props.axis.at(tick)}%`} y={11} text-anchor="middle">
          {tick}
        </text>
      ))}
    </svg>
  );
}

/** What the marks of plots are. */
export function DoseLegend(props: { levels: readonly number[]; has: { truth: boolean; rule: boolean } }) {
  return (
    <ul class="dose-legend" aria-label="marks">
      <li>
        <svg width={12} height={HEIGHT} aria-hidden="true">
          <circle class="mark-estimate" cx={6} cy={MIDDLE} r={3.5} />
        </svg>
        estimate
      </li>
      {props.levels.map((level, place) => (
        <li key={level}>
          <svg width={22} height={HEIGHT} aria-hidden="true">
            <rect
              class={`interval-${THICKNESSES[place] ?? 2}`}
              x={1}
              width={20}
              y={MIDDLE - (THICKNESSES[place] ?? 2) / 2}
              height={THICKNESSES[place] ?? 2}
            />
          </svg>
          {level} % interval
        </li>
      ))}
      {props.has.truth && (
        <li>
          <svg width={8} height={HEIGHT} aria-hidden="true">
            <line class="mark-true" x1={4} x2={4} y1={1} y2={HEIGHT - 1} />
          </svg>
          truth
        </li>
      )}
      {props.has.rule && (
        <li>
          <svg width={12} height={HEIGHT} aria-hidden="true">
            <Cross x={6} />
          </svg>
          by the task's own rule
        </li>
      )}
    </ul>
  );
}
