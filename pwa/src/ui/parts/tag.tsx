/** Where a report stands, in a mark and words. */

import { say } from "../../i18n/language.ts";
import type { Report, Way } from "../../storage/phone.ts";
import { Icon, type IconName } from "./icon.tsx";

const OF_WAY: Readonly<Record<Way, IconName>> = {
  saved: "phone",
  sending: "up",
  carried: "carry",
  received: "server",
};
const OF_STAGE: Readonly<Record<Report["stage"], readonly [icon: IconName, tone: string]>> = {
  draft: ["phone", "sea"],
  sent: ["server", "sea"],
  confirmed: ["seal", "ok"],
  approved: ["seal2", "ok"],
  returned: ["return", "bad"],
  corrected: ["pen", "sea"],
  stale: ["warn", "ask"],
  contested: ["two", "ask"],
};

export function Tag({ icon, tone = "", words }: { icon: IconName; tone?: string; words: string }) {
  return (
    <span class={`tag ${tone}`}>
      <Icon name={icon} />
      {words}
    </span>
  );
}

/** How far a report is: what reviewers say of it; until it is received, how far it is on its way. */
export function ReportTag({ report }: { report: Report | null }) {
  if (report === null) return <Tag icon="clock" words={say.value.home.notBegun} />;
  const { conflicts, draft, hidden, stage, way } = report;
  if (hidden) return <Tag icon="minus" words={say.value.reports.hidden} />;
  if (draft) return <Tag icon="pen" tone="sea" words={say.value.home.draft} />;
  if (conflicts > 0) return <Tag icon="two" tone="ask" words={say.value.home.conflicts(conflicts)} />;
  if (way !== null && way !== "received")
    return <Tag icon={OF_WAY[way]} tone="sea" words={say.value.way[way]} />;
  const [icon, tone] = OF_STAGE[stage];
  if (stage === "sent" || stage === "draft")
    return <Tag icon="server" tone="sea" words={say.value.way.received} />;
  return <Tag icon={icon} tone={tone} words={say.value.stage[stage]} />;
}
