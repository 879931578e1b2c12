import type { Field } from "../src/protocol/definitions/forms.ts";

/** A field with nothing unusual: tests state what differs. */
export const PLAIN: Field = {
  name: "",
  kind: "int",
  size: 0,
  label: { vi: "Nhãn", en: "Label" },
  hint: null,
  unit: null,
  origin: "reg",
  merge: "put",
  display: "latest",
  rollup: { kind: "none", parts: [] },
  choices: [],
  required: null,
  relevant: null,
  constraint: null,
  message: null,
  calculation: null,
  writes: "",
  personal: false,
  restricted: false,
  section: "",
  key: [],
  cells: [],
};
