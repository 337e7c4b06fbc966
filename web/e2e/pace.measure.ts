import { execFile } from "node:child_process";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { arrive, launch } from "./browser";
import { memory, notes, rowsInPage, scroll, takeNotes, untilPainted } from "./pace";
import { Suite } from "./suite";

const MILLION = fileURLToPath(new URL("million.sql", import.meta.url));
const TIMES = Number(process.env.RUNS ?? 9);
const ROWS = 6_000;

let suite: Suite;
let browser: Browser;
beforeAll(async () => {
  const grow = async (directory: string) => {
    await promisify(execFile)("sh", ["-c", 'sqlite3 "$1" < "$2"', "sh", join(directory, "data/customers.db"), MILLION]);
  };
  [suite, browser] = await Promise.all([Suite.start({ demo: 300, grow }), launch()]);
  await suite.administrator();
});
afterAll(async () => {
  await browser?.close();
  await suite?.stop();
});

/** Has the filter ask for customers, and at every other time for prospects as well. */
async function chooseType(page: Page, time: number) {
  await page.getByRole("button", { name: "Filter" }).click();
  if (time === 0) {
    await page.getByRole("combobox", { name: "Field" }).click();
    await page.keyboard.type("Type");
    await page.keyboard.press("Enter");
  }
  await page.getByRole("combobox", { name: "Value" }).click();
  await page.locator(".ant-select-dropdown").getByTitle(time === 0 ? "Customer" : "Prospect", { exact: true }).click();
  await page.keyboard.press("Escape");
}

const spread = (values: number[]) => {
  const sorted = values.map(Math.round).sort((one, other) => one - other);
  return { least: sorted[0], middle: sorted[Math.floor(sorted.length / 2)], most: sorted.at(-1) };
};

it("a list of a million accounts keeps pace with the API", async () => {
  const page = await arrive(browser, suite, "/customers/accounts");
  await expect.poll(() => page.locator(".list-count").textContent(), { timeout: 120_000 }).toBe("10,000+");
  const table: Record<string, object> = {};
  const measure = async (name: string, act: (time: number) => Promise<() => Promise<unknown>>) => {
    const painted: number[] = [];
    const waited: number[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      // Nothing is at hand that was asked before.
      await page.reload();
      await page.locator("[data-index='0']").waitFor();
      await page.waitForLoadState("networkidle");
      const begin = await act(time);
      const took = await untilPainted(page, begin);
      painted.push(took.painted);
      waited.push(took.waited);
      await page.waitForLoadState("networkidle");
    }
    table[name] = { ...spread(painted), "the API's answer": spread(waited).middle };
  };
  const search = page.getByRole("searchbox", { name: "Search in this list" });
  await measure("search", (time) => Promise.resolve(() => search.fill(String(1000 + 37 * time))));
  await search.fill("");
  await page.waitForLoadState("networkidle");
  // In the order of creation kinds alternate, so that each time other rows are shown.
  await measure("filter", async (time) => {
    await chooseType(page, time);
    return () => page.getByRole("button", { name: "Apply" }).click();
  });
  const head = page.getByRole("columnheader", { name: "Name" }).getByRole("button");
  await measure("order", () => Promise.resolve(() => head.click()));

  const deep = await browser.newPage({ baseURL: suite.url, viewport: { width: 1280, height: 800 } });
  await takeNotes(deep);
  await deep.context().addCookies(await page.context().cookies());
  await deep.goto("/customers/accounts");
  await deep.locator("[data-index='5']").waitFor();
  await deep.keyboard.press("Escape");
  await notes(deep);
  await scroll(deep, ROWS);
  await expect.poll(() => deep.locator(".grid-row[aria-busy=true]").count()).toBe(0);
  const tools = await deep.context().newCDPSession(deep);
  const { long, shift } = await notes(deep);
  console.table(table);
  console.log(`${ROWS} rows scrolled through: ${(await rowsInPage(deep)).length} in the page, ${await memory(tools)} MB of script's memory, ${long.length} of ${ROWS / 10} turns of the wheel kept the page longer than 50 ms, shift ${shift}`);
  console.log(`${TIMES} times each, in milliseconds; ${availableParallelism()} processors, busy with ${loadavg()[0]?.toFixed(1)}`);
});
