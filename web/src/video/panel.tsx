// The present window: its frames as the model got them, and what every run answered about it.

import { useSignal } from "@preact/signals";
import type { AskedQuestion, Overview, PageQuestion, VideoData } from "../data/types.ts";
import { useDerived } from "../parts/derived.ts";
import { ForeignText } from "../parts/foreign_text.tsx";
import type { Playback } from "../parts/playback.ts";
import { RunName } from "../parts/run_name.tsx";
import { LabelName } from "../parts/segments.tsx";
import { clockText, stretchAt } from "../parts/time.ts";
import { type Answer, answeringRuns, answerOf, areShownAlike, MARKS, VERDICTS, windowAt } from "./answers.ts";
import { type Chosen, chosenQuestions, type Hand, isOfHand, questionId, truthOf } from "./moments.ts";
import { pictureOf } from "./perturbed.ts";

const LONG_REPLY = 240;

interface PanelProps {
  readonly playback: Playback;
  readonly data: VideoData;
  readonly overview: Overview;
  readonly choice: Chosen;
  readonly chooseRun: (run: number) => void;
}

export function Panel(props: PanelProps) {
  const { data, overview, choice } = props;
  const runs = answeringRuns(data, (run) => overview.runs[run]?.baseline ?? false);
  const others = runs.filter((run) => run !== choice.run && areShownAlike(overview, run, choice.run));
  return (
    <section class="video-panel" aria-label="window">
      {runs.length === 0 && <p class="soft">No run of this report was asked about this video.</p>}
      {choice.run !== null && <ChosenRun {...props} run={choice.run} />}
      {others.length > 0 && <h3>Other runs</h3>}
      {others.map((run) => (
        <OtherRun key={run} {...props} run={run} />
      ))}
    </section>
  );
}

function ChosenRun(props: PanelProps & { run: number }) {
  const { playback, data, overview, choice, run } = props;
  const asked = chosenQuestions(data, overview, choice);
  const windows = useWindows(playback, data, asked);
  const first = asked.findIndex((_, place) => (windows[place] ?? -1) >= 0);
  const grid = data.grids[asked[first]?.grid ?? -1];
  const window = windows[first] ?? -1;
  return (
    <>
      <h2>
        <RunName run={overview.runs[run]} />{" "}
        {grid && (
          <span class="soft">
            window {window + 1} of {grid.starts.length}, {clockText(grid.starts[window] ?? 0)} –{" "}
            {clockText(grid.ends[window] ?? 0)}
          </span>
        )}
      </h2>
      {asked.length === 0 && <p class="soft">This run was not asked about this video.</p>}
      {asked.length > 0 && !grid && <p class="soft">No window of this run is at this time.</p>}
      {grid && <Strip data={data} run={run} grid={asked[first]?.grid ?? -1} window={window} />}
      <Primitive {...props} />
      <Answers {...props} asked={asked} windows={windows} />
    </>
  );
}

/** Return the window of each question at the present time; renders again only when one of them changes. */
function useWindows(playback: Playback, data: VideoData, asked: readonly AskedQuestion[]): number[] {
  const known = useDerived(
    () => asked.map((question) => windowAt(data, question, playback.at.value)).join(" "),
    [playback, data, asked.map(({ run, question }) => `${run}.${question}`).join(" ")],
  );
  return known === "" ? [] : known.split(" ").map(Number);
}

function Strip(props: { data: VideoData; run: number; grid: number; window: number }) {
  const { data, run, grid, window } = props;
  const strip = data.strips.find((one) => one.grid === grid && one.runs.includes(run));
  const picture = strip ? pictureOf(strip, window) : null;
  if (!picture) return null;
  return (
    <div class="video-frames">
      <img
        src={picture.address}
        width={picture.width}
        height={picture.height}
        alt={`the ${picture.count} frames of this window as the model got them`}
      />
    </div>
  );
}

