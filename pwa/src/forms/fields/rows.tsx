/** Repeats: each row a card that opens; only open rows have inputs on the page. */

import { useState } from "preact/hooks";
import { language, say } from "../../i18n/language.ts";
import type { FieldProps, QuestionView } from "../field.tsx";
import type { Sheet, Shown, ShownRow } from "../sheet.ts";
import { inWords } from "../wording.ts";

export function RowsField({
  described,
  id,
  question,
  sheet,
  shown,
}: FieldProps & { question: QuestionView }) {
  const { field, rows } = shown;
  const [openRow, setOpenRow] = useState<string | null>(null);
  const add = () => {
    sheet.addRow(field);
    setOpenRow(sheet.field(field.name).peek().rows.at(-1)?.row.id ?? null);
  };
  return (
    <>
      {rows.map((row, place) => (
        <RowCard
          key={row.row.id}
          sheet={sheet}
          question={question}
          rows={shown}
          row={row}
          place={place + 1}
          isOpen={openRow === row.row.id}
          toggle={() => setOpenRow(openRow === row.row.id ? null : row.row.id)}
        />
      ))}
      <button type="button" class="btn" id={id} aria-describedby={described} onClick={add}>
        + {say.value.form.addRow}
      </button>
    </>
  );
}

interface RowCardProps {
  readonly sheet: Sheet;
  readonly question: QuestionView;
  readonly rows: Shown;
  readonly row: ShownRow;
  readonly place: number;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

function RowCard({ isOpen, place, question: Question, row, rows, sheet, toggle }: RowCardProps) {
  return (
    <div class="rowcard">
      <button type="button" class="btn rowhead" aria-expanded={isOpen} onClick={toggle}>
        <span class="grow">
          <b>{say.value.form.row(place)}</b> {inShort(row)}
        </span>
        <svg class="i" viewBox="0 0 24 24" aria-hidden="true">
          <path d={isOpen ? "m5 15 7-7 7 7" : "m5 9 7 7 7-7"} />
        </svg>
      </button>
      {isOpen && (
        <div class="rowbody">
          {row.cells.map((cell) => (
            <Question key={cell.field.name} sheet={sheet} shown={cell} />
          ))}
          <button type="button" class="btn plain" onClick={() => sheet.hideRow(rows.field, row.row)}>
            {say.value.form.removeRow}
          </button>
        </div>
      )}
    </div>
  );
}

/** The first two answers of a row. */
function inShort({ cells }: ShownRow): string {
  const tongue = { language: language.value, say: say.value };
  return cells
    .filter(({ value }) => value !== null && value !== undefined && value !== "")
    .slice(0, 2)
    .map(({ field, value }) => inWords(field, value, tongue))
    .join(" · ");
}
