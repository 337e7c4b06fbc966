/** How the pictures begin, in base64, that the server takes. */
const BEGINNINGS: readonly (readonly [string, RegExp])[] = [
  ["image/png", /^iVBORw0KGg[o-r]/],
  ["image/jpeg", /^\/9j\//],
  ["image/webp", /^UklGR[A-Za-z0-9+/]{6}XRUJQ/],
];

/** What a browser's dialog offers. */
export const PICTURES = BEGINNINGS.map(([type]) => type).join(",");

const LARGEST = 100 * 1024;

/** Where an image takes a picture from; nothing if it is none of the kinds that are known. */
export function pictureAddress(base64: string | undefined): string | undefined {
  const [type] = BEGINNINGS.find(([, begins]) => begins.test(base64 ?? "")) ?? [];
  return type && `data:${type};base64,${base64}`;
}

/** A file in base64; nothing if it is too large or no picture, whatever it calls itself. */
export async function readPicture(file: Blob): Promise<string | undefined> {
  if (file.size > LARGEST) return undefined;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return pictureAddress(base64) && base64;
}
