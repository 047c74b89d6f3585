// Tables that the command prints, as they are: what there is to say of them first.

import type { PageTable } from "../data/types.ts";
import { Wide } from "../parts/wide.tsx";

export function PrintedTables(props: { tables: readonly PageTable[] }) {
  return props.tables.map((table) => <PrintedTable key={table.name} table={table} />);
}

function PrintedTable(props: { table: PageTable }) {
  const { name, title, columns, sections, notes, remarks } = props.table;
  const id = `table-${name}`;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ul class="notes">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
      <Wide about={`rows of: ${title}`}>
        <table class="printed">
          <thead>
            <tr>
              {columns.map((heading) => (
                <th key={heading} scope="col">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          {sections.map((section) => (
            <tbody key={section.title}>
              {section.title && (
                <tr>
                  <th class="printed-section" scope="rowgroup" colSpan={columns.length}>
                    {section.title}
                  </th>
                </tr>
              )}
              {section.rows.map((cells) => (
                <tr key={cells.join(" ")}>
                  {cells.map((cell, place) =>
                    place === 0 ? (
                      <th key={columns[place]} scope="row">
                        {cell}
                      </th>
                    ) : (
                      <td key={columns[place]}>{cell}</td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </Wide>
      {remarks.length > 0 && (
        <details>
          <summary>About these runs</summary>
          <ul class="notes">
            {remarks.map((remark) => (
              <li key={remark}>{remark}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
