import type { NamedActivities, Overview } from "../data/types.ts";
import { Choice } from "../parts/choice.tsx";
import { counted } from "../parts/format.ts";
import { Wide } from "../parts/wide.tsx";
import type { ViewProps } from "../shell/app.tsx";
import { usePlace, useQuery } from "../shell/query.ts";
import { href } from "../shell/route.ts";
import { type Cell, chosenCell, type Matrix, matrixOf, nameOf } from "./matrix.ts";
import "./families.css";

/** Which activity was taken for which, and the videos behind every number. */
export function Identification(props: ViewProps) {
  const { overview } = props;
  const [run, setRun] = usePlace(
    "run",
    overview.named.map((one) => one.run),
  );
  const named = overview.named.find((one) => one.run === run);
  return (
    <div class="identification">
      <h1>Identification</h1>
      {overview.named.length > 1 && (
        <div class="choices screen-only">
          <Choice
            label="Run"
            value={String(run)}
            options={overview.named.map((one) => ({
              value: String(one.run),
              name: overview.runs[one.run]?.name ?? "",
            }))}
            onChange={(word) => setRun(Number(word))}
          />
        </div>
      )}
      {named ? <OfRun key={run} overview={overview} named={named} /> : <p>No run of this report names activities.</p>}
    </div>
  );
}

function OfRun(props: { overview: Overview; named: NamedActivities }) {
  const { overview, named } = props;
  const [word, setWord] = useQuery("cell");
  const matrix = matrixOf(named);
  const cell = chosenCell(matrix, word);
  if (!cell) return <p>No truth is known of the videos of this run.</p>;
  return (
    <>
      <p>
        <b>{overview.runs[named.run]?.name}</b> named the activity of {matrix.n_right} of {counted(matrix.n, "video")}{" "}
        correctly.
      </p>
      <p class="soft">Rows: the true activity. Columns: what the model answered. Choose a number to see its videos.</p>
      <MatrixTable
        named={named}
        matrix={matrix}
        chosen={cell}
        onChoose={({ truth, answer }) => setWord(nameOf(truth, answer))}
      />
      <CellVideos overview={overview} named={named} cell={cell} />
    </>
  );
}

function MatrixTable(props: { named: NamedActivities; matrix: Matrix; chosen: Cell; onChoose: (cell: Cell) => void }) {
  const { named, matrix, chosen } = props;
  const isChosen = (truth: number, answer: number) => truth === chosen.truth && answer === chosen.answer;
  return (
    <Wide about="truth and answer">
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">truth</th>
            {matrix.columns.map((answer) => (
              <th key={answer} scope="col">
                {answerName(named, answer)}
              </th>
            ))}
            <th scope="col">videos</th>
          </tr>
        </thead>
        <tbody>
          {matrix.rows.map((truth) => {
            const cells = matrix.cells.filter((cell) => cell.truth === truth);
            const whole = cells.reduce((sum, { videos }) => sum + videos.length, 0);
            return (
              <tr key={truth}>
                <th scope="row">{named.classes[truth]}</th>
                {matrix.columns.map((answer) => {
                  const cell = cells.find((one) => one.answer === answer);
                  return (
                    <td key={answer}>
                      {cell && (
                        <CellButton
                          named={named}
                          cell={cell}
                          whole={whole}
                          isChosen={isChosen(truth, answer)}
                          onChoose={() => props.onChoose(cell)}
                        />
                      )}
                    </td>
                  );
                })}
                <td class="soft">{whole}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Wide>
  );
}

function CellButton(props: {
  named: NamedActivities;
  cell: Cell;
  whole: number;
  isChosen: boolean;
  onChoose: () => void;
}) {
  const { named, cell } = props;
  const share = Math.round((100 * cell.videos.length) / props.whole);
  const tone = cell.truth === cell.answer ? "--fine" : "--wrong";
  return (
    <button
      type="button"
      aria-pressed={props.isChosen}
      aria-label={`${cell.videos.length}: ${named.classes[cell.truth]} answered as ${answerName(named, cell.answer)}`}
      title={`${share} % of the row`}
      style={{ background: `color-mix(in srgb, var(${tone}) ${8 + share * 0.37}%, var(--paper))` }}
      onClick={props.onChoose}
    >
      {cell.videos.length}
    </button>
  );
}

function CellVideos(props: { overview: Overview; named: NamedActivities; cell: Cell }) {
  const { overview, named, cell } = props;
  const truth = named.classes[cell.truth];
  const isRight = cell.truth === cell.answer;
  return (
    <section aria-live="polite">
      <h2>
        {isRight ? `${truth}, recognised` : `${truth}, answered as ${answerName(named, cell.answer)}`}:{" "}
        {counted(cell.videos.length, "video")}
      </h2>
      <ul class="cell-videos">
        {cell.videos.map((place) => {
          const id = overview.videos[place]?.id ?? "";
          return (
            <li key={place}>
              <a href={href(["video", id], { run: named.run })}>{id}</a>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function answerName(named: NamedActivities, answer: number): string {
  return named.classes[answer] ?? "no answer";
}
