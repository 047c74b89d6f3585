import { Fragment } from "preact";
import { useState } from "preact/hooks";
import type { Overview, PageMetric } from "../data/types.ts";
import { Choice } from "../parts/choice.tsx";
import { counted, numberOf, signedOf } from "../parts/format.ts";
import { type Order, orderOf, wordOf } from "../parts/sort.ts";
import { SortHead } from "../parts/sort_head.tsx";
import { Wide } from "../parts/wide.tsx";
import type { ViewProps } from "../shell/app.tsx";
import { usePlace, useQuery } from "../shell/query.ts";
import { href } from "../shell/route.ts";
import { Disagreements } from "./disagreements.tsx";
import { orderedPairs, type Pair, pairsOf, partnersOf, sharedMetrics, tallyOf } from "./pairs.ts";
import { DifferencePlot, toneOf } from "./plot.tsx";
import "./compare.css";

const MORE = 50;

/** Two runs, video by video and window by window. */
export function Compare(props: ViewProps) {
  const { overview } = props;
  const comparable = overview.scores.map(({ run }) => run).filter((run) => partnersOf(overview, run).length > 0);
  return (
    <div class="compare">
      <h1>Compare two runs</h1>
      {comparable.length < 2 ? (
        <p>There are no two runs with a score of the same video in this report.</p>
      ) : (
        <Chosen {...props} comparable={comparable} />
      )}
    </div>
  );
}

function Chosen(props: ViewProps & { comparable: readonly number[] }) {
  const { overview } = props;
  const [first, setFirst] = usePlace("a", props.comparable);
  const [second, setSecond] = usePlace("b", partnersOf(overview, first));
  const [word, setWord] = useQuery("metric");
  const metrics = sharedMetrics(overview, first, second);
  const metric = metrics.find(({ key }) => key === word) ?? metrics[0];
  const named = (places: readonly number[]) =>
    places.map((place) => ({ value: String(place), name: overview.runs[place]?.name ?? String(place) }));
  return (
    <>
      <div class="choices screen-only">
        <Choice
          label="Compare"
          value={String(first)}
          options={named(props.comparable)}
          onChange={(run) => setFirst(Number(run))}
        />
        <Choice
          label="with"
          value={String(second)}
          options={named(partnersOf(overview, first))}
          onChange={(run) => setSecond(Number(run))}
        />
        <Choice
          label="by"
          value={metric?.key ?? ""}
          options={metrics.map(({ key, title }) => ({ value: key, name: title }))}
          onChange={setWord}
        />
        <button
          type="button"
          onClick={() => {
            setFirst(second);
            setSecond(first);
          }}
        >
          Swap
        </button>
      </div>
      {metric && (
        <Compared {...props} key={`${first} ${second} ${metric.key}`} first={first} second={second} metric={metric} />
      )}
    </>
  );
}

interface ComparedProps extends ViewProps {
  readonly first: number;
  readonly second: number;
  readonly metric: PageMetric;
}

function Compared(props: ComparedProps) {
  const { overview, first, second, metric } = props;
  const pairs = pairsOf(overview, first, second, metric.key);
  const tally = tallyOf(pairs, metric.better);
  const [one, other] = [overview.runs[first]?.name, overview.runs[second]?.name];
  return (
    <>
      <p class="verdict">
        By {metric.title}, <b>{other}</b> is <span class="fine">better than</span> <b>{one}</b> on {tally.better},{" "}
        <span class="wrong">worse</span> on {tally.worse} and equal on {tally.equal} of {counted(tally.n, "video")}; the
        median difference is <b>{tally.median === null ? "not known" : signedOf(tally.median, metric.decimals)}</b>.
      </p>
      <DifferencePlot overview={overview} pairs={pairs} metric={metric} median={tally.median} />
      <p class="soft">
        {metric.title} of {other} less that of {one}, a dot per video; the triangle is the median.{" "}
        {metric.better === "higher" ? "Right" : "Left"} of zero {other} is better.
      </p>
      <PairTable {...props} pairs={pairs} />
    </>
  );
}

function PairTable(props: ComparedProps & { pairs: readonly Pair[] }) {
  const { overview, first, second, metric } = props;
  const [word, setWord] = useQuery("sort");
  const [open, setOpen] = useQuery("video");
  const [most, setMost] = useState(MORE);
  const order = orderOf(word, { column: "difference", descending: true });
  const setOrder = (next: Order) => setWord(wordOf(next));
  const reach = Math.max(...props.pairs.map(({ difference }) => Math.abs(difference)), 1e-9);
  const numbers = { order, onOrder: setOrder, first: "descending", number: true } as const;
  return (
    <>
      <Wide about="differences by video">
        <table class="pairs">
          <thead>
            <tr>
              <SortHead column="video" order={order} first="ascending" onOrder={setOrder}>
                video
              </SortHead>
              <SortHead column="first" {...numbers}>
                <span class="of-run">{overview.runs[first]?.name}</span>
              </SortHead>
              <SortHead column="second" {...numbers}>
                <span class="of-run">{overview.runs[second]?.name}</span>
              </SortHead>
              <SortHead column="difference" {...numbers} about="by the size of the difference">
                difference
              </SortHead>
              <td />
              <th scope="col">windows</th>
            </tr>
          </thead>
          <tbody>
            {orderedPairs(props.pairs, overview, order)
              .slice(0, most)
              .map((pair) => {
                const id = overview.videos[pair.video]?.id ?? "";
                const isOpen = open === id;
                return (
                  <Fragment key={pair.video}>
                    <PairRow
                      overview={overview}
                      pair={pair}
                      metric={metric}
                      reach={reach}
                      isOpen={isOpen}
                      onOpen={() => setOpen(isOpen ? "" : id)}
                    />
                    {isOpen && (
                      <tr class="opened">
                        <td colSpan={6}>
                          <Disagreements
                            overview={overview}
                            source={props.source}
                            video={pair.video}
                            first={first}
                            second={second}
                          />
                        </td>
                      </tr>
                    )}
                  </Fragment>
                );
              })}
          </tbody>
        </table>
      </Wide>
      {props.pairs.length > most && (
        <p class="screen-only">
          <button type="button" onClick={() => setMost(most + MORE)}>
            Show {Math.min(MORE, props.pairs.length - most)} more of {props.pairs.length}
          </button>
        </p>
      )}
    </>
  );
}

function PairRow(props: {
  overview: Overview;
  pair: Pair;
  metric: PageMetric;
  reach: number;
  isOpen: boolean;
  onOpen: () => void;
}) {
  const { pair, metric, isOpen } = props;
  const id = props.overview.videos[pair.video]?.id ?? "";
  const half = (50 * Math.abs(pair.difference)) / props.reach;
  const tone = toneOf(pair.difference, metric.better);
  return (
    <tr>
      <th scope="row">
        <a href={href(["video", id])}>{id}</a>
      </th>
      <td class="number">{numberOf(pair.first, metric.decimals)}</td>
      <td class="number">{numberOf(pair.second, metric.decimals)}</td>
      <td class={`number ${tone}`}>{signedOf(pair.difference, metric.decimals)}</td>
      <td class="diverging" aria-hidden="true">
        <div>
          <i class={tone} style={{ left: `${pair.difference < 0 ? 50 - half : 50}%`, width: `${half}%` }} />
        </div>
      </td>
      <td>
        <button
          type="button"
          class="screen-only"
          aria-expanded={isOpen}
          aria-label={`${isOpen ? "close" : "disagreements"}: windows of ${id}`}
          onClick={props.onOpen}
        >
          {isOpen ? "close" : "disagreements"}
        </button>
      </td>
    </tr>
  );
}
