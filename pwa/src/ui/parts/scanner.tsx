/** The camera, looking for a QR code: by the browser's own reader, else by one that is loaded now. */

import { useEffect, useRef, useState } from "preact/hooks";
import { say } from "../../i18n/language.ts";
import { qrReader } from "../state/qr.ts";
import { Note } from "./page.tsx";

const EVERY_MS = 250;

interface ScannerProps {
  readonly read: (text: string) => void;
  readonly stop: () => void;
}

export function Scanner({ read, stop }: ScannerProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [isFailed, setFailed] = useState(false);
  useEffect(() => {
    const watching = new AbortController();
    watch(video.current, watching.signal, read).catch(() => setFailed(true));
    return () => watching.abort();
  }, [read]);
  return (
    <div class="scanner">
      {isFailed ? (
        <Note kind="bad">{say.value.enrol.noCamera}</Note>
      ) : (
        <>
          <video ref={video} playsInline muted aria-label={say.value.enrol.scanning} />
          <p>{say.value.enrol.scanning}</p>
        </>
      )}
      <button type="button" class="btn" onClick={stop}>
        {say.value.enrol.stopScan}
      </button>
    </div>
  );
}

/** Look until a code was read or nobody watches any more. */
async function watch(
  video: HTMLVideoElement | null,
  signal: AbortSignal,
  read: (text: string) => void,
): Promise<void> {
  if (video === null) return;
  const camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const close = () => {
    for (const track of camera.getTracks()) track.stop();
  };
  try {
    const reader = await qrReader();
    video.srcObject = camera;
    await video.play();
    while (!signal.aborted) {
      const text = await reader(video);
      if (text !== null && !signal.aborted) return read(text);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  } finally {
    close();
  }
}
