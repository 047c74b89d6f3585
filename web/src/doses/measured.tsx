// Runs as instruments: the doses of every patient's sessions with intervals, and how far these are to be trusted.

import type { Overview, PageMeasured, PageSession } from "../data/types.ts";
import { Choice } from "../parts/choice.tsx";
import { counted, NONE, numberOf } from "../parts/format.ts";
import { RunName } from "../parts/run_name.tsx";
import { type Order, orderOf, wordOf } from "../parts/sort.ts";
import { SortHead } from "../parts/sort_head.tsx";
import { Wide } from "../parts/wide.tsx";
import { usePlace, useQuery } from "../shell/query.ts";
import { href } from "../shell/route.ts";
import {
  ALL,
  axisOf,
  countedLabels,
  coverageAt,
  intervalOf,
  levelPlace,
  orderedSessions,
  perMinute,
  promisedLevel,
  USUAL_LEVEL,
  waysOf,
} from "./doses.ts";
import { DoseAxis, DoseLegend, DosePlot } from "./plot.tsx";
import "./doses.css";

/** The measured doses of a report; nothing where nothing was to be measured. */
export function Measured(props: { overview: Overview }) {
  const { overview } = props;
  const last = (run: number) => Number(overview.runs[run]?.baseline ?? false);
  const able = overview.measured
    .filter(({ why_not }) => why_not === null)
    .sort((one, other) => last(one.run) - last(other.run));
  const unable = overview.measured.filter(({ why_not }) => why_not !== null);
  const [place, setPlace] = usePlace(
    "measured",
    able.map(({ run }) => run),
  );
  const chosen = able.find(({ run }) => run === place);
  if (overview.measured.length === 0) return null;
  return (
    <section aria-labelledby="measured">
      <h2 id="measured">Doses, measured</h2>
      <p class="soft">
        How many movements, between how many, in the videos of each patient's session: read from a run's answers, the
        length and the activity of the videos by what the labels of all other patients teach. So it is not zero-shot.
        Research software, not a medical device.
      </p>
      {able.length > 1 && (
        <div class="choices screen-only">
          <Choice
            label="Run"
            value={String(place)}
            options={able.map(({ run }) => ({ value: String(run), name: overview.runs[run]?.name ?? "" }))}
            onChange={(word) => setPlace(Number(word))}
          />
        </div>
      )}
      {chosen && <Instrument key={place} overview={overview} measured={chosen} />}
      {unable.map(({ run, why_not }) => (
        <p key={run}>
          {overview.runs[run]?.name} measures nothing: {why_not}.
        </p>
      ))}
    </section>
  );
}

