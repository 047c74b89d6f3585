// The page of a video: #/video/ID.

import type { ViewProps } from "../shell/app.tsx";
import { Load } from "../shell/load.tsx";
import { route } from "../shell/route.ts";
import { VideoPage } from "./video_page.tsx";
import "./video.css";

export function VideoView(props: ViewProps) {
  const { overview, source } = props;
  const id = route.value.path[1] ?? "";
  const place = overview.videos.findIndex((video) => video.id === id);
  const video = overview.videos[place];
  if (!video) return <p role="alert">There is no video {id} in this report.</p>;
  return (
    <Load key={id} of={() => source.video(place)} by={place}>
      {(data) => <VideoPage overview={overview} video={video} data={data} />}
    </Load>
  );
}
