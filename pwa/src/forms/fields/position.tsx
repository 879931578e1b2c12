/** A position: taken by the phone on demand, with how exact it is; never in the background. */

import { useState } from "preact/hooks";
import { language, say } from "../../i18n/language.ts";
import type { FieldProps } from "../field.tsx";
import { inWords } from "../wording.ts";

const WAIT_MS = 30_000;
const SCALE = 1e7;

export function PositionField({ described, id, sheet, shown }: FieldProps) {
  const [state, setState] = useState<"idle" | "looking" | "failed">("idle");
  const { at, field, value } = shown;
  const locate = () => {
    setState("looking");
    navigator.geolocation.getCurrentPosition(
      ({ coords: { accuracy, latitude, longitude } }) => {
        sheet.put(field, [scaled(latitude), scaled(longitude), Math.ceil(accuracy)], at);
        setState("idle");
      },
      () => setState("failed"),
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 0 },
    );
  };
  const isThere = Array.isArray(value);
  return (
    <>
      {isThere && <p class="b">{inWords(field, value, { language: language.value, say: say.value })}</p>}
      <button type="button" class="btn" id={id} aria-describedby={described} onClick={locate}>
        {state === "looking"
          ? say.value.form.locating
          : isThere
            ? say.value.form.locateAgain
            : say.value.form.locate}
      </button>
      {state === "failed" && (
        <p class="msg" role="alert">
          {say.value.form.noPosition}
        </p>
      )}
    </>
  );
}

/** Degrees as the protocol keeps them. */
function scaled(degrees: number): number {
  return Math.round(degrees * SCALE);
}
