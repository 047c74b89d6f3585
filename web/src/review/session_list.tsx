// The list of a session: what is to be done, in its order, how far each is, and how long it took.

import { useEffect, useState } from "preact/hooks";
import { clockText } from "../parts/time.ts";
import { messageOf } from "../shell/load.tsx";
import { href } from "../shell/route.ts";
import { CLIPS, type Handling, VIDEOS } from "./contents.ts";
import { copyName, type Desk } from "./desk.ts";
import type { ReviewedClip, ReviewedVideo, State } from "./types.ts";

/** The videos and clips of a session. */
export function SessionList({ desk }: { desk: Desk }) {
  const [problem, setProblem] = useState("");
  useEffect(() => {
    desk.refresh().catch((error: unknown) => setProblem(messageOf(error)));
  }, [desk]);
  const { videos, clips } = desk.session.value;
  return (
    <>
      {problem && <p role="alert">{problem}</p>}
      {videos.length > 0 && <VideoTable desk={desk} videos={videos} />}
      {clips.length > 0 && <ClipTable desk={desk} clips={clips} />}
    </>
  );
}

function VideoTable({ desk, videos }: { desk: Desk; videos: readonly ReviewedVideo[] }) {
  const ordered = videos.some((video) => video.uncertainty !== null);
  const next = videos.find((video) => video.state !== "done");
  return (
    <section>
      <h1>Videos</h1>
      <Progress all={videos} />
      {next && (
        <p>
          <a class="next" href={href(["video", next.id])}>
            {next.state === "new" ? "Begin" : "Go on"} with {next.id}
          </a>
        </p>
      )}
      <table class="session">
        <caption class="soft">
          {ordered ? "What the run is least sure of comes first." : "In the dataset's order."}
        </caption>
        <thead>
          <tr>
            <th scope="col">video</th>
            <th scope="col">patient</th>
            <th scope="col">activity</th>
            <th scope="col">view</th>
            <th scope="col">length</th>
            {ordered && <th scope="col">uncertainty</th>}
            <th scope="col">state</th>
            <th scope="col">minutes of work</th>
          </tr>
        </thead>
        <tbody>
          {videos.map((video) => (
            <tr key={video.id} class={`is-${video.state}`}>
              <th scope="row">
                <a href={href(["video", video.id])}>{video.id}</a>
              </th>
              <td>{video.patient}</td>
              <td>{video.activity}</td>
              <td>{video.view}</td>
              <td class="number">{clockText(video.duration_ms, 0)}</td>
              {ordered && <td class="number">{video.uncertainty === null ? "–" : video.uncertainty.toFixed(2)}</td>}
              <td>
                <StateMark state={video.state} />
                <CopyMark desk={desk} handling={VIDEOS} id={video.id} />
              </td>
              <td class="number">{minutes(video.active_s)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ClipTable({ desk, clips }: { desk: Desk; clips: readonly ReviewedClip[] }) {
  return (
    <section>
      <h1>Fugl-Meyer clips</h1>
      <Progress all={clips} />
      <table class="session">
        <thead>
          <tr>
            <th scope="col">clip</th>
            <th scope="col">patient</th>
            <th scope="col">items</th>
            <th scope="col">length</th>
            <th scope="col">state</th>
            <th scope="col">minutes of work</th>
          </tr>
        </thead>
        <tbody>
          {clips.map((clip) => (
            <tr key={clip.id} class={`is-${clip.state}`}>
              <th scope="row">
                <a href={href(["clip", clip.id])}>{clip.id}</a>
              </th>
              <td>{clip.patient}</td>
              <td>{clip.items.map(([number]) => number).join(", ")}</td>
              <td class="number">{clockText(clip.duration_ms, 0)}</td>
              <td>
                <StateMark state={clip.state} />
                <CopyMark desk={desk} handling={CLIPS} id={clip.id} />
              </td>
              <td class="number">{minutes(clip.active_s)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Progress({ all }: { all: readonly (ReviewedVideo | ReviewedClip)[] }) {
  const done = all.filter((one) => one.state === "done");
  const worked = all.reduce((sum, one) => sum + one.active_s, 0);
  return (
    <p>
      <progress max={all.length} value={done.length} aria-label="done" /> {done.length} of {all.length} done,{" "}
      {minutes(worked)} minutes of work
    </p>
  );
}

function StateMark({ state }: { state: State }) {
  return <span class={`state-${state}`}>{state}</span>;
}

function CopyMark<F, C>(props: { desk: Desk; handling: Handling<F, C>; id: string }) {
  const kept = props.desk.copies.has(copyName(props.handling, props.id));
  return kept ? <span class="doubtful"> – unsaved changes are in this browser: open it</span> : null;
}

function minutes(seconds: number): string {
  return (seconds / 60).toFixed(1);
}
