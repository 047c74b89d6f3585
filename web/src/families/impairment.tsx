import { Fragment } from "preact";
import type { Overview, PageAssessment, PageItem } from "../data/types.ts";
import { Choice } from "../parts/choice.tsx";
import { counted, NONE } from "../parts/format.ts";
import { Wide } from "../parts/wide.tsx";
import type { ViewProps } from "../shell/app.tsx";
import { usePlace, useQuery } from "../shell/query.ts";
import { ItemDetails } from "./item_details.tsx";
import { type Agreement, agreementCounts, agreementOf, type ItemRow, itemTable } from "./items.ts";
import { Totals } from "./totals.tsx";
import "./families.css";

/** Fugl-Meyer items × patients, what each score was made of, and the patients' totals. */
export function Impairment(props: ViewProps) {
  const { overview } = props;
  const runs = overview.assessments.map((one) => one.run);
  const [run, setRun] = usePlace("run", runs);
  const assessment = overview.assessments.find((one) => one.run === run);
  return (
    <div class="impairment">
      <h1>Impairment</h1>
      {runs.length > 1 && (
        <div class="choices screen-only">
          <Choice
            label="Run"
            value={String(run)}
            options={runs.map((one) => ({ value: String(one), name: overview.runs[one]?.name ?? "" }))}
            onChange={(word) => setRun(Number(word))}
          />
        </div>
      )}
      {assessment ? (
        <OfRun key={run} overview={overview} assessment={assessment} />
      ) : (
        <p>No run of this report scores Fugl-Meyer items.</p>
      )}
    </div>
  );
}

function OfRun(props: { overview: Overview; assessment: PageAssessment }) {
  const { overview, assessment } = props;
  const { items, run } = assessment;
  if (items.length === 0) return <p>This run has answers about no item of any patient.</p>;
  return (
    <>
      <Summary name={overview.runs[run]?.name ?? ""} items={items} />
      <section aria-labelledby="items">
        <h2 id="items">Items</h2>
        <Key />
        <Items overview={overview} assessment={assessment} />
      </section>
      <Totals assessment={assessment} />
    </>
  );
}

function Summary(props: { name: string; items: readonly PageItem[] }) {
  const { same, near, far, unscored } = agreementCounts(props.items);
  return (
    <p>
      Of {counted(same + near + far + unscored, "item")} that the therapist scored, <b>{props.name}</b> has the same
      score of <b>{same}</b>, a score one point off of <b>{near}</b>, two points off of <b>{far}</b>, and none of{" "}
      <b>{unscored}</b>.
    </p>
  );
}

function Key() {
  return (
    <p class="soft">
      <span class="score same">2</span> both scored 2; <span class="score near">2 → 1</span> the therapist 2, the run 1;{" "}
      <span class="score far">2 → 0</span> two points off; <span class="score unscored">2 → {NONE}</span> the run has no
      score. Choose a score, or an item for all its patients, to see what it was made of.
    </p>
  );
}

function Items(props: { overview: Overview; assessment: PageAssessment }) {
  const { overview, assessment } = props;
  const [item, setItem] = useQuery("item");
  const [patient, setPatient] = useQuery("patient");
  const { patients, rows } = itemTable(assessment.items);
  const choose = (nextItem: number, nextPatient: string) => {
    const isOpen = item === String(nextItem) && patient === nextPatient;
    setItem(isOpen ? "" : String(nextItem));
    setPatient(isOpen ? "" : nextPatient);
  };
  return (
    <Wide about="items by patient">
      <table class="item-table">
        <thead>
          <tr>
            <th scope="col">item</th>
            {patients.map((one) => (
              <th key={one} scope="col">
                {one}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const isOpen = item === String(row.item);
            const shown = row.ofPatients.filter((one) => one && (patient === "" || one.patient === patient));
            return (
              <Fragment key={row.item}>
                <ItemCells row={row} isOpen={isOpen} patient={patient} onChoose={choose} />
                {isOpen && shown.length > 0 && (
                  <tr class="opened">
                    <td colSpan={patients.length + 1}>
                      <div>
                        {shown.map(
                          (one) =>
                            one && (
                              <ItemDetails key={one.patient} overview={overview} run={assessment.run} item={one} />
                            ),
                        )}
                      </div>
                    </td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </Wide>
  );
}

function ItemCells(props: {
  row: ItemRow;
  isOpen: boolean;
  patient: string;
  onChoose: (item: number, patient: string) => void;
}) {
  const { row, isOpen } = props;
  return (
    <tr>
      <th scope="row">
        <button
          type="button"
          class="item-name"
          aria-expanded={isOpen && props.patient === ""}
          onClick={() => props.onChoose(row.item, "")}
        >
          <span class="soft item-number">{row.item}</span> {row.title}
        </button>
      </th>
      {row.ofPatients.map((item, place) => (
        <td key={item?.patient ?? place}>
          {item && (
            <button
              type="button"
              class={`score ${agreementOf(item)}`}
              aria-expanded={isOpen && props.patient === item.patient}
              aria-label={`${item.patient}, item ${row.item}: ${WORDS[agreementOf(item)]}, ${writtenScores(item)}`}
              onClick={() => props.onChoose(row.item, item.patient)}
            >
              {writtenScores(item)}
            </button>
          )}
        </td>
      ))}
    </tr>
  );
}

const WORDS: Readonly<Record<Agreement, string>> = {
  same: "the same score",
  near: "one point off",
  far: "two points off",
  unscored: "no score",
  unknown: "not scored by the therapist",
};

function writtenScores(item: PageItem): string {
  if (agreementOf(item) === "same") return String(item.score);
  return `${item.true ?? NONE} → ${item.score ?? NONE}`;
}
