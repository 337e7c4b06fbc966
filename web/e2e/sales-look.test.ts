import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAccessible, expectNoFaults, launch, settle } from "./browser";
import { arrive, Sales } from "./sales";
import { Suite } from "./suite";

let suite: Suite;
let browser: Browser;
let sales: Sales;
beforeAll(async () => {
  [suite, browser] = await Promise.all([Suite.start({ demo: 120 }), launch()]);
  sales = new Sales(await suite.administrator());
});
afterAll(async () => {
  await browser?.close();
  await suite?.stop();
});

const PAGES: [path: string, shown: string][] = [
  ["/sales/dashboard", "canvas"],
  ["/sales/board", ".board-card"],
  ["/sales/leads", "[data-index='5']"],
  ["/sales/opportunities", "[data-index='5']"],
  ["/sales/products", "[data-index='5']"],
  ["/sales/settings/pipelines", ".stage-chips"],
  ["/sales/settings/rules", ".rules li"],
  ["/sales/settings/representatives", "[data-index='1']"],
  ["/sales/settings/forms", "[data-index='0']"],
  ["/sales/settings/rates", "[data-index='1']"],
  ["/sales/settings/targets", "[data-index='1']"],
];

async function open(page: Page, path: string, shown: string) {
  await page.goto(path);
  await page.locator(shown).first().waitFor();
  await settle(page);
}

describe.each(["light", "dark"] as const)("in the %s theme", { timeout: 240_000 }, (colorScheme) => {
  it("every page of sales can be used by everybody", async () => {
    const page = await arrive(browser, suite, "/sales/board", { colorScheme });
    for (const [path, shown] of PAGES) {
      await open(page, path, shown);
      await expectAccessible(page, `${path}, ${colorScheme}`);
    }
    await open(page, "/sales/dashboard", "canvas");
    for (const table of await page.locator(".report .ant-segmented-item", { hasText: "Table" }).all()) await table.click();
    await page.locator(".report-table").nth(4).waitFor();
    await settle(page);
    await expectAccessible(page, "tables of the dashboard");
    expectNoFaults(page);
  });

  it("so can records, dialogs and the card that is taken along", async () => {
    const lead = await sales.lead({ name: "Erika Beispiel", company: "Beispiel AG" });
    const deal = await sales.deal({ name: "Large deal", amount_minor: "100000", line_items: [{ description: "Work", quantity_milli: "2000", unit_price_minor: "5000" }], next_follow_up_time: "2026-01-01T09:00:00Z" });
    const page = await arrive(browser, suite, `/sales/opportunities/${deal.id}`, { colorScheme });
    const check = async (what: string, options?: { menu: boolean }) => {
      await settle(page);
      await expectAccessible(page, `${what}, ${colorScheme}`, options);
    };
    await page.locator(".visits tr").first().waitFor();
    await check("opportunity");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.locator(".line-item").waitFor();
    await check("form with items");
    await page.keyboard.press("Escape");
    await page.locator(".ant-drawer-open").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Lost", exact: true }).click();
    await page.getByRole("dialog").getByLabel("Why it was lost").waitFor();
    await check("lost");

    await page.goto(`/sales/leads/${lead.id}`);
    await page.locator(".timeline li").first().waitFor();
    await check("lead");
    await page.getByRole("button", { name: "Other steps" }).click();
    await page.getByRole("menuitem", { name: "Convert" }).click();
    await page.getByRole("dialog").getByRole("radio").first().waitFor();
    await check("wizard, first step");
    await page.getByRole("dialog").getByRole("button", { name: "Next" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Next" }).click();
    await page.getByLabel("Amount").waitFor();
    await check("wizard, last step");

    await page.goto("/sales/board");
    await page.locator(".board-card a").first().focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowRight");
    await page.locator(".board-card.lifted").waitFor();
    await check("taken along");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /Notifications/ }).click();
    await page.getByRole("region", { name: "Notifications" }).waitFor();
    await check("notifications", { menu: true });

    await page.goto("/sales/settings/pipelines");
    await page.getByRole("button", { name: "Edit Sales" }).click();
    await page.getByRole("dialog").getByText("Add a stage").waitFor();
    await check("stages");
    await page.goto("/sales/settings/rules");
    await page.locator(".rules li").first().getByRole("button", { name: /^Edit/ }).click();
    await page.locator(".line.condition").first().waitFor();
    await check("rule");
    await page.goto("/sales/settings/representatives");
    await page.locator("[data-index='0'] .title-link").click();
    await page.locator(".line.hours").first().waitFor();
    await check("representative");
    await page.goto("/sales/settings/forms");
    await page.locator("[data-index='0'] .title-link").click();
    await page.locator(".snippet").waitFor();
    await check("form");
    expectNoFaults(page);
  });
});

