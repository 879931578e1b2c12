/** Raw DEFLATE by the browser's streams. */

import type { Deflate } from "../protocol/stream.ts";

const FORMAT = "deflate-raw";

export const deflate: Deflate = {
  async pack(data) {
    const packed = new Blob([data as Uint8Array<ArrayBuffer>])
      .stream()
      .pipeThrough(new CompressionStream(FORMAT));
    return new Uint8Array(await new Response(packed).arrayBuffer());
  },

  async *unpack(packed) {
    const stream = new DecompressionStream(FORMAT);
    const reader = stream.readable.getReader();
    // The reader throws what goes wrong in writing.
    const writing = feed(stream.writable.getWriter(), packed).catch(() => undefined);
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    await writing;
  },
};

async function feed(
  writer: WritableStreamDefaultWriter<BufferSource>,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    for await (const chunk of chunks) await writer.write(chunk as Uint8Array<ArrayBuffer>);
    await writer.close();
  } catch (error) {
    await writer.abort(error);
    throw error;
  }
}
