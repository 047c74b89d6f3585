import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { Overview } from "../data/types.ts";
import { Choice } from "../parts/choice.tsx";
import { counted, countOf, NONE, numberOf } from "../parts/format.ts";
import { type Order, orderOf, wordOf } from "../parts/sort.ts";
import { SortHead } from "../parts/sort_head.tsx";
import { clockText } from "../parts/time.ts";
import { useRowsInSight } from "../parts/virtual.ts";
import type { ViewProps } from "../shell/app.tsx";
import { useQuery } from "../shell/query.ts";
import { href } from "../shell/route.ts";
import { columnsOf, orderedVideos, type Score, scoresIn, type Trait, valuesOf, wantedOf } from "./list.ts";
import "./videos.css";

const ROW_HEIGHT = 34;

/** Widths of the columns, rem: the same whichever rows are in sight. */
const WIDTHS = { video: 14, patient: 6.5, cohort: 7, activity: 8, length: 5.5, run: 10.5 };

/** All videos, to filter and to sort by any score. */
export function Videos(props: ViewProps) {
  const { overview } = props;
  const { videos } = overview;
  const [text, setText] = useQuery("text");
  const [patient, setPatient] = useQuery("patient");
  const [cohort, setCohort] = useQuery("cohort");
  const [activity, setActivity] = useQuery("activity");
  const [chosen, setChosen] = useQuery("score");
  const [word, setWord] = useQuery("sort");
  const scores = useMemo(() => scoresIn(overview), [overview]);
  const score = scores.find(({ id }) => id === chosen) ?? scores[0];
  const order = orderOf(word, { column: "video", descending: false });
  const places = useMemo(
    () => orderedVideos(overview, wantedOf(videos, { text, patient, cohort, activity }), order, score),
    [overview, text, patient, cohort, activity, wordOf(order), score],
  );
  return (
    <div class="videos">
      <h1>Videos</h1>
      <search class="choices screen-only">
        <label class="choice">
          <span>Find</span>
          <input type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <TraitChoice overview={overview} trait="patient" value={patient} onChange={setPatient} />
        <TraitChoice overview={overview} trait="cohort" value={cohort} onChange={setCohort} />
        <TraitChoice overview={overview} trait="activity" value={activity} onChange={setActivity} />
        {scores.length > 1 && (
          <Choice
            label="Score"
            value={score?.id ?? ""}
            options={scores.map(({ id, title }) => ({ value: id, name: title }))}
            onChange={setChosen}
          />
        )}
      </search>
      <p class="soft" aria-live="polite">
        {places.length === videos.length
          ? counted(videos.length, "video")
          : `${countOf(places.length)} of ${counted(videos.length, "video")}`}
        {score && `. Scores: ${score.title}; ${score.metric.better} is better.`}
      </p>
      {videos.length === 0 && <p>This report holds no videos.</p>}
      {videos.length > 0 && places.length === 0 && <p>No video is so: change the filters above.</p>}
      {places.length > 0 && (
        <VideoTable
          overview={overview}
          places={places}
          score={score}
          order={order}
          onOrder={(next) => setWord(wordOf(next))}
        />
      )}
    </div>
  );
}

function TraitChoice(props: { overview: Overview; trait: Trait; value: string; onChange: (value: string) => void }) {
  const { overview, trait } = props;
  const values = useMemo(() => valuesOf(overview.videos, trait), [overview, trait]);
  if (values.length < 2) return null;
  const options = [{ value: "", name: "all" }, ...values.map((value) => ({ value, name: value }))];
  const label = `${trait[0]?.toUpperCase()}${trait.slice(1)}`;
  return <Choice label={label} value={props.value} options={options} onChange={props.onChange} />;
}

interface TableProps {
  readonly overview: Overview;
  readonly places: readonly number[];
  readonly score: Score | undefined;
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
}

function VideoTable(props: TableProps) {
  const { overview, places, score } = props;
  const scroller = useRef<HTMLElement>(null);
  const columns = useMemo(() => columnsOf(overview, score), [overview, score]);
  const rows = useRowsInSight(places.length, ROW_HEIGHT, scroller);
  const kept = useMemo(() => new Map<number, JSX.Element>(), [overview, places, score]);
  /** Return a row, the same element again while it is in sight: nothing of it is compared when others come. */
  const drawn = (row: number, place: number): JSX.Element => {
    const known = kept.get(row);
    if (known) return known;
    const element = (
      <VideoRow key={place} overview={overview} place={place} row={row} score={score} columns={columns} />
    );
    kept.set(row, element);
    return element;
  };
  const { run: ofRun, ...words } = WIDTHS;
  const widths = [...Object.values(words), ...columns.map(() => ofRun)];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section ref={scroller} class="list" aria-label="list of videos" tabIndex={0}>
      <table aria-rowcount={places.length + 1} style={{ width: `${widths.reduce((sum, one) => sum + one)}rem` }}>
        <colgroup>
          {widths.map((one, column) => (
            <col key={column} style={{ width: `${one}rem` }} />
          ))}
        </colgroup>
        <TableHead {...props} />
        <tbody>
          <Gap height={rows.before} width={widths.length} />
          {rows.places.map((row) => drawn(row, places[row] ?? 0))}
          <Gap height={rows.after} width={widths.length} />
        </tbody>
      </table>
    </section>
  );
}

function TableHead(props: TableProps) {
  const { order, onOrder, score } = props;
  const first = score?.metric.better === "higher" ? "ascending" : "descending";
  return (
    <thead>
      <tr aria-rowindex={1}>
        {["video", "patient", "cohort", "activity"].map((column) => (
          <SortHead key={column} column={column} order={order} first="ascending" onOrder={onOrder}>
            {column}
          </SortHead>
        ))}
        <SortHead column="length" order={order} first="descending" onOrder={onOrder} number>
          length
        </SortHead>
        {score?.runs.map((run) => (
          <SortHead key={run} column={`run.${run}`} order={order} first={first} onOrder={onOrder} number>
            <span class="of-run">{props.overview.runs[run]?.name}</span>
          </SortHead>
        ))}
      </tr>
    </thead>
  );
}

function Gap(props: { height: number; width: number }) {
  if (props.height <= 0) return null;
  return (
    <tr class="gap">
      <td colSpan={props.width} style={{ height: `${props.height}px` }} />
    </tr>
  );
}

function VideoRow(props: {
  overview: Overview;
  place: number;
  row: number;
  score: Score | undefined;
  columns: readonly ((video: number) => number | null)[];
}) {
  const { place, score } = props;
  const video = props.overview.videos[place];
  if (!video) return null;
  return (
    <tr aria-rowindex={props.row + 2} style={{ height: `${ROW_HEIGHT}px` }}>
      <th scope="row">
        <a href={href(["video", video.id])} title={video.id}>
          {video.id}
        </a>
      </th>
      <td title={video.patient}>{video.patient}</td>
      <td>{video.cohort ?? NONE}</td>
      <td title={video.activity ?? ""}>{video.activity ?? NONE}</td>
      <td class="number">{clockText(video.duration_ms, 0)}</td>
      {props.columns.map((scoreOf, column) => (
        <td key={score?.runs[column]} class="number">
          {numberOf(scoreOf(place), score?.metric.decimals ?? 1)}
        </td>
      ))}
    </tr>
  );
}
