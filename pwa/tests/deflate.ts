/** Raw DEFLATE by Node: version 20's DecompressionStream does not see what stands behind the end, as browsers do. */

import { promisify } from "node:util";
import { createInflateRaw, deflateRaw } from "node:zlib";
import type { Deflate } from "../src/protocol/stream.ts";

export const deflate: Deflate = {
  async pack(data) {
    return new Uint8Array(await promisify(deflateRaw)(data));
  },

  async *unpack(packed) {
    const inflate = createInflateRaw();
    let size = 0;
    const feeding = (async () => {
      for await (const chunk of packed) {
        size += chunk.length;
        inflate.write(chunk);
      }
      inflate.end();
    })();
    for await (const chunk of inflate) yield new Uint8Array(chunk);
    await feeding;
    if (inflate.bytesWritten !== size) throw new Error("bytes stand behind the end");
  },
};