/** What the answers of a run make of the present time, beside the truth. */
function Primitive(props: PanelProps & { run: number }) {
  const { playback, data, overview, choice, run } = props;
  const own = data.timelines.filter((timeline) => timeline.run === run && isOfHand(timeline, choice.hand));
  const truth = truthOf(data, own[0]?.hand ?? choice.hand);
  const shown = truth ? [...own, truth] : own;
  const places = useDerived(
    () => shown.map((timeline) => stretchAt(timeline, playback.at.value)).join(" "),
    [playback, data, run, choice.hand],
  ).split(" ");
  if (own.length === 0) return null;
  return (
    <dl class="video-primitives">
      {shown.map((timeline, row) => (
        <div key={`${timeline.kind} ${timeline.name} ${timeline.hand}`}>
          <dt class="soft">
            {timeline.run === run ? (timeline.kind === "rule" ? "by its answers" : "decoded") : "truth"}
          </dt>
          <dd>
            <LabelName label={overview.schemes[timeline.scheme]?.labels[timeline.labels[Number(places[row])] ?? -1]} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

type AnswersProps = Pick<PanelProps, "data" | "overview"> & {
  readonly asked: readonly AskedQuestion[];
  readonly windows: readonly number[];
};

function Answers(props: AnswersProps) {
  const { data, overview, asked, windows } = props;
  return (
    <ul class="video-answers">
      {asked.map((question, place) => {
        const window = windows[place] ?? -1;
        const answer = answerOf(data, question, window);
        if (window < 0 || answer.verdict === "unasked") return null;
        return (
          <li key={question.question}>
            <OneAnswer
              id={questionId(overview, question)}
              question={overview.runs[question.run]?.questions[question.question]}
              hand={handOf(data, question.run)}
              answer={answer}
            />
          </li>
        );
      })}
    </ul>
  );
}

/** Return the one hand that a run's timelines are of; null where that is not known. */
function handOf(data: VideoData, run: number): Hand | null {
  const hands = new Set(data.timelines.filter((timeline) => timeline.run === run).map(({ hand }) => hand));
  return hands.size === 1 ? ([...hands][0] ?? null) : null;
}

function OneAnswer(props: { id: string; question: PageQuestion | undefined; hand: Hand | null; answer: Answer }) {
  const { id, question, hand, answer } = props;
  const words = question?.text?.replaceAll("{hand}", hand ?? "{hand}");
  const isLong = (answer.reply?.length ?? 0) > LONG_REPLY;
  const scrolls = isLong
    ? ({ tabIndex: 0, "data-own-keys": true, role: "region", "aria-label": "reply" } as const)
    : {};
  return (
    <>
      <p class="answer-question">
        <strong>{id}</strong> {words && <ForeignText text={words} />}
      </p>
      <p class={`answer-verdict verdict-${answer.verdict}`}>
        {MARKS[answer.verdict]} {answer.unread ?? VERDICTS[answer.verdict]}
        {answer.reading !== null && (
          <>
            : read as <ForeignText text={answer.reading} />
          </>
        )}
        {answer.truth !== null && (
          <>
            , truth <ForeignText text={answer.truth} />
          </>
        )}
      </p>
      {answer.reply !== null && (
        <blockquote class="answer-reply" {...scrolls}>
          <ForeignText text={answer.reply} />
        </blockquote>
      )}
      {answer.probabilities.length > 0 && <Probabilities answer={answer} />}
    </>
  );
}

function Probabilities(props: { answer: Answer }) {
  return (
    <dl class="answer-probabilities">
      {props.answer.probabilities.map(([choice, share]) => (
        <div key={choice}>
          <dt>{choice}</dt>
          <dd>
            <span class="probability-bar" style={{ width: `${100 * share}%` }} />
          </dd>
          <dd>{(100 * share).toFixed(1)} %</dd>
        </div>
      ))}
    </dl>
  );
}

/** A run that is not chosen: its readings in a line, everything else when it is opened. */
function OtherRun(props: PanelProps & { run: number }) {
  const { playback, data, overview, run } = props;
  const isOpen = useSignal(false);
  const asked = data.asked.filter((one) => one.run === run);
  const windows = useWindows(playback, data, asked);
  return (
    <details
      class="video-other"
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>
        <RunName run={overview.runs[run]} />
        {asked.map((question, place) => (
          <Reading
            key={question.question}
            id={questionId(overview, question)}
            answer={answerOf(data, question, windows[place] ?? -1)}
          />
        ))}
      </summary>
      {isOpen.value && (
        <>
          <Primitive {...props} />
          <Answers {...props} asked={asked} windows={windows} />
          <button type="button" onClick={() => props.chooseRun(run)}>
            Choose this run
          </button>
        </>
      )}
    </details>
  );
}

function Reading(props: { id: string; answer: Answer }) {
  const { id, answer } = props;
  if (answer.verdict === "unasked") return null;
  return (
    <span class={`reading answer-verdict verdict-${answer.verdict}`} title={answer.unread ?? VERDICTS[answer.verdict]}>
      {id} {MARKS[answer.verdict]} {answer.reading === null ? answer.unread : <ForeignText text={answer.reading} />}
    </span>
  );
}