it("on a telephone every page of sales fits, and a finger that rests takes a card along", async () => {
  const page = await arrive(browser, suite, "/sales/dashboard", { viewport: { width: 375, height: 740 }, isMobile: true, hasTouch: true });
  for (const [path, shown] of PAGES) {
    await open(page, path, shown);
    const width = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, document.querySelector(".page")?.scrollWidth ?? 0));
    expect(width, path).toBeLessThanOrEqual(375);
  }
  await open(page, "/sales/dashboard", "canvas");
  await expectAccessible(page, "dashboard on a telephone");
  await open(page, "/sales/board", ".board-card");
  await expectAccessible(page, "board on a telephone");

  const card = page.locator(".board-card").first();
  const id = (await card.getAttribute("data-card")) ?? "";
  const box = await card.boundingBox();
  const finger = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", points: { x: number; y: number }[]) => finger.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  const start = { x: (box?.x ?? 0) + 30, y: (box?.y ?? 0) + 60 };
  await touch("touchStart", [start]);
  await page.locator(".board-card.floating").waitFor();
  await touch("touchMove", [{ x: start.x + 30, y: start.y + 140 }]);
  await touch("touchEnd", []);
  await page.locator(".board-card.floating").waitFor({ state: "detached" });
  await expect.poll(() => card.getAttribute("data-card")).not.toBe(id);
  expectNoFaults(page);
});

it("numbers of the dashboard lead to the records behind them", async () => {
  const page = await arrive(browser, suite, "/sales/dashboard");
  await page.locator("canvas").first().waitFor();
  const report = page.getByRole("region", { name: "Open deals by stage" });
  await report.getByTitle("Table").click();
  const row = report.getByRole("row", { name: /Proposal/ });
  const count = Number(await row.getByRole("cell").first().textContent());
  await row.getByRole("link").click();
  await page.waitForURL("**/sales/opportunities?*");
  await expect.poll(() => page.locator("[data-index]").count()).toBe(count);
  await page.goBack();
  // The chart leads there too.
  const chart = page.getByRole("region", { name: "Sales by month" }).locator("canvas");
  await chart.waitFor();
  await settle(page);
  const box = await chart.boundingBox();
  await expect.poll(async () => {
    for (let x = 60; x < (box?.width ?? 0) - 40 && new URL(page.url()).pathname === "/sales/dashboard"; x += 12) await chart.click({ position: { x, y: (box?.height ?? 0) - 62 }, timeout: 2000 }).catch(() => undefined);
    return new URL(page.url()).pathname;
  }).toBe("/sales/opportunities");
  expect(new URL(page.url()).searchParams.getAll("f").join()).toMatch(/status=OPPORTUNITY_STATUS_WON|create_time/);
  expectNoFaults(page);
});

it("two hundred cards stay smooth", async () => {
  const stages = [...(await sales.stages()).keys()].slice(0, 4);
  for (let index = 0; index < 200; index += 1) await sales.deal({ name: `Many ${index}`, amount_minor: "1000", stage_id: stages[index % 4] });
  const page = await arrive(browser, suite, "/sales/board?q=Many");
  await expect.poll(() => page.locator(".board-card").count()).toBe(200);
  const first = page.locator(".board-card a").first();
  await first.focus();
  await page.keyboard.press("Space");
  const times: number[] = [];
  for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowUp"]) {
    const before = await page.locator("[aria-live=assertive]").textContent();
    const start = Date.now();
    await page.keyboard.press(key);
    await page.waitForFunction((said) => document.querySelector("[aria-live=assertive]")?.textContent !== said, before);
    times.push(Date.now() - start);
  }
  await page.keyboard.press("Escape");
  expect(times.sort((one, other) => one - other)[4], `milliseconds for a step: ${times.join(" ")}`).toBeLessThan(300);
  expectNoFaults(page);
});
