/** What a replica belongs to: the deployment's roots, its hub, the unit of this replica's person. */

import { type Hex, hex, unhex } from "../protocol/bytes.ts";
import { decode } from "../protocol/canonical.ts";
import { type Genesis, genesisFromValue } from "../protocol/certificates.ts";
import { json } from "./tables.ts";

export interface Deployment {
  readonly genesis: Genesis;
  /** The genesis as it came. */
  readonly genesisBytes: Uint8Array;
  /** The server id of the hub. */
  readonly hub: Hex;
  readonly unit: Hex;
}

/** @throws ProtocolError if the bytes are no genesis. */
export function deploymentOf(genesisBytes: Uint8Array, hub: Hex, unit: Hex): Deployment {
  return { genesis: genesisFromValue(decode(genesisBytes)), genesisBytes, hub, unit };
}

export const deploymentCodec = json<Deployment, readonly [Hex, Hex, Hex]>(
  ({ genesisBytes, hub, unit }) => [hex(genesisBytes), hub, unit],
  ([genesis, hub, unit]) => deploymentOf(unhex(genesis), hub, unit),
);
