// A video with everything that is known of it, on one clock; its address follows what is looked at.

import { effect, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Overview, PageTimeline, PageVideo, VideoData } from "../data/types.ts";
import { MeasuredVideo } from "../doses/video_doses.tsx";
import { type Binding, KeyList, useKeys } from "../parts/keys.tsx";
import { Playback } from "../parts/playback.ts";
import { Player } from "../parts/player.tsx";
import type { Span } from "../parts/time.ts";
import { Timelines, zoom } from "../parts/timeline.tsx";
import { replaceQuery, route } from "../shell/route.ts";
import { answeringRuns, areShownAlike, neighbourStart } from "./answers.ts";
import { Choices } from "./choices.tsx";
import { Head, neighbourAddress } from "./head.tsx";
import { choiceOf, queryOf, timeOf } from "./moment_address.ts";
import { type Chosen, chosenQuestions, momentsOf, SHOWN } from "./moments.ts";
import { Panel } from "./panel.tsx";
import { Perturbed } from "./perturbed.tsx";
import { Legend, MomentsRow, orderedTimelines, QuestionRow, SourceRow, timelineName } from "./rows.tsx";

const ADDRESS_AFTER_MS = 250;
const ABSENT = (
  <>
    This report holds no video; <code>strokerehab report … --with-video links</code> adds it. The clock below goes
    without.
  </>
);

interface VideoPageProps {
  readonly overview: Overview;
  readonly video: PageVideo;
  readonly data: VideoData;
}

