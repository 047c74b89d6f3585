import type { Family, Overview, PageEstimate, PageMetric, PageTask, TaskRow } from "../data/types.ts";
import { listed, numberOf } from "../parts/format.ts";
import { RunName } from "../parts/run_name.tsx";
import { type Order, orderOf, wordOf } from "../parts/sort.ts";
import { SortHead } from "../parts/sort_head.tsx";
import { Wide } from "../parts/wide.tsx";
import { useQuery } from "../shell/query.ts";
import { countIn, firstOrder, type Line, legendOf, linesOf, ordered, rowsOf, type Scale, scaleOf } from "./tasks.ts";

const ABOUT: Readonly<Record<Family, string>> = {
  dose: "What the hand does, second by second, against the labelled movements.",
  identification: "Which activity the video shows.",
  fugl_meyer: "Scores of Fugl-Meyer items, against the therapist's.",
  labelled: "A question with a correct answer of its own.",
  unscored: "",
};

const KINDS: Readonly<Record<Line["kind"], string>> = {
  control: "control, saw no video",
  reference: "made of correct answers",
  rater: "labels of a further person",
  baseline: "baseline, a run of its own",
};

/** The tables of runs × tasks. */
export function Tasks(props: { overview: Overview }) {
  const { tasks, runs } = props.overview;
  const inTables = new Set(tasks.flatMap(({ rows }) => rows.map(({ run }) => run)));
  const without = runs.filter((_, place) => !inTables.has(place));
  return (
    <section aria-labelledby="scores">
      <h2 id="scores">Scores</h2>
      {tasks.length === 0 ? (
        <p>No run has a score: a score needs videos with labels.</p>
      ) : (
        <p class="soft">
          Means over videos; in brackets and drawn as a bar, the interval that holds the mean with 95 % confidence, by
          patients.
        </p>
      )}
      {tasks.map((task, place) =>
        task.metrics.length > 0 ? (
          <TaskTable key={task.task} overview={props.overview} task={task} place={place} />
        ) : (
          <Unscored key={task.task} overview={props.overview} task={task} />
        ),
      )}
      {tasks.length > 0 && without.length > 0 && <p>Without a score: {without.map(({ name }) => name).join(", ")}.</p>}
    </section>
  );
}

/** A task without numbers: its runs, and why there are none. */
function Unscored(props: { overview: Overview; task: PageTask }) {
  const { task } = props;
  return (
    <section class="task" aria-label={task.task}>
      <h3>{task.task}</h3>
      <p>
        No scores of{" "}
        {listed(
          task.rows.map(({ run }) => props.overview.runs[run]?.name ?? ""),
          8,
        )}
        {task.notes.length > 0 && `: ${task.notes.join("; ")}`}.
      </p>
    </section>
  );
}

