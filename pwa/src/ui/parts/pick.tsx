/** One of many, in the browser's own list. */

interface PickProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, words: string])[];
  readonly change: (value: string) => void;
}

export function Pick({ change, id, label, options, value }: PickProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} class="box" value={value} onChange={(event) => change(event.currentTarget.value)}>
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}