function Instrument(props: { overview: Overview; measured: PageMeasured }) {
  const { overview, measured } = props;
  const labels = countedLabels(overview, measured.run).map((label) => label?.name ?? ALL);
  const [label, setLabel] = useQuery("dose");
  const [level, setLevel] = useQuery("level");
  const place = labels.includes(label) ? labels.indexOf(label) : labels.length - 1;
  const at = levelPlace(measured.levels, Number(level));
  return (
    <>
      <h3>
        <RunName run={overview.runs[measured.run]} />
      </h3>
      <Trust measured={measured} />
      <div class="choices screen-only">
        <Choice
          label="Number of"
          value={labels[place] ?? ALL}
          options={labels.toReversed().map((name) => ({ value: name, name }))}
          onChange={setLabel}
        />
        <Choice
          label="Interval"
          value={String(measured.levels[at])}
          options={measured.levels.map((one) => ({ value: String(one), name: `${one} %` }))}
          onChange={setLevel}
        />
      </div>
      <Sessions overview={overview} measured={measured} label={place} name={labels[place] ?? ALL} level={at} />
      {measured.problems.length > 0 && (
        <details>
          <summary class="doubtful">{counted(measured.problems.length, "thing")} could not be measured</summary>
          <ul class="notes">
            {measured.problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

const WIDER = "; wider intervals go as far as any of them was off";

/** How far the intervals are to be trusted: what can be promised, and what was found. */
function Trust(props: { measured: PageMeasured }) {
  const { measured } = props;
  const promised = promisedLevel(measured.n_others);
  const usual = coverageAt(measured, USUAL_LEVEL);
  return (
    <>
      <p>
        {usual ? (
          <>
            The {USUAL_LEVEL} % intervals hold the true number of all movements in <strong>{usual.n_held}</strong> of{" "}
            {counted(usual.n_known, "video")} ({numberOf((100 * usual.n_held) / usual.n_known, 0)} %).{" "}
          </>
        ) : (
          "No true number is known, so that it is not known how often the intervals hold. "
        )}
        By the labels of {counted(measured.n_others, "other patient")} no level above {Number(promised.toPrecision(3))}
        &nbsp;% can be promised{measured.levels.some((level) => level > promised) && WIDER}.
      </p>
      {usual && <Coverage measured={measured} />}
    </>
  );
}

function Coverage(props: { measured: PageMeasured }) {
  const { measured } = props;
  return (
    <details>
      <summary>How often intervals hold, and how wide they are</summary>
      <p class="soft">
        Of the number of all movements in a video; each patient is left out of what measures it. Width: the median, as a
        share of the true number. Intervals that are no narrower than the stopwatch's have seen nothing in the videos.
      </p>
      <Wide about="how often intervals hold">
        <table class="coverage">
          <thead>
            <tr>
              <th scope="col">measured by</th>
              {measured.levels.map((level) => (
                <th key={level} scope="col" class="number">
                  {level} % hold
                </th>
              ))}
              {measured.levels.map((level) => (
                <th key={level} scope="col" class="number">
                  {level} % width
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {waysOf(measured).map(({ way, name, levels }) => (
              <tr key={way}>
                <th scope="row">{name}</th>
                {levels.map((one) => (
                  <td key={one.level} class="number">
                    {numberOf((100 * one.n_held) / one.n_known, 0)} %
                  </td>
                ))}
                {levels.map((one) => (
                  <td key={one.level} class="number">
                    {numberOf(one.width, 2)}
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

interface SessionsProps {
  readonly overview: Overview;
  readonly measured: PageMeasured;
  /** Places of a label, and of a level. */
  readonly label: number;
  readonly level: number;
  readonly name: string;
}

function Sessions(props: SessionsProps) {
  const { measured, label, level, name } = props;
  const { sessions } = measured;
  const [word, setWord] = useQuery("sort.measured");
  const order = orderOf(word, { column: "patient", descending: false });
  const doses = sessions.flatMap((session) => session.doses[label] ?? []);
  const axis = axisOf(doses);
  const shows = {
    date: sessions.some(({ date }) => date !== null),
    view: sessions.some(({ view }) => view !== null),
    truth: doses.some((dose) => dose.true !== null),
  };
  const head = (column: string, title: string, first: "ascending" | "descending" = "descending") => (
    <SortHead
      column={column}
      order={order}
      first={first}
      onOrder={(next: Order) => setWord(wordOf(next))}
      number={first === "descending"}
    >
      {title}
    </SortHead>
  );
  return (
    <>
      <DoseLegend
        levels={measured.levels}
        has={{ truth: shows.truth, rule: doses.some(({ rule }) => rule !== null) }}
      />
      <Wide about={`doses by patient: ${name}`}>
        <table class="doses">
          <thead>
            <tr>
              {head("patient", "patient", "ascending")}
              {head("cohort", "cohort", "ascending")}
              {shows.date && <th scope="col">day</th>}
              {shows.view && <th scope="col">camera</th>}
              <th scope="col" class="number">
                videos
              </th>
              {head("minutes", "minutes")}
              {shows.truth && head("true", "truth")}
              {head("estimate", "estimate")}
              <th scope="col" class="number">
                {measured.levels[level]} %
              </th>
              <td class="plot" />
              {head("rate", "per minute")}
              <th scope="col" class="number">
                {measured.levels[level]} %
              </th>
            </tr>
          </thead>
          <tbody>
            {orderedSessions(sessions, label, order).map((session) => (
              <tr key={`${session.patient} ${session.date} ${session.view}`}>
                <th scope="row">
                  <a href={href(["videos"], { patient: session.patient })}>{session.patient}</a>
                </th>
                <td>{session.cohort ?? NONE}</td>
                {shows.date && <td>{session.date ?? NONE}</td>}
                {shows.view && <td>{session.view ?? NONE}</td>}
                <DoseCells {...props} session={session} hasTruth={shows.truth} axis={axis} />
              </tr>
            ))}
          </tbody>
          <tfoot aria-hidden="true">
            <tr class="axis-row">
              <td colSpan={6 + Number(shows.date) + Number(shows.view) + Number(shows.truth)} />
              <td class="plot">
                <DoseAxis axis={axis} />
              </td>
              <td colSpan={2} />
            </tr>
          </tfoot>
        </table>
      </Wide>
    </>
  );
}

function DoseCells(
  props: SessionsProps & { session: PageSession; hasTruth: boolean; axis: ReturnType<typeof axisOf> },
) {
  const { session, label, level, axis } = props;
  const { length_ms } = session;
  const dose = session.doses[label];
  const ends = dose?.ends[level];
  if (!dose || !ends) return null;
  return (
    <>
      <td class="number">{session.videos.length}</td>
      <td class="number">{numberOf(length_ms / 60_000, 1)}</td>
      {props.hasTruth && <td class="number">{numberOf(dose.true, 0)}</td>}
      <td class="number">
        <strong>{numberOf(dose.count, 0)}</strong>
      </td>
      <td class="number">{intervalOf(ends, 0)}</td>
      <td class="plot" aria-hidden="true">
        <DosePlot dose={dose} axis={axis} />
      </td>
      <td class="number">
        <strong>{numberOf(perMinute(dose.count, length_ms), 1)}</strong>
      </td>
      <td class="number">{intervalOf([perMinute(ends[0], length_ms), perMinute(ends[1], length_ms)], 1)}</td>
    </>
  );
}
