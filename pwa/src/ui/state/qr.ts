/** Reading QR codes out of pictures of the camera. */

/** The text of a code in sight, or null. */
export type QrReader = (video: HTMLVideoElement) => Promise<string | null>;

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}

declare const BarcodeDetector: {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
};

/** Phones have a reader of their own; for other browsers one is fetched when it is needed. */
export async function qrReader(): Promise<QrReader> {
  if (await hasOwnReader()) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
  }
  const { default: jsQR } = await import("jsqr");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const { videoHeight, videoWidth } = video;
    if (context === null || videoWidth === 0) return null;
    canvas.width = videoWidth;
    canvas.height = videoHeight;
    context.drawImage(video, 0, 0);
    const { data } = context.getImageData(0, 0, videoWidth, videoHeight);
    return jsQR(data, videoWidth, videoHeight)?.data ?? null;
  };
}

async function hasOwnReader(): Promise<boolean> {
  return "BarcodeDetector" in globalThis && (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
}
