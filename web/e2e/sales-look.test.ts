import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { arrive, expectAccessible, expectNoFaults, expectNoOverflow, launch, settle } from "./browser";
import { Sales } from "./sales";
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

it("every page of sales can be used by everybody", async () => {
  const page = await arrive(browser, suite, "/sales/board");
  for (const [path, shown] of PAGES) {
    await open(page, path, shown);
    await expectAccessible(page, path);
  }
  await open(page, "/sales/dashboard", "canvas");
  for (const table of await page.locator(".report .ant-segmented-item", { hasText: "Table" }).all()) await table.click();
  await page.locator(".report-table").nth(4).waitFor();
  await expectAccessible(page, "tables of the dashboard");
  expectNoFaults(page);
});

it("so can deals, leads and what is asked about them", async () => {
  const account = await sales.account("Beispiel AG");
  const lead = await sales.lead({ name: "Erika Beispiel", company: "Beispiel AG" });
  const items = [{ description: "Work", quantity_milli: "2000", unit_price_minor: "5000" }];
  const deal = await sales.deal({ name: "Large deal", account_id: account.id, amount_minor: "100000", line_items: items, next_follow_up_time: "2026-01-01T09:00:00Z" });
  const page = await arrive(browser, suite, `/sales/opportunities/${deal.id}`);
  await page.locator(".visits tr").first().waitFor();
  await expectAccessible(page, "opportunity");
  await page.getByRole("button", { name: "Edit" }).click();
  await page.locator(".line-item").waitFor();
  await expectAccessible(page, "form with items");
  await page.keyboard.press("Escape");
  await page.locator(".ant-drawer-open").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Lost", exact: true }).click();
  await page.getByRole("dialog").getByLabel("Why it was lost").waitFor();
  await expectAccessible(page, "lost");

  await page.goto(`/sales/leads/${lead.id}`);
  await page.locator(".timeline li").first().waitFor();
  await expectAccessible(page, "lead");
  await page.getByRole("button", { name: "Other steps" }).click();
  await page.getByRole("menuitem", { name: "Give up" }).waitFor();
  await expectAccessible(page, "steps of a lead", { menu: true });
  await page.getByRole("menuitem", { name: "Give up" }).click();
  await page.getByRole("dialog").waitFor();
  await expectAccessible(page, "giving up a lead");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Other steps" }).click();
  await page.getByRole("menuitem", { name: "Convert" }).click();
  await page.getByRole("dialog").getByRole("radio").first().waitFor();
  await expectAccessible(page, "wizard, first step");
  await page.getByRole("dialog").getByRole("button", { name: "Next" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Next" }).click();
  await page.getByLabel("Amount").waitFor();
  await expectAccessible(page, "wizard, last step");

  await page.goto("/sales/leads");
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("dialog").getByLabel("Person").fill("Erika Beispiel");
  await page.getByRole("dialog").getByText("You may know this one already").waitFor();
  await expectAccessible(page, "new lead with duplicates");
  await page.goto("/sales/products");
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("dialog").getByLabel("Code").waitFor();
  await expectAccessible(page, "new product");
  expectNoFaults(page);
});

it("and the board with what opens on it", async () => {
  const page = await arrive(browser, suite, "/sales/board");
  const first = page.locator(".board-card a").first();
  await first.focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.locator(".board-card.lifted").waitFor();
  await expectAccessible(page, "taken along");
  await page.keyboard.press("Escape");
  await first.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Lost" }).waitFor();
  await expectAccessible(page, "menu of a card", { menu: true });
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /Notifications/ }).click();
  await page.getByRole("region", { name: "Notifications" }).waitFor();
  await expectAccessible(page, "notifications", { menu: true });
  await page.goto("/sales/board?q=nothing+is+called+so");
  await page.getByText("Nothing here").first().waitFor();
  await expectAccessible(page, "nothing on the board");
  expectNoFaults(page);
});

it("and the settings of sales with their dialogs", async () => {
  const page = await arrive(browser, suite, "/sales/settings/pipelines");
  await page.getByRole("button", { name: "Edit Sales" }).click();
  await page.getByRole("dialog").getByText("Add a stage").waitFor();
  await expectAccessible(page, "stages");
  await page.goto("/sales/settings/rules");
  await page.locator(".rules li").first().getByRole("button", { name: /^Edit/ }).click();
  await page.locator(".line.condition").first().waitFor();
  await expectAccessible(page, "rule");
  await page.goto("/sales/settings/representatives");
  await page.locator("[data-index='0'] .title-link").click();
  await page.locator(".line.hours").first().waitFor();
  await expectAccessible(page, "representative");
  for (const path of ["rates", "targets"]) {
    await page.goto(`/sales/settings/${path}`);
    await page.getByRole("button", { name: "New", exact: true }).click();
    await page.getByRole("dialog").getByLabel("Currency").waitFor();
    await expectAccessible(page, `new, ${path}`);
  }
  await page.goto("/sales/settings/forms");
  await page.locator("[data-index='0'] .title-link").click();
  await page.locator(".snippet").waitFor();
  await expectAccessible(page, "form");
  expectNoFaults(page);
});

it("on a telephone every page of sales fits, and a finger that rests takes a card along", async () => {
  const page = await arrive(browser, suite, "/sales/dashboard", { viewport: { width: 375, height: 740 }, isMobile: true, hasTouch: true });
  for (const [path, shown] of PAGES) {
    await open(page, path, shown);
    await expectNoOverflow(page, path);
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

it("two hundred cards are moved among like two", async () => {
  const stages = [...(await sales.stages()).keys()].slice(0, 4);
  for (let index = 0; index < 200; index += 1) await sales.deal({ name: `Many ${index}`, amount_minor: "1000", stage_id: stages[index % 4] });
  const page = await arrive(browser, suite, "/sales/board?q=Many");
  await expect.poll(() => page.locator(".board-card").count()).toBe(200);
  const said = page.locator("[aria-live=assertive]");
  await page.locator(".board-card a").first().focus();
  await page.keyboard.press("Space");
  await expect.poll(() => said.textContent()).toContain("place 1 of 50.");
  const places = { ArrowDown: "Prospecting, place 2 of 50.", ArrowRight: "Qualification, place 2 of 51.", ArrowUp: "Qualification, place 1 of 51." };
  for (const [key, place] of Object.entries(places)) {
    await page.keyboard.press(key);
    await expect.poll(() => said.textContent()).toContain(place);
  }
  await page.keyboard.press("Escape");
  await expect.poll(() => said.textContent()).toContain("back in Prospecting, place 1 of 50.");
  expectNoFaults(page);
});
