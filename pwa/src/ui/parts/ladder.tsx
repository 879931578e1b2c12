/** The way of a report from this phone to the district's approval: what is done, where it is, what is still to come. */

import { say } from "../../i18n/language.ts";
import type { Report } from "../../storage/phone.ts";
import { Icon, type IconName } from "./icon.tsx";

interface Rung {
  readonly icon: IconName;
  readonly words: string;
}

export function Ladder({ report }: { report: Report }) {
  const rungs = rungsOf(report);
  const now = placeOf(report);
  return (
    <ol class="ladder">
      {rungs.map(({ icon, words }, place) => (
        <li
          key={words}
          class={place < now ? "done" : place === now ? "now" : "todo"}
          aria-current={place === now ? "step" : undefined}
        >
          <span>
            <Icon name={icon} />
          </span>
          <div>{place === now ? <b>{words}</b> : words}</div>
        </li>
      ))}
    </ol>
  );
}

/** What is returned goes back whatever was said before; otherwise the commune comes before the district. */
function rungsOf({ stage, way }: Report): Rung[] {
  const { stage: stages, way: ways } = say.value;
  const sent: Rung[] = [
    { icon: "phone", words: ways.saved },
    way === "carried" ? { icon: "carry", words: ways.carried } : { icon: "up", words: ways.sending },
    { icon: "server", words: ways.received },
  ];
  if (stage === "returned") return [...sent, { icon: "return", words: stages.returned }];
  return [...sent, { icon: "seal", words: stages.confirmed }, { icon: "seal2", words: stages.approved }];
}

/** The rung on which a report stands: reviews count only of what the hub has received. */
function placeOf({ stage, way }: Report): number {
  if (way === "saved") return 0;
  if (way === "sending" || way === "carried") return 1;
  if (stage === "confirmed" || stage === "returned") return 3;
  return stage === "approved" ? 4 : 2;
}
