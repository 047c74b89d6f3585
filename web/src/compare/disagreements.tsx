import { useState } from "preact/hooks";
import type { PageTimeline, VideoData } from "../data/types.ts";
import { ForeignText } from "../parts/foreign_text.tsx";
import { counted } from "../parts/format.ts";
import { ColourKey } from "../parts/key.tsx";
import { Segments } from "../parts/segments.tsx";
import { clockText } from "../parts/time.ts";
import type { ViewProps } from "../shell/app.tsx";
import { Load } from "../shell/load.tsx";
import { href } from "../shell/route.ts";
import type { Answer } from "../video/answers.ts";
import { type AnswerPair, answersOf, sayingOf } from "./windows.ts";

const FIRST = 50;

interface Props extends ViewProps {
  readonly video: number;
  readonly first: number;
  readonly second: number;
}

/** The windows of a video about which two runs disagree; its data are loaded when this is shown. */
export function Disagreements(props: Props) {
  return (
    <Load of={() => props.source.video(props.video)} by={props.video}>
      {(data) => <Loaded {...props} data={data} />}
    </Load>
  );
}

function Loaded(props: Props & { data: VideoData }) {
  const { overview, data, first, second } = props;
  const [isWhole, setWhole] = useState(false);
  const { differing, n_same } = answersOf(overview, data, first, second);
  const all = differing.length + n_same;
  const shown = isWhole ? differing : differing.slice(0, FIRST);
  return (
    <div class="disagreements">
      <Strips {...props} />
      {all === 0 ? (
        <p>The two runs were not asked the same questions about the same windows of this video.</p>
      ) : (
        <p>
          They answer {counted(all, "question")} about the same windows, {n_same} of them alike
          {differing.length > 0 ? ", the others not; where one is right and the other wrong, first:" : "."}
        </p>
      )}
      {shown.length > 0 && <PairTable {...props} pairs={shown} />}
      {differing.length > FIRST && (
        <button type="button" class="screen-only" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show fewer" : `Show all ${differing.length}`}
        </button>
      )}
    </div>
  );
}

function PairTable(props: Props & { pairs: readonly AnswerPair[] }) {
  const { overview, first, second } = props;
  const id = overview.videos[props.video]?.id ?? "";
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">time</th>
          <th scope="col">question</th>
          <th scope="col">truth</th>
          <th scope="col">
            <span class="of-run">{overview.runs[first]?.name}</span>
          </th>
          <th scope="col">
            <span class="of-run">{overview.runs[second]?.name}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {props.pairs.map((pair) => (
          <tr key={`${pair.question} ${pair.start}`}>
            <th scope="row">
              <a href={href(["video", id], { t: (pair.start / 1000).toFixed(3), run: second, q: pair.question })}>
                {clockText(pair.start, 1)} – {clockText(pair.end, 1)}
              </a>
            </th>
            <td>{pair.question}</td>
            <td>{pair.truth}</td>
            <Said answer={pair.first} />
            <Said answer={pair.second} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const TONES: Readonly<Partial<Record<Answer["verdict"], readonly [tone: string, mark: string]>>> = {
  right: ["fine", "✓"],
  wrong: ["wrong", "✗"],
  unread: ["doubtful", "?"],
};

function Said(props: { answer: Answer }) {
  const { answer } = props;
  const [tone, mark] = TONES[answer.verdict] ?? ["", ""];
  return (
    <td class={tone}>
      <ForeignText text={sayingOf(answer)} /> <span title={answer.verdict}>{mark}</span>
    </td>
  );
}

/** Truth and the timelines of both runs, one above the other. */
function Strips(props: Props & { data: VideoData }) {
  const { overview, data, first, second } = props;
  const timelines = [
    ...data.timelines.filter(({ kind }) => kind === "truth"),
    ...[first, second].flatMap((run) => data.timelines.filter((one) => one.run === run && one.kind === "rule")),
  ];
  const to = overview.videos[props.video]?.duration_ms ?? 0;
  return (
    <div class="pair-strips">
      {[...new Set(timelines.map(({ scheme }) => scheme))].map((scheme) => (
        <ColourKey key={scheme} scheme={overview.schemes[scheme]} />
      ))}
      {timelines.map((timeline) => {
        const scheme = overview.schemes[timeline.scheme];
        const name = nameOf(timeline);
        return (
          scheme && (
            <div key={name} class="pair-strip">
              <span class="soft">{name}</span>
              <span class="strip">
                <Segments timeline={timeline} scheme={scheme} span={{ from: 0, to }} about={name} />
              </span>
            </div>
          )
        );
      })}
    </div>
  );
}

function nameOf(timeline: PageTimeline): string {
  return timeline.hand ? `${timeline.name}, ${timeline.hand} hand` : timeline.name;
}
