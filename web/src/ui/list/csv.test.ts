import { expect, it } from "vitest";
import { forEachOf } from "./bulk";
import { csvCell, csvFile } from "./csv";

it("a cell that a spreadsheet would run is only text", () => {
  for (const text of ["=1+1", "+86 10", "-1", "@SUM(A1)", "\tx", "\rx"]) expect(csvCell(text)).toBe(`"'${text}"`);
  expect(csvCell('a "b", c')).toBe('"a ""b"", c"');
  expect(csvCell("=\"x\"")).toBe("\"'=\"\"x\"\"\"");
  expect(csvCell("华腾")).toBe("华腾");
});

it("a file says that it is UTF-8", async () => {
  const bytes = new Uint8Array(await csvFile([["姓名"], ["王,明"]]).arrayBuffer());
  expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  expect(new TextDecoder().decode(bytes)).toContain('姓名\r\n"王,明"\r\n');
});

it("many things are done a few at a time, and failures stop nothing", async () => {
  let running = 0;
  let most = 0;
  const outcome = await forEachOf(
    Array.from({ length: 20 }, (_, index) => index),
    async (index) => {
      most = Math.max(most, (running += 1));
      await Promise.resolve();
      running -= 1;
      if (index % 5 === 0) throw new Error("no");
      return index * 2;
    },
  );
  expect(outcome.done).toHaveLength(16);
  expect(outcome.failed.map(({ item }) => item).sort((a, b) => a - b)).toEqual([0, 5, 10, 15]);
  expect(most).toBeLessThanOrEqual(4);
});

it("what is stopped does not begin again", async () => {
  const stop = new AbortController();
  const outcome = await forEachOf([1, 2, 3, 4, 5, 6, 7, 8, 9], async (item) => item, () => stop.abort(), stop.signal);
  expect(outcome.done.length).toBeLessThan(9);
});
