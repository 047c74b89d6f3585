// The doses of a video as measured with the chosen run, each beside the truth and the rule's number.

import type { Overview, PageDose, PageLabel, PageMeasured, PageVideoDoses, VideoData } from "../data/types.ts";
import { NONE, numberOf } from "../parts/format.ts";
import { LabelName } from "../parts/segments.tsx";
import { Wide } from "../parts/wide.tsx";
import { ALL, type Axis, axisOf, countedLabels, intervalOf, levelPlace, perMinute, USUAL_LEVEL } from "./doses.ts";
import { DoseAxis, DoseLegend, DosePlot } from "./plot.tsx";
import "./doses.css";

interface VideoDosesProps {
  readonly overview: Overview;
  readonly data: VideoData;
  readonly run: number | null;
}

/** The panel of doses: of the chosen run, or of another one where it is none that measures; nothing where none does. */
export function MeasuredVideo(props: VideoDosesProps) {
  const { overview, data, run } = props;
  const measured = overview.measured.find((one) => one.run === run) ?? overview.measured[0];
  if (!measured) return null;
  const own = data.doses.find((one) => one.run === measured.run);
  return (
    <section class="video-doses" aria-labelledby="video-doses">
      <h2 id="video-doses">
        Dose, measured{" "}
        <span class="soft">
          with {overview.runs[measured.run]?.name}, by what other patients' labels teach: not zero-shot
        </span>
      </h2>
      {own ? (
        <DoseTable overview={overview} measured={measured} own={own} />
      ) : (
        <p class="soft">This video is not measured{measured.why_not && `: ${measured.why_not}`}.</p>
      )}
      {own && own.flags.length > 0 && <Unlike flags={own.flags} />}
    </section>
  );
}

/** In what a video is unlike those that its intervals were learned from. */
function Unlike(props: { flags: readonly string[] }) {
  return (
    <>
      <p class="doubtful">This video is unlike those that were calibrated on, so that its intervals promise nothing:</p>
      <ul class="dose-flags">
        {props.flags.map((flag) => (
          <li key={flag}>{flag}</li>
        ))}
      </ul>
    </>
  );
}

function DoseTable(props: { overview: Overview; measured: PageMeasured; own: PageVideoDoses }) {
  const { levels } = props.measured;
  const { doses, length_ms } = props.own;
  const labels = countedLabels(props.overview, props.measured.run);
  const [ofLabels, ofAll] = [doses.slice(0, -1), doses.slice(-1)];
  const [all] = ofAll;
  const ends = all?.ends[levelPlace(levels, USUAL_LEVEL)];
  const rate = (count: number) => numberOf(perMinute(count, length_ms), 1);
  const has = { truth: doses.some((dose) => dose.true !== null), rule: doses.some(({ rule }) => rule !== null) };
  return (
    <>
      <DoseLegend levels={levels} has={has} />
      <Wide about="doses of this video">
        <table class="doses">
          <thead>
            <tr>
              <th scope="col">movement</th>
              <th scope="col" class="number">
                truth
              </th>
              <th scope="col" class="number">
                by the rule
              </th>
              <th scope="col" class="number">
                estimate
              </th>
              {levels.map((level) => (
                <th key={level} scope="col" class="number">
                  {level} %
                </th>
              ))}
              <td class="plot" />
              <th scope="col" class="number">
                seconds <span class="soft">{USUAL_LEVEL} %</span>
              </th>
            </tr>
          </thead>
          <Rows levels={levels} labels={labels.slice(0, -1)} doses={ofLabels} axis={axisOf(ofLabels)} />
          <Rows levels={levels} labels={labels.slice(-1)} doses={ofAll} axis={axisOf(ofAll)} />
        </table>
      </Wide>
      {all && ends && (
        <p>
          All, per minute: <strong>{rate(all.count)}</strong>, {USUAL_LEVEL}&nbsp;% interval {rate(ends[0])} –{" "}
          {rate(ends[1])}.
        </p>
      )}
    </>
  );
}

/** Rows that share an axis, which is drawn below them. */
function Rows(props: {
  levels: readonly number[];
  labels: readonly (PageLabel | null)[];
  doses: readonly PageDose[];
  axis: Axis;
}) {
  const { levels, labels, doses, axis } = props;
  const usual = levelPlace(levels, USUAL_LEVEL);
  return (
    <>
      <tbody>
        {doses.map((dose, place) => (
          <tr key={labels[place]?.name ?? ALL}>
            <th scope="row">{labels[place] ? <LabelName label={labels[place]} /> : <strong>{ALL}</strong>}</th>
            <td class="number">{numberOf(dose.true, 0)}</td>
            <td class="number">{numberOf(dose.rule, 0)}</td>
            <td class="number">
              <strong>{numberOf(dose.count, 0)}</strong>
            </td>
            {levels.map((level, at) => (
              <td key={level} class="number">
                {intervalOf(dose.ends[at], 0)}
              </td>
            ))}
            <td class="plot" aria-hidden="true">
              <DosePlot dose={dose} axis={axis} />
            </td>
            <td class="number">
              {dose.seconds === null ? (
                NONE
              ) : (
                <>
                  {numberOf(dose.seconds, 1)} <span class="soft">{intervalOf(dose.seconds_ends?.[usual], 1)}</span>
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
      <tbody aria-hidden="true">
        <tr class="axis-row">
          <td colSpan={4 + levels.length} />
          <td class="plot">
            <DoseAxis axis={axis} />
          </td>
          <td />
        </tr>
      </tbody>
    </>
  );
}
