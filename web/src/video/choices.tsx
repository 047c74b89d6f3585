// What a reader chooses on the page of a video: run, question, hand, and which windows to go through.

import type { Overview, VideoData } from "../data/types.ts";
import { Choice } from "../parts/choice.tsx";
import { counted } from "../parts/format.ts";
import type { Stretches } from "../parts/time.ts";
import { answeringRuns } from "./answers.ts";
import { type Chosen, possibleShows, SHOWN, type Show } from "./moments.ts";

interface ChoicesProps {
  readonly data: VideoData;
  readonly overview: Overview;
  readonly choice: Chosen;
  readonly moments: Stretches;
  readonly choose: (change: Partial<Chosen>) => void;
  readonly go: (step: 1 | -1) => void;
  readonly help: () => void;
}

export function Choices(props: ChoicesProps) {
  const { data, overview, choice, moments, choose, go } = props;
  const asked = new Set(data.asked.filter(({ run }) => run === choice.run).map(({ question }) => question));
  const questions = overview.runs[choice.run ?? -1]?.questions.filter((_, place) => asked.has(place)) ?? [];
  const hands = new Set(data.timelines.map(({ hand }) => hand));
  const count = moments.starts.length;
  return (
    <form class="choices" aria-label="what is shown" onSubmit={(event) => event.preventDefault()}>
      <Choice
        label="Run"
        value={String(choice.run ?? "")}
        options={answeringRuns(data, () => false).map((run) => ({
          value: String(run),
          name: overview.runs[run]?.name ?? "",
        }))}
        onChange={(run) => choose({ run: Number(run), question: null })}
      />
      <Choice
        label="Question"
        value={choice.question ?? ""}
        options={[{ value: "", name: "all questions" }, ...questions.map(({ id }) => ({ value: id, name: id }))]}
        onChange={(question) => choose({ question: question || null })}
      />
      {hands.has("left") && hands.has("right") && (
        <Choice
          label="Hand"
          value={choice.hand ?? ""}
          options={[
            { value: "", name: "both hands" },
            { value: "left", name: "left hand" },
            { value: "right", name: "right hand" },
          ]}
          onChange={(hand) => choose({ hand: hand === "left" || hand === "right" ? hand : null })}
        />
      )}
      <Choice
        label="Go through"
        value={choice.show}
        options={possibleShows(data, overview).map((show) => ({ value: show, name: SHOWN[show] }))}
        onChange={(show) => choose({ show: show as Show })}
      />
      <span class="video-moments">
        <button type="button" disabled={count === 0} onClick={() => go(-1)}>
          ↤ previous
        </button>
        <button type="button" disabled={count === 0} onClick={() => go(1)}>
          next ↦
        </button>
        <span role="status">{counted(count, "window")}</span>
      </span>
      <button type="button" onClick={props.help}>
        Keys (?)
      </button>
    </form>
  );
}
