/** Files that leave the phone: saved, or shared as a text that any messenger carries. */

/** Save bytes as a file of this name. */
export async function saveFile(data: Uint8Array, name: string): Promise<void> {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([data as Uint8Array<ArrayBuffer>]));
  link.download = `${name}.haidang`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Hand bytes to another app, as base64 in a text file: many apps take nothing else. */
export async function shareFile(data: Uint8Array, name: string): Promise<void> {
  const file = new File([base64(data)], `${name}.txt`, { type: "text/plain" });
  try {
    await navigator.share({ files: [file] });
  } catch (error) {
    // The person thought better of it.
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  }
}

function base64(data: Uint8Array): string {
  let binary = "";
  for (const byte of data) binary += String.fromCharCode(byte);
  return btoa(binary);
}
