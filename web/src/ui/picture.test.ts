import { expect, it } from "vitest";
import { pictureAddress, readPicture } from "./picture";

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const webp = (size: number) => [...Buffer.from("RIFF"), size, size, size, size, ...Buffer.from("WEBPVP8 ")];

it.each([
  ["image/png", [...PNG, 0]],
  ["image/png", [...PNG, 255]],
  ["image/jpeg", [0xff, 0xd8, 0xff, 0xe0]],
  ["image/webp", webp(0)],
  ["image/webp", webp(255)],
])("%s is told by how it begins", async (type, bytes) => {
  const base64 = await readPicture(new Blob([new Uint8Array(bytes)]));
  expect(base64).toBe(Buffer.from(bytes).toString("base64"));
  expect(pictureAddress(base64)).toBe(`data:${type};base64,${base64}`);
});

it("what is no picture is none, whatever it calls itself", async () => {
  expect(await readPicture(new Blob(["<svg onload='alert(1)'/>"], { type: "image/png" }))).toBeUndefined();
  expect(pictureAddress("")).toBeUndefined();
  expect(pictureAddress(undefined)).toBeUndefined();
});

it("100 KiB are the most", async () => {
  const picture = (size: number) => new Blob([new Uint8Array([...PNG, ...new Uint8Array(size - PNG.length)])]);
  expect(await readPicture(picture(102_400))).toBeDefined();
  expect(await readPicture(picture(102_401))).toBeUndefined();
});