function TaskTable(props: { overview: Overview; task: PageTask; place: number }) {
  const { task } = props;
  const { runs } = props.overview;
  const [word, setWord] = useQuery(`sort.${props.place}`);
  const order = orderOf(word, firstOrder(task));
  const setOrder = (next: Order) => setWord(wordOf(next));
  const lines = linesOf(task, runs);
  const rows = rowsOf(task, runs);
  const columns = task.metrics.map((metric) => ({ metric, scale: scaleOf(metric.key, rows, lines) }));
  return (
    <section class="task" aria-label={task.task}>
      <h3>
        {task.task} <span class="soft task-about">{ABOUT[task.family]}</span>
      </h3>
      <Legend lines={lines} />
      <Wide about={`scores of ${task.task}`}>
        <table class="scores">
          <thead>
            <tr>
              <SortHead column="run" order={order} first="ascending" onOrder={setOrder}>
                run
              </SortHead>
              {columns.map(({ metric }) => (
                <SortHead
                  key={metric.key}
                  column={metric.key}
                  order={order}
                  first={metric.better === "higher" ? "descending" : "ascending"}
                  onOrder={setOrder}
                  span={2}
                >
                  <span>
                    {metric.title} <span class="better">{metric.better} is better</span>
                  </span>
                </SortHead>
              ))}
              <SortHead
                column="n"
                order={order}
                first="descending"
                onOrder={setOrder}
                about="how many videos the means are of"
                number
              >
                n
              </SortHead>
            </tr>
          </thead>
          <tbody>
            {ordered(rows, runs, order).map((row) => (
              <tr key={row.run}>
                <th scope="row">
                  <RunName run={runs[row.run]} />
                </th>
                {columns.map(({ metric, scale }) => (
                  <Estimate key={metric.key} row={row} metric={metric} scale={scale} lines={lines} />
                ))}
                <td class="number">{countIn(row)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot aria-hidden="true">
            <tr>
              <td />
              {columns.map(({ metric, scale }) => (
                <Axis key={metric.key} metric={metric} scale={scale} />
              ))}
              <td />
            </tr>
          </tfoot>
        </table>
      </Wide>
      <LineTable task={task.task} lines={lines} metrics={task.metrics} />
      <Notes notes={task.notes} />
    </section>
  );
}

function Legend(props: { lines: readonly Line[] }) {
  const entries = legendOf(props.lines);
  if (entries.length === 0) return null;
  return (
    <ul class="legend" aria-label="lines across the intervals">
      {entries.map((entry) => (
        <li key={entry.name} title={KINDS[entry.kind]}>
          <i class={`sample line ${entry.look}`} />
          {entry.name}
        </li>
      ))}
    </ul>
  );
}

/** The lines in numbers. */
function LineTable(props: { task: string; lines: readonly Line[]; metrics: readonly PageMetric[] }) {
  const { lines, metrics } = props;
  if (lines.length === 0) return null;
  return (
    <details>
      <summary>The lines in numbers</summary>
      <Wide about={`values of the lines of ${props.task}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">line</th>
              <th scope="col">what it is</th>
              {metrics.map((metric) => (
                <th key={metric.key} scope="col" class="number">
                  {metric.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={`${line.name} ${line.runs}`}>
                <th scope="row">{line.name}</th>
                <td class="soft">{KINDS[line.kind]}</td>
                {metrics.map((metric) => (
                  <td key={metric.key} class="number">
                    {numberOf(line.values[metric.key], metric.decimals)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </details>
  );
}

function Notes(props: { notes: readonly string[] }) {
  const { notes } = props;
  if (notes.length === 0) return null;
  return (
    <details>
      <summary>About these numbers</summary>
      <ul class="notes">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}

function Estimate(props: { row: TaskRow; metric: PageMetric; scale: Scale; lines: readonly Line[] }) {
  const { metric, row } = props;
  const estimate: PageEstimate | undefined = row.values[metric.key];
  const write = (value: number | null | undefined) => numberOf(value, metric.decimals);
  const hasInterval = typeof estimate?.low === "number" && typeof estimate.high === "number";
  return (
    <>
      <td class="number estimate">
        <b>{write(estimate?.mean)}</b>
        {hasInterval && (
          <span class="soft interval">
            [{write(estimate.low)}, {write(estimate.high)}]
          </span>
        )}
      </td>
      <td class="plot" aria-hidden="true">
        <Marks estimate={estimate} {...props} />
      </td>
    </>
  );
}

function Marks(props: {
  estimate: PageEstimate | undefined;
  row: TaskRow;
  metric: PageMetric;
  scale: Scale;
  lines: readonly Line[];
}) {
  const { estimate, row, metric, scale } = props;
  const percent = (value: number) => `${100 * scale.at(value)}%`;
  return (
    <div class="plot-marks">
      {props.lines.map((line) => {
        const value = line.values[metric.key];
        const isAbout = line.runs === null || line.runs.includes(row.run);
        return (
          isAbout &&
          value !== undefined && (
            <i
              key={`${line.name} ${value}`}
              class={`line ${line.look}`}
              style={{ left: percent(value) }}
              title={`${line.name}: ${numberOf(value, metric.decimals)}`}
            />
          )
        );
      })}
      {estimate && estimate.low !== null && estimate.high !== null && (
        <i
          class="whisker"
          style={{ left: percent(estimate.low), width: `${100 * (scale.at(estimate.high) - scale.at(estimate.low))}%` }}
        />
      )}
      {estimate && estimate.mean !== null && <i class="dot" style={{ left: percent(estimate.mean) }} />}
    </div>
  );
}

function Axis(props: { metric: PageMetric; scale: Scale }) {
  return (
    <>
      <td />
      <td class="plot plot-axis">
        <div class="plot-marks">
          {props.scale.ticks.map((tick) => (
            <span key={tick} style={{ left: `${100 * props.scale.at(tick)}%` }}>
              {String(Number(tick.toFixed(6)))}
            </span>
          ))}
        </div>
      </td>
    </>
  );
}
