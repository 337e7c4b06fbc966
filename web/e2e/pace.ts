import type { CDPSession, Page } from "playwright-core";
import { expect } from "vitest";

/** What moves more than this is felt as unrest, by the measure of browsers' makers. */
const MOST_SHIFT = 0.1;

/** What a page notes about itself from its beginning. */
interface Notes {
  /** How long tasks took that kept the page from answering, in milliseconds. */
  long: number[];
  /** How far things were moved that nobody had touched. */
  shift: number;
  /** What that was, and from where to where. */
  moved: string[];
}

/** An entry of the browser's that its types do not know. */
interface LayoutShift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
  sources: { node: Node | null; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly }[];
}

/** Holds a page to leaving everything in its place that nobody has touched. */
export async function expectStill(page: Page) {
  const { shift, moved } = await notes(page);
  expect(shift, [page.url(), ...moved].join("\n")).toBeLessThan(MOST_SHIFT);
}

/** Has a page note what keeps it from answering and what moves in it; before it is opened. */
export async function takeNotes(page: Page) {
  await page.addInitScript(() => {
    const notes: Notes = { long: [], shift: 0, moved: [] };
    Object.assign(window, { notes });
    performance.setResourceTimingBufferSize(100_000);
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => notes.long.push(entry.duration))).observe({ type: "longtask", buffered: true });
    new PerformanceObserver((list) => {
      const places = ({ x, y, width, height }: DOMRectReadOnly) => [x, y, width, height].map(Math.round).join(" ");
      for (const entry of list.getEntries() as LayoutShift[]) {
        if (entry.hadRecentInput) continue;
        notes.shift += entry.value;
        for (const { node, previousRect, currentRect } of entry.sources) {
          const name = node instanceof Element ? `${node.tagName}.${node.className}` : `“${node?.textContent ?? ""}”`;
          notes.moved.push(`${entry.value.toFixed(3)} ${name}: ${places(previousRect)} → ${places(currentRect)}`);
        }
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

/** What was noted since it was asked last. */
export function notes(page: Page): Promise<Notes> {
  return page.evaluate(() => {
    const { notes } = window as unknown as { notes: Notes };
    const { shift, moved } = notes;
    return { long: notes.long.splice(0), shift, moved };
  });
}

/** Does something after which a list shows other rows; answers how long after the API's answer they were painted. */
export async function untilPainted(page: Page, act: () => Promise<unknown>): Promise<{ waited: number; painted: number }> {
  await page.evaluate(() => {
    const start = performance.now();
    const painted = new Promise<{ waited: number; painted: number }>((done) => {
      const observer = new MutationObserver(() =>
        requestAnimationFrame(() =>
          setTimeout(() => {
            const answers = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
            const answer = answers.findLast(({ name, startTime }) => /\/v1\/\w+\?/.test(name) && startTime >= start);
            if (!answer) return;
            observer.disconnect();
            done({ waited: answer.responseEnd - answer.startTime, painted: performance.now() - answer.responseEnd });
          }),
        ),
      );
      const body = document.querySelector(".grid-body");
      if (body) observer.observe(body, { childList: true, subtree: true, characterData: true });
    });
    Object.assign(window, { painted });
  });
  await act();
  return page.evaluate(() => (window as unknown as { painted: Promise<{ waited: number; painted: number }> }).painted);
}

/** The memory that scripts hold, in MB, without what could be thrown away. */
export async function memory(tools: CDPSession): Promise<number> {
  await tools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await tools.send("Runtime.getHeapUsage");
  return Math.round(usedSize / 1e5) / 10;
}

/** Turns the wheel over the list until so many rows went by or the end is reached. */
export async function scroll(page: Page, rows: number): Promise<void> {
  await page.locator(".grid-scroller").hover();
  for (let gone = 0; gone < rows; gone += 10) {
    await page.mouse.wheel(0, 380);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/** The numbers of the rows that are in the page. */
export function rowsInPage(page: Page): Promise<number[]> {
  return page.locator(".grid-body [data-index]").evaluateAll((rows) => rows.map((row) => Number(row.getAttribute("data-index"))));
}
