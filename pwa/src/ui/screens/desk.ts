/** The screens behind the PIN, by the name that the address has for them. */

import type { ComponentType } from "preact";
import { BeginScreen } from "./begin.tsx";
import { ConflictScreen } from "./conflict.tsx";
import { DeviceScreen } from "./device.tsx";
import { FillScreen } from "./fill.tsx";
import { HomeScreen } from "./home.tsx";
import { ReportScreen } from "./report.tsx";
import { ReportsScreen } from "./reports.tsx";
import { SyncScreen } from "./sync.tsx";

export const SCREENS: ReadonlyMap<string, ComponentType> = new Map([
  ["", HomeScreen],
  ["begin", BeginScreen],
  ["fill", FillScreen],
  ["report", ReportScreen],
  ["reports", ReportsScreen],
  ["conflict", ConflictScreen],
  ["sync", SyncScreen],
  ["device", DeviceScreen],
]);
