// The rows under a video: one per timeline, one per question of the chosen run, and one of the windows to go through.

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { AskedQuestion, Overview, PageScheme, PageTimeline, VideoData } from "../data/types.ts";
import { useDerived } from "../parts/derived.ts";
import { ForeignText } from "../parts/foreign_text.tsx";
import type { Playback } from "../parts/playback.ts";
import { LabelAt, LabelName, outline, Segments } from "../parts/segments.tsx";
import type { Span, Stretches } from "../parts/time.ts";
import { TimelineRow } from "../parts/timeline.tsx";
import { answerOf, MARKS, VERDICTS, type Verdict, verdictColumns, windowAt } from "./answers.ts";
import { type Chosen, isOfHand, questionId } from "./moments.ts";

/** Height of a verdict's box by top and bottom, of 20, so that colours do not say it alone. */
const BOXES: Readonly<Record<Verdict, readonly (readonly [top: number, bottom: number])[]>> = {
  right: [[13, 20]],
  wrong: [[0, 20]],
  unread: [
    [0, 6],
    [14, 20],
  ],
  unknown: [[8, 12]],
  unasked: [],
};

interface RowProps {
  readonly playback: Playback;
  readonly span: Signal<Span>;
  readonly overview: Overview;
}

/** Return the timelines in the order of their rows: truth and raters, then the chosen run's, then the others. */
export function orderedTimelines(data: VideoData, choice: Chosen): PageTimeline[] {
  const rank = ({ run }: PageTimeline) => (run === null ? 0 : run === choice.run ? 1 : 2);
  return data.timelines
    .filter((timeline) => isOfHand(timeline, choice.hand))
    .sort((one, other) => rank(one) - rank(other));
}

/** Return what a reader calls a timeline; the hand is named only where others of the video have another one. */
export function timelineName(timeline: PageTimeline, data: VideoData): string {
  const isOneOfBoth = data.timelines.some(({ hand }) => hand !== timeline.hand);
  const name = timeline.kind === "rater" ? `rater ${timeline.name}` : timeline.name;
  return isOneOfBoth && timeline.hand ? `${name}, ${timeline.hand}` : name;
}

/** A timeline's row. Its name is a button: it puts the timeline on the seek bar. */
export function SourceRow(
  props: RowProps & { timeline: PageTimeline; name: string; isOnBar: boolean; choose: () => void },
) {
  const { timeline, name, overview, playback, span } = props;
  const scheme = overview.schemes[timeline.scheme];
  if (!scheme) return null;
  const kind = timeline.kind === "rule" ? "answers" : timeline.kind;
  return (
    <TimelineRow
      name={
        <button
          type="button"
          class="row-name"
          aria-pressed={props.isOnBar}
          title={`${name} (${kind}): show it on the seek bar, ↑ and ↓ go by its segments`}
          onClick={props.choose}
        >
          {name}
        </button>
      }
      now={<LabelAt timeline={timeline} scheme={scheme} at={playback.at} />}
    >
      <Segments
        timeline={timeline}
        scheme={scheme}
        span={span.value}
        about={`${name}: ${timeline.starts.length} segments`}
      />
    </TimelineRow>
  );
}

/** The windows of a question, by what became of them. */
export function QuestionRow(props: RowProps & { data: VideoData; asked: AskedQuestion }) {
  const { data, asked, overview, playback } = props;
  const columns = useMemo(() => verdictColumns(data, asked), [data, asked]);
  const window = useDerived(() => windowAt(data, asked, playback.at.value), [data, asked, playback]);
  const answer = answerOf(data, asked, window);
  const id = questionId(overview, asked);
  return (
    <TimelineRow
      name={<span title={`windows of the chosen run, by what it answered to ${id}`}>↳ {id}</span>}
      now={
        <span class={`answer-verdict verdict-${answer.verdict}`} title={answer.unread ?? VERDICTS[answer.verdict]}>
          {MARKS[answer.verdict]} {answer.reading === null ? answer.unread : <ForeignText text={answer.reading} />}
        </span>
      }
    >
      <Boxes span={props.span.value} about={`${id}: ${summaryOf(columns.labels)}`}>
        {(Object.keys(VERDICTS) as Verdict[]).map((verdict, label) => (
          <path
            key={verdict}
            class={`box-${verdict}`}
            d={BOXES[verdict].map(([top, bottom]) => outline(columns, label, top, bottom)).join("")}
          />
        ))}
      </Boxes>
    </TimelineRow>
  );
}

/** Return how many windows have which verdict, in words. */
export function summaryOf(labels: readonly number[]): string {
  return Object.values(VERDICTS)
    .map((words, place) => [words, labels.filter((label) => label === place).length] as const)
    .filter(([, count]) => count > 0)
    .map(([words, count]) => `${count} ${words}`)
    .join(", ");
}

/** The windows that a reader goes through. */
export function MomentsRow(props: { span: Signal<Span>; moments: Stretches; words: string }) {
  const { starts, ends } = props.moments;
  const path = useMemo(() => outline({ starts, ends, labels: starts.map(() => 0) }, 0, 4, 16), [starts, ends]);
  return (
    <TimelineRow name={props.words} now={<span class="soft">n, p</span>}>
      <Boxes span={props.span.value} about={`${props.words}: ${starts.length} windows`}>
        <path class="box-moment" d={path} />
      </Boxes>
    </TimelineRow>
  );
}

function Boxes(props: { span: Span; about: string; children: ComponentChildren }) {
  const { from, to } = props.span;
  return (
    <svg
      class="segments"
      viewBox={`${from} 0 ${Math.max(1, to - from)} 20`}
      preserveAspectRatio="none"
      role="img"
      aria-label={props.about}
    >
      {props.children}
    </svg>
  );
}

/** What the colours of the rows mean. */
export function Legend(props: { schemes: readonly PageScheme[]; hasWindows: boolean }) {
  return (
    <p class="video-legend soft">
      {props.schemes.flatMap((scheme) =>
        scheme.labels.map((label) => <LabelName key={`${scheme.name} ${label.name}`} label={label} />),
      )}
      {props.hasWindows &&
        (["right", "wrong", "unread", "unknown"] as const).map((verdict) => (
          <span key={verdict} class="legend-verdict">
            <svg viewBox="0 0 20 20" aria-hidden="true">
              {BOXES[verdict].map(([top, bottom]) => (
                <rect key={top} class={`box-${verdict}`} x={2} width={16} y={top} height={bottom - top} />
              ))}
            </svg>
            {VERDICTS[verdict]}
          </span>
        ))}
    </p>
  );
}
