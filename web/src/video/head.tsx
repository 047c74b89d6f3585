// What a video is, how the chosen run scored on it, and the way to the videos beside it.

import type { Overview, PageVideo } from "../data/types.ts";
import { numberOf } from "../parts/format.ts";
import { clockText } from "../parts/time.ts";
import { href } from "../shell/route.ts";
import { queryOf } from "./moment_address.ts";
import type { Chosen } from "./moments.ts";

interface HeadProps {
  readonly overview: Overview;
  readonly video: PageVideo;
  readonly choice: Chosen;
}

export function Head(props: HeadProps) {
  const { overview, video, choice } = props;
  const place = overview.videos.indexOf(video);
  const scores = scoresOf(overview, place, choice.run);
  return (
    <div class="video-head">
      <h1>{video.id}</h1>
      <p class="soft">
        {[
          `patient ${video.patient}`,
          video.cohort,
          video.activity,
          video.view && `view ${video.view}`,
          clockText(video.duration_ms, 1),
        ]
          .filter(Boolean)
          .join(" · ")}
        {scores.length > 0 && <> · {scores.map(([title, value]) => `${title} ${value}`).join(" · ")}</>}
      </p>
      <nav aria-label="videos">
        <Neighbour {...props} step={-1} />
        <span class="soft">
          {place + 1} of {overview.videos.length}
        </span>
        <Neighbour {...props} step={1} />
      </nav>
    </div>
  );
}

function Neighbour(props: HeadProps & { step: 1 | -1 }) {
  const words = props.step === 1 ? "next video →" : "← previous video";
  const address = neighbourAddress(props.overview, props.video, props.choice, props.step);
  return address ? <a href={address}>{words}</a> : <span class="soft">{words}</span>;
}

/** Return the address of the video after (step 1) or before (−1) one, with the same choice; null at the end. */
export function neighbourAddress(overview: Overview, video: PageVideo, choice: Chosen, step: 1 | -1): string | null {
  const neighbour = overview.videos[overview.videos.indexOf(video) + step];
  return neighbour ? href(["video", neighbour.id], queryOf(null, choice)) : null;
}

/** Return a run's scores of a video, as titles and values. */
export function scoresOf(overview: Overview, video: number, run: number | null): [string, string][] {
  const scores = overview.scores.find((of) => of.run === run);
  const row = scores?.videos.indexOf(video) ?? -1;
  const task = overview.tasks.find(({ rows }) => rows.some((of) => of.run === run));
  return (task?.metrics ?? []).flatMap(({ key, title, decimals }): [string, string][] => {
    const value = scores?.columns[key]?.[row] ?? null;
    return value === null ? [] : [[title, numberOf(value, decimals)]];
  });
}