export function VideoPage(props: VideoPageProps) {
  const { overview, video, data } = props;
  const playback = useMemo(() => new Playback(video.duration_ms, data.fps), [video, data]);
  const span = useSignal<Span>({ from: 0, to: video.duration_ms });
  const [choice, choose] = useAddress(props, playback);
  const moments = useMemo(() => momentsOf(data, overview, choice), [data, overview, choice]);
  const windows = useMemo(() => momentsOf(data, overview, { ...choice, show: "all" }), [data, overview, choice]);
  const timelines = orderedTimelines(data, choice).filter(
    ({ run }) => run === null || areShownAlike(overview, run, choice.run),
  );
  const onBar = useSignal<PageTimeline | null>(null);
  const bar = timelines.find((timeline) => timeline === onBar.value) ?? timelines[0];
  const barScheme = overview.schemes[bar?.scheme ?? -1];
  const asked = chosenQuestions(data, overview, choice);
  const helps = useSignal(false);

  const goAmong = (starts: readonly number[], step: 1 | -1) => {
    const start = neighbourStart(starts, playback.at.peek(), step);
    if (start === null) return;
    playback.pause();
    playback.seek(start);
  };
  const leave = (step: 1 | -1) => {
    const address = neighbourAddress(overview, video, choice, step);
    if (address) location.hash = address;
  };
  const help = () => {
    helps.value = true;
  };
  const bindings: Binding[] = [
    { keys: [" "], does: "play or pause", act: () => playback.toggle() },
    { keys: ["ArrowLeft"], does: "one frame back", act: () => playback.step(-1) },
    { keys: ["ArrowRight"], does: "one frame on", act: () => playback.step(1) },
    { keys: ["shift+ArrowLeft"], does: "window before", act: () => goAmong(windows.starts, -1) },
    { keys: ["shift+ArrowRight"], does: "window after", act: () => goAmong(windows.starts, 1) },
    {
      keys: ["ArrowUp"],
      does: "segment before, of the timeline on the seek bar",
      act: () => goAmong(bar?.starts ?? [], -1),
    },
    { keys: ["ArrowDown"], does: "segment after", act: () => goAmong(bar?.starts ?? [], 1) },
    { keys: ["n"], does: `next of: ${SHOWN[choice.show]}`, act: () => goAmong(moments.starts, 1) },
    { keys: ["p"], does: `previous of: ${SHOWN[choice.show]}`, act: () => goAmong(moments.starts, -1) },
    { keys: ["+", "="], does: "zoom in", act: () => zoom({ playback, span }, "nearer") },
    { keys: ["-"], does: "zoom out", act: () => zoom({ playback, span }, "farther") },
    { keys: ["]"], does: "next video", act: () => leave(1) },
    { keys: ["["], does: "previous video", act: () => leave(-1) },
    { keys: ["?"], does: "this list", act: help },
  ];
  useKeys(bindings);

  const isOfOther = ({ run }: PageTimeline) => run !== null && run !== choice.run;
  const sourceRow = (timeline: PageTimeline) => (
    <SourceRow
      key={data.timelines.indexOf(timeline)}
      {...{ playback, span, overview, timeline }}
      name={timelineName(timeline, data)}
      isOnBar={timeline === bar}
      choose={() => {
        onBar.value = timeline;
      }}
    />
  );
  return (
    <article class={video.media ? "video-page has-footage" : "video-page"}>
      <Head overview={overview} video={video} choice={choice} />
      <Choices {...{ data, overview, choice, moments, choose, help }} go={(step) => goAmong(moments.starts, step)} />
      <div class="video-player">
        <Player
          playback={playback}
          media={video.media}
          bar={bar && barScheme ? { timeline: bar, scheme: barScheme, name: timelineName(bar, data) } : null}
          absent={ABSENT}
        />
      </div>
      <div class="video-rows">
        {timelines.length === 0 && <p class="soft">There is no timeline of this video.</p>}
        <Timelines playback={playback} span={span}>
          {timelines.filter((timeline) => !isOfOther(timeline)).map(sourceRow)}
          {asked.map((question) => (
            <QuestionRow
              key={`${question.run} ${question.question}`}
              {...{ playback, span, overview, data }}
              asked={question}
            />
          ))}
          {choice.show !== "all" && <MomentsRow span={span} moments={moments} words={SHOWN[choice.show]} />}
          {timelines.filter(isOfOther).map(sourceRow)}
        </Timelines>
        <Legend
          schemes={[...new Set(timelines.map(({ scheme }) => scheme))].flatMap(
            (place) => overview.schemes[place] ?? [],
          )}
          hasWindows={asked.length > 0}
        />
      </div>
      <Panel {...{ playback, data, overview, choice }} chooseRun={(run) => choose({ run, question: null })} />
      <Perturbed {...{ playback, data, overview, choice }} />
      <MeasuredVideo overview={overview} data={data} run={choice.run} />
      {helps.value && (
        <KeyList
          bindings={bindings}
          shut={() => {
            helps.value = false;
          }}
        />
      )}
    </article>
  );
}

/** Return what the address chooses and how to change that; the address follows choice and clock, and leads them. */
function useAddress(props: VideoPageProps, playback: Playback): [Chosen, (change: Partial<Chosen>) => void] {
  const { overview, video, data } = props;
  const [first = null] = answeringRuns(data, (run) => overview.runs[run]?.baseline ?? false);
  const named = (query: Readonly<Record<string, string>>) =>
    choiceOf(query, overview, { run: first, question: null, hand: null, show: "all" });
  const choice = useSignal<Chosen>(named(route.peek().query));
  useEffect(
    () =>
      effect(() => {
        const { path, query } = route.value;
        if (path[1] !== video.id) return;
        choice.value = named(query);
        playback.seek(timeOf(query));
      }),
    [video, playback],
  );
  useEffect(() => {
    let later: ReturnType<typeof setTimeout> | undefined;
    const end = effect(() => {
      const query = queryOf(playback.at.value, choice.value);
      clearTimeout(later);
      if (playback.playing.value) return;
      later = setTimeout(() => route.peek().path[1] === video.id && replaceQuery(query), ADDRESS_AFTER_MS);
    });
    return () => {
      clearTimeout(later);
      end();
    };
  }, [video, playback]);
  return [
    choice.value,
    (change) => {
      choice.value = { ...choice.value, ...change };
    },
  ];
}
