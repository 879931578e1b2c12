/** A live tally: one big button for each person who comes in at the door. */

import { language, say } from "../../i18n/language.ts";
import { number } from "../../i18n/written.ts";
import { inLanguage } from "../../protocol/definitions/words.ts";
import type { FieldProps } from "../field.tsx";

export function TallyField({ id, sheet, shown: { field, value } }: FieldProps) {
  const unit = field.unit === null ? "" : inLanguage(field.unit, language.value);
  const total = typeof value === "number" ? value : 0;
  return (
    <div class="tally">
      <output id={id}>
        <b>{number(total, 0, language.value)}</b>
        <span>{unit}</span>
      </output>
      <button type="button" class="btn" onClick={() => sheet.count(field, -1)}>
        <span aria-hidden="true">−1</span>
        <span class="hide">{say.value.form.less}</span>
      </button>
      <button type="button" class="btn more" onClick={() => sheet.count(field, 1)}>
        + {say.value.form.more(unit)}
      </button>
    </div>
  );
}
