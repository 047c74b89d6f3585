import type { Overview } from "../data/types.ts";
import { Measured } from "../doses/measured.tsx";
import { counted } from "../parts/format.ts";
import type { ViewProps } from "../shell/app.tsx";
import { href } from "../shell/route.ts";
import { WhatWasRun } from "./facts.tsx";
import { Figures } from "./figures.tsx";
import { Replies } from "./replies.tsx";
import { PrintedTables } from "./tables.tsx";
import { Tasks } from "./tasks.tsx";
import { SurelyWrong } from "./wrong.tsx";
import "./overview.css";

/** The first view: where models are surely wrong, the scores, what answers live on, measured doses, the replies, what was run, figures. */
export function OverviewView(props: ViewProps) {
  const { overview } = props;
  return (
    <div class="overview">
      <h1 class="visually-hidden">{overview.title}: overview</h1>
      <p class="soft">
        {extentOf(overview)}. <a href={href(["videos"])}>All videos</a>
      </p>
      <Problems problems={overview.problems} />
      <SurelyWrong overview={overview} />
      <Tasks overview={overview} />
      <PrintedTables tables={overview.tables} />
      <Measured overview={overview} />
      <Replies overview={overview} />
      <Figures figures={overview.figures} />
      <WhatWasRun overview={overview} />
    </div>
  );
}

function extentOf(overview: Overview): string {
  const patients = new Set(overview.videos.map(({ patient }) => patient)).size;
  const { runs, videos } = overview;
  return `${counted(runs.length, "run")}, ${counted(videos.length, "video")} of ${counted(patients, "patient")}`;
}

function Problems(props: { problems: readonly string[] }) {
  const { problems } = props;
  if (problems.length === 0) return null;
  return (
    <details class="problems">
      <summary class="doubtful">{counted(problems.length, "thing")} could not be read or made</summary>
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </details>
  );
}
