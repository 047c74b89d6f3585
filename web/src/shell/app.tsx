import { useEffect, useRef } from "preact/hooks";
import { Compare } from "../compare/compare.tsx";
import type { DataSource } from "../data/source.ts";
import type { Overview } from "../data/types.ts";
import { Identification } from "../families/identification.tsx";
import { Impairment } from "../families/impairment.tsx";
import { OverviewView } from "../overview/overview.tsx";
import { counted, listed } from "../parts/format.ts";
import { VideoView } from "../video/video.tsx";
import { Videos } from "../videos/videos.tsx";
import { Load } from "./load.tsx";
import { href, route } from "./route.ts";
import "./shell.css";

export interface ViewProps {
  readonly overview: Overview;
  readonly source: DataSource;
}

/** The report: its head, and the view that the address names. */
export function Report(props: { source: DataSource }) {
  return (
    <Load of={() => props.source.overview()} by={props.source}>
      {(overview) => <Page overview={overview} source={props.source} />}
    </Load>
  );
}

function Page(props: ViewProps) {
  const { overview } = props;
  const main = useRef<HTMLElement>(null);
  const [view] = route.value.path;
  const isWithin = (one: string | undefined) => (view === "video" ? "videos" : view) === one;
  useTitle(overview.title);
  useArrival(route.value.path.join("/"), main);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        To the content
      </button>
      <header class="head">
        <a href={href([])} class="title">
          {overview.title}
        </a>
        <nav aria-label="views">
          {viewsOf(overview).map(([path, name]) => (
            <a key={name} href={href(path)} aria-current={isWithin(path[0]) ? "page" : undefined}>
              {name}
            </a>
          ))}
        </nav>
      </header>
      <DemoNote overview={overview} />
      <main ref={main} tabIndex={-1}>
        <View {...props} />
      </main>
      <footer class="foot">
        Made by {overview.program}.{" "}
        {overview.deidentified ? "Codes of patients and names of videos are replaced by keyed hashes." : ""}
      </footer>
    </>
  );
}

function viewsOf(overview: Overview): (readonly [readonly string[], string])[] {
  const views: (readonly [readonly string[], string])[] = [
    [[], "Overview"],
    [["videos"], "Videos"],
  ];
  if (overview.scores.length > 1) views.push([["compare"], "Compare"]);
  if (overview.named.length > 0) views.push([["identification"], "Identification"]);
  if (overview.assessments.length > 0) views.push([["impairment"], "Impairment"]);
  return views;
}

function View(props: ViewProps) {
  const [view] = route.value.path;
  if (view === undefined) return <OverviewView {...props} />;
  if (view === "videos") return <Videos {...props} />;
  if (view === "video") return <VideoView {...props} />;
  if (view === "compare") return <Compare {...props} />;
  if (view === "identification") return <Identification {...props} />;
  if (view === "impairment") return <Impairment {...props} />;
  return <p role="alert">There is no view {view} in this report.</p>;
}

/** Say above every view which numbers are of demo or random models. */
function DemoNote(props: { overview: Overview }) {
  const { runs } = props.overview;
  const demo = runs.filter((run) => run.demo);
  if (demo.length === 0) return null;
  const all = demo.length === runs.length;
  return (
    <aside class="demo" aria-label="demonstration">
      <p>
        <strong>Demonstration.</strong> {all ? "All numbers here" : `The numbers of ${counted(demo.length, "run")}`} are
        of a random or demo model or of painted patients: they say nothing about any patient or any real model.
        {!all && ` These runs: ${listed(demo.map((run) => run.name))}.`}
      </p>
    </aside>
  );
}

function useTitle(title: string): void {
  const [view, name] = route.value.path;
  useEffect(() => {
    document.title = [name ?? view, title].filter(Boolean).join(" · ");
  }, [title, view, name]);
}

/** Put a view where the reader left it, a new one at its start, and the focus on it. */
function useArrival(path: string, main: { readonly current: HTMLElement | null }): void {
  const left = useRef(new Map<string, number>());
  const shown = useRef(path);
  useEffect(() => {
    const keep = () => left.current.set(shown.current, scrollY);
    addEventListener("scroll", keep, { passive: true });
    return () => removeEventListener("scroll", keep);
  }, []);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    scrollTo(0, left.current.get(path) ?? 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);
}
