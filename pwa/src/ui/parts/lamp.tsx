/** The lamp: where one's work is, in shape; the words stand beside it. */

import type { LampState } from "../state/light.ts";

const TOWER =
  "M16 11a8 7 0 0 1 16 0zM24 4V2M16 11v11M32 11v11M12 22h24M18.500 22 15 44M29.500 22 33 44M11 44h26M17 32h14";
const FULL = "M17.200 12.200h13.600v8.600H17.200z";
const HALF = "M17.200 12.200H24v8.600h-6.800z";
const LEFT_BEAM = "M11 12 4 9M10.500 16.500H3M11 21l-7 3";
const RIGHT_BEAM = "M37 12l7-3M37.500 16.500H45M37 21l7 3";
const ARROW = "M37.500 8.500a10 10 0 0 1 .5 15M43.500 23.500H38v-5.500";

export function Lamp({ state }: { state: LampState }) {
  return (
    <svg class="lamp" viewBox="0 0 48 48" aria-hidden="true">
      <path d={TOWER} />
      {state === "turning" && <path class="lit" d={HALF} />}
      {(state === "amber" || state === "steady") && <path class="lit" d={FULL} />}
      {(state === "turning" || state === "steady") && <path d={LEFT_BEAM} />}
      {state === "steady" && <path d={RIGHT_BEAM} />}
      {state === "turning" && <path class="arc" d={ARROW} />}
      {state === "amber" && <path class="ask" d="M41.500 5v11M41.500 22v.1" />}
    </svg>
  );
}
