// The review: the list of a session, or the video or clip that the address names.

import { Load } from "../shell/load.tsx";
import { href, route } from "../shell/route.ts";
import { ClipView } from "./clip_view.tsx";
import { Desk } from "./desk.ts";
import { Editor } from "./editor.tsx";
import { SessionList } from "./session_list.tsx";
import "./review.css";

/** The page with a pen. */
export function Review() {
  return (
    <Load of={Desk.open} by={null}>
      {(desk) => (
        <>
          <Head desk={desk} />
          <main>
            <ReviewView desk={desk} />
          </main>
        </>
      )}
    </Load>
  );
}

function Head({ desk }: { desk: Desk }) {
  const { dataset, rater, run } = desk.session.value;
  return (
    <header class="head">
      <a href={href([])} class="title">
        Review of {dataset}
      </a>
      <span>
        rater <strong>{rater}</strong>
        {run && (
          <>
            , drafts of <strong>{run}</strong>
          </>
        )}
      </span>
    </header>
  );
}

function ReviewView({ desk }: { desk: Desk }) {
  const [view, id] = route.value.path;
  const { videos, clips } = desk.session.value;
  if (view === undefined) return <SessionList desk={desk} />;
  const place = (view === "clip" ? clips : videos).findIndex((one) => one.id === id);
  if ((view !== "video" && view !== "clip") || id === undefined || place < 0) {
    return (
      <p role="alert">
        There is no {route.value.path.join(" ")} in this review. <a href={href([])}>Back to the list</a>
      </p>
    );
  }
  const subject = { place, id };
  return view === "video" ? (
    <Editor key={id} desk={desk} subject={subject} />
  ) : (
    <ClipView key={id} desk={desk} subject={subject} />
  );
}
