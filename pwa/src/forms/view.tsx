/** The whole form: sections with their fields, in the order of the definition. */

import { language } from "../i18n/language.ts";
import { inLanguage } from "../protocol/definitions/words.ts";
import { FormField } from "./field.tsx";
import type { Sheet } from "./sheet.ts";

export function FormView({ sheet }: { readonly sheet: Sheet }) {
  const { fields, sections } = sheet.filling.form;
  const known = new Set(sections.map(({ name }) => name));
  const loose = fields.filter(({ section }) => !known.has(section));
  return (
    <div class="group">
      {loose.map(({ name }) => (
        <FormField key={name} sheet={sheet} name={name} />
      ))}
      {sections.map(({ label, name }) => (
        <section key={name} class="group">
          <h2>{inLanguage(label, language.value)}</h2>
          {fields
            .filter(({ section }) => section === name)
            .map((field) => (
              <FormField key={field.name} sheet={sheet} name={field.name} />
            ))}
        </section>
      ))}
    </div>
  );
}
