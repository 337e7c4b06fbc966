import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { arrive, expectNoFaults, launch } from "./browser";
import { Sales, type Json } from "./sales";
import { Suite } from "./suite";

let suite: Suite;
let browser: Browser;
let sales: Sales;
let deals: Json[];
let number = 0;

beforeAll(async () => {
  [suite, browser] = await Promise.all([Suite.start(), launch()]);
  sales = new Sales(await suite.administrator());
});
afterAll(async () => {
  await browser?.close();
  await suite?.stop();
});
/** Three deals of their own for each journey; the last one stands on top. */
beforeEach(async () => {
  number += 1;
  deals = [];
  for (const name of ["A", "B", "C"]) deals.push(await sales.deal({ name: `Deal ${number}${name}`, amount_minor: "100000" }));
});

const column = (page: Page, name: string) => page.getByRole("region", { name: new RegExp(`^${name}`) });
const card = (page: Page, name: string) => page.locator(".board-card", { hasText: name }).first();
const board = () => `/sales/board?q=${encodeURIComponent(`Deal ${number}`)}`;

/** Takes a card along with the mouse as a person does, in several steps. */
async function drag(page: Page, name: string, to: { x: number; y: number }) {
  const box = await card(page, name).boundingBox();
  if (!box) throw new Error(`there is no card ${name}`);
  await page.mouse.move(box.x + 40, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + 60, box.y + 80, { steps: 3 });
  await page.mouse.move(to.x, to.y, { steps: 12 });
  await page.locator(".board-card.floating").waitFor();
}

async function middleOf(page: Page, stage: string): Promise<{ x: number; y: number }> {
  const box = await column(page, stage).boundingBox();
  if (!box) throw new Error(`there is no stage ${stage}`);
  return { x: box.x + box.width / 2, y: box.y + 200 };
}

it("a deal is dragged to another stage with the pointer, and the sums go along", async () => {
  const page = await arrive(browser, suite, board());
  await card(page, `Deal ${number}B`).waitFor();
  await expect.poll(() => column(page, "Prospecting").locator("h2").textContent()).toContain("3");
  await drag(page, `Deal ${number}B`, await middleOf(page, "Proposal"));
  await page.mouse.up();
  await column(page, "Proposal").getByText(`Deal ${number}B`).waitFor();
  await expect.poll(() => column(page, "Prospecting").locator("h2").textContent()).toContain("2");
  await expect.poll(() => column(page, "Proposal").locator("header p").textContent()).toContain("1,000");
  await expect.poll(() => sales.stageOf(deals[1]?.id ?? "")).toBe("Proposal");
  // It stays there, also for others, and the click that ended the drag opened nothing.
  expect(new URL(page.url()).pathname).toBe("/sales/board");
  await page.reload();
  await column(page, "Proposal").getByText(`Deal ${number}B`).waitFor();
  expectNoFaults(page);
});

it("a deal is put between two others of its stage", async () => {
  const page = await arrive(browser, suite, board());
  const order = () => column(page, "Prospecting").locator(".board-card a").allTextContents();
  await expect.poll(order).toEqual(["C", "B", "A"].map((name) => `Deal ${number}${name}`));
  const last = await card(page, `Deal ${number}A`).boundingBox();
  await drag(page, `Deal ${number}C`, { x: (last?.x ?? 0) + 60, y: (last?.y ?? 0) + 4 });
  await page.mouse.up();
  const expected = ["B", "C", "A"].map((name) => `Deal ${number}${name}`);
  await expect.poll(order).toEqual(expected);
  await expect.poll(async () => {
    const list = (await sales.api.get(`/v1/opportunities?order_by=position&query=${encodeURIComponent(`Deal ${number}`)}`)) as { opportunities: Json[] };
    return list.opportunities.map((one) => one.name);
  }).toEqual(expected);
  // Escape puts it back.
  await drag(page, `Deal ${number}B`, await middleOf(page, "Negotiation"));
  await page.keyboard.press("Escape");
  await page.mouse.up();
  await expect.poll(order).toEqual(expected);
  expectNoFaults(page);
});

it("the keyboard does the same and says aloud what happens", async () => {
  const page = await arrive(browser, suite, board());
  const link = page.getByRole("link", { name: `Deal ${number}B` });
  const said = page.locator("[aria-live=assertive]");
  await link.focus();
  await page.keyboard.press("Space");
  await expect.poll(() => said.textContent()).toContain(`Deal ${number}B is taken along. Prospecting, place 2 of 3.`);
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => said.textContent()).toContain("Qualification, place 1 of 1.");
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => said.textContent()).toContain("Proposal, place 1 of 1.");
  expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("Escape");
  await expect.poll(() => said.textContent()).toContain("back in Prospecting, place 2 of 3.");
  expect(await sales.stageOf(deals[1]?.id ?? "")).toBe("Prospecting");
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await expect.poll(() => said.textContent()).toContain("dropped in Qualification");
  await expect.poll(() => sales.stageOf(deals[1]?.id ?? "")).toBe("Qualification");
  // Without a card, arrow keys go from deal to deal; Enter opens.
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(`Deal ${number}C`);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: `Deal ${number}A` }).waitFor();
  expectNoFaults(page);
});

it("whoever is slower sees what the other did, and nothing is overwritten", async () => {
  const page = await arrive(browser, suite, board());
  await card(page, `Deal ${number}A`).waitFor();
  const other = await arrive(browser, suite, board());
  await drag(other, `Deal ${number}A`, await middleOf(other, "Negotiation"));
  await other.mouse.up();
  await expect.poll(() => sales.stageOf(deals[0]?.id ?? "")).toBe("Negotiation");
  await drag(page, `Deal ${number}A`, await middleOf(page, "Proposal"));
  await page.mouse.up();
  const notice = page.locator(".ant-notification-notice", { hasText: `Somebody was faster: Deal ${number}A` });
  await notice.getByText(/Prospecting\s*→\s*Negotiation/).waitFor();
  await column(page, "Negotiation").getByText(`Deal ${number}A`).waitFor();
  expect(await column(page, "Proposal").getByText(`Deal ${number}A`).count()).toBe(0);
  expect(await sales.stageOf(deals[0]?.id ?? "")).toBe("Negotiation");
  expectNoFaults(page);
});

it("deals are won and lost from the board, and why they are lost has to be said", async () => {
  const page = await arrive(browser, suite, board());
  await card(page, `Deal ${number}A`).waitFor();
  const bottom = (page.viewportSize()?.height ?? 0) - 40;
  await drag(page, `Deal ${number}A`, { x: 300, y: bottom });
  await page.mouse.up();
  await page.getByRole("dialog").getByRole("button", { name: "Won" }).click();
  await expect.poll(() => card(page, `Deal ${number}A`).count()).toBe(0);
  expect(await sales.read("opportunities", deals[0]?.id)).toMatchObject({ status: "OPPORTUNITY_STATUS_WON" });

  await page.getByRole("link", { name: `Deal ${number}B` }).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Lost" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Lost" }).click();
  await dialog.getByText("Why it was lost is needed.").waitFor();
  await dialog.getByLabel("Why it was lost").click();
  await page.getByTitle("Competitor", { exact: true }).click();
  await dialog.getByLabel("Competitor", { exact: true }).fill("Rival Ltd");
  await dialog.getByRole("button", { name: "Lost" }).click();
  await expect.poll(() => card(page, `Deal ${number}B`).count()).toBe(0);
  expect(await sales.read("opportunities", deals[1]?.id)).toMatchObject({ status: "OPPORTUNITY_STATUS_LOST", lost_reason: "LOST_REASON_COMPETITOR", competitor: "Rival Ltd" });

  // On its page it is taken up again.
  await page.goto(`/sales/opportunities/${deals[1]?.id}`);
  await page.getByRole("button", { name: "Take up again" }).click();
  await page.getByRole("button", { name: "Won" }).waitFor();
  await expect.poll(() => page.locator(".visits tr").count()).toBeGreaterThan(1);
  expectNoFaults(page);
});

it("what is sold stands in items, and the amount is their sum", async () => {
  await sales.api.post("/v1/products", { code: `P-${number}`, name: `Pump ${number}`, prices: [{ amount_minor: "25000", currency: "CNY" }], tax_basis_points: 1300 });
  const page = await arrive(browser, suite, `/sales/opportunities/${deals[0]?.id}`);
  await page.getByRole("button", { name: "Edit" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("button", { name: "Add an item" }).click();
  await drawer.getByRole("combobox", { name: "Product" }).fill(`Pump ${number}`);
  await page.locator(".ant-select-item-option", { hasText: `Pump ${number}` }).click();
  await expect.poll(() => drawer.getByLabel("Price").inputValue()).toBe("250");
  await drawer.getByLabel("Quantity").fill("2.5");
  await drawer.getByLabel("Discount").fill("10");
  await drawer.getByText("Net CN¥562.50 · tax CN¥73.13 · total CN¥635.63").waitFor();
  await drawer.getByRole("button", { name: "Save", exact: true }).click();
  await page.locator(".items-table").getByText(`Pump ${number}`).waitFor();
  expect(await sales.read("opportunities", deals[0]?.id)).toMatchObject({ amount_minor: "56250" });
  expectNoFaults(page);
});

it("a lead becomes a customer that is known already, and a deal", async () => {
  const known = await sales.knownAccount(`Quayside ${number} Shipping GmbH`);
  const page = await arrive(browser, suite, "/sales/leads");
  await page.getByRole("button", { name: "New", exact: true }).first().click();
  const drawer = page.getByRole("dialog");
  await drawer.getByLabel("Person").fill("Klaus Braun");
  await drawer.getByLabel("Company").fill(`Quayside ${number} Shipping GmbH`);
  // The known customer is shown while one types.
  await drawer.getByRole("link", { name: `Quayside ${number} Shipping GmbH` }).waitFor();
  await drawer.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("gridcell", { name: "Klaus Braun" }).first().click();
  await page.getByRole("link", { name: "Klaus Braun" }).first().click();
  await page.getByRole("button", { name: "Start working" }).click();
  await page.getByRole("button", { name: "Qualify" }).click();
  await page.getByRole("button", { name: "Convert" }).click();
  const wizard = page.getByRole("dialog");
  const account = wizard.getByRole("radio", { name: new RegExp(`Quayside ${number}.*%`) });
  await account.waitFor();
  expect(await account.isChecked()).toBe(true);
  await wizard.getByRole("button", { name: "Next" }).click();
  expect(await wizard.getByRole("radio", { name: "New contact: Klaus Braun" }).isChecked()).toBe(true);
  await wizard.getByRole("button", { name: "Next" }).click();
  await wizard.getByLabel("Amount").fill("12500.50");
  await wizard.getByRole("button", { name: "Convert" }).click();
  await page.waitForURL("**/sales/opportunities/*");
  await page.getByRole("heading", { level: 1, name: `Quayside ${number} Shipping GmbH` }).waitFor();
  const deal = await sales.read("opportunities", new URL(page.url()).pathname.split("/").pop());
  expect(deal).toMatchObject({ account_id: known.id, amount_minor: "1250050" });
  await page.getByRole("link", { name: "Klaus Braun" }).first().waitFor();
  expectNoFaults(page);
});

it("late contacts are found with one click, and stay so in a view", async () => {
  const late = new Date(Date.now() - 86_400_000).toISOString();
  await sales.api.patch(`/v1/opportunities/${deals[2]?.id}`, { next_follow_up_time: late });
  const page = await arrive(browser, suite, "/sales/opportunities");
  await page.locator("[data-index]").first().waitFor();
  await page.getByTitle("Overdue").click();
  await expect.poll(() => page.locator("[data-index]").count()).toBe(1);
  await page.getByRole("row", { name: new RegExp(`Deal ${number}C`) }).getByText("overdue").waitFor();
  expect(new URL(page.url()).searchParams.getAll("f")).toContain("next_follow_up_time<=now");
  await page.getByTitle("All", { exact: true }).click();
  await expect.poll(() => page.locator("[data-index]").count()).toBeGreaterThan(1);
  await sales.api.patch(`/v1/opportunities/${deals[2]?.id}`, { next_follow_up_time: null });
  expectNoFaults(page);
});

it("a pipeline gets a stage, and the board shows it", async () => {
  const page = await arrive(browser, suite, "/sales/settings/pipelines");
  await page.getByRole("button", { name: "Edit Sales" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Add a stage" }).click();
  await page.keyboard.type("Pilot");
  await dialog.getByLabel("Chance: Pilot").fill("65");
  await dialog.getByRole("button", { name: "Move Pilot up" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("list", { name: "Stages of Sales" }).getByText("Pilot").waitFor();
  await page.goto("/sales/board");
  await column(page, "Pilot").waitFor();
  const names = await page.locator(".board-column h2").allTextContents();
  expect(names.map((name) => name.replace(/\s*\d+$/, ""))).toEqual(["Prospecting", "Qualification", "Proposal", "Pilot", "Negotiation"]);

  // A stage that deals were in cannot go, but it can be archived.
  await page.goto("/sales/settings/pipelines");
  await page.getByRole("button", { name: "Edit Sales" }).click();
  await dialog.getByRole("button", { name: "Remove Prospecting" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("Archive the stage instead.").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Edit Sales" }).click();
  await dialog.getByRole("button", { name: "Archive Pilot" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => page.getByRole("list", { name: "Stages of Sales" }).getByText("Pilot").count()).toBe(0);
  expectNoFaults(page);
});

it("whoever has to follow up hears of it and comes to the lead by the bell", async () => {
  const user = await sales.api.user(suite, `seller${number}@huateng.example`, "Sales representative");
  await sales.lead({ name: `Given ${number}`, company: "Anybody Ltd", owner_id: user.id, next_follow_up_time: new Date(Date.now() + 1500).toISOString() });
  const page = await arrive(browser, suite, "/sales/leads", { email: `seller${number}@huateng.example` });
  const bell = page.getByRole("button", { name: "Notifications, unread: 1" });
  await expect.poll(async () => {
    if (await bell.isVisible()) return true;
    await page.reload();
    await page.getByRole("button", { name: /Notifications, unread/ }).waitFor();
    return bell.isVisible();
  }, { timeout: 30_000, interval: 500 }).toBe(true);
  await bell.click();
  await page.getByRole("region", { name: "Notifications" }).getByRole("link", { name: `Given ${number}` }).click();
  await page.getByRole("heading", { level: 1, name: `Given ${number}` }).waitFor();
  await page.getByRole("button", { name: "Notifications, unread: 0" }).waitFor();
  // Sellers do not see the settings of sales.
  expect(await page.getByRole("link", { name: "Pipelines" }).count()).toBe(0);
  expectNoFaults(page);
});

it("a form of a web site is set up, and its key can be renewed", async () => {
  const page = await arrive(browser, suite, "/sales/settings/forms");
  await page.getByRole("button", { name: "New", exact: true }).first().click();
  await page.getByLabel("Name").fill(`Contact form ${number}`);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("link", { name: `Contact form ${number}` }).click();
  const snippet = page.getByRole("region", { name: "To paste into the web page" });
  const key = async () => /crm_form_[\w-]+/.exec((await snippet.last().textContent()) ?? "")?.[0] ?? "";
  await expect.poll(key).toMatch(/^crm_form_/);
  const before = await key();
  const answer = await fetch(`${suite.url}/v1/leads:capture`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ key: before, name: `Visitor ${number}`, email: "visitor@example.com" }) });
  expect(answer.status).toBe(200);
  await page.getByRole("button", { name: "New key" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "New key" }).click();
  await expect.poll(key).not.toBe(before);
  await page.goto("/sales/leads");
  await page.getByRole("row", { name: new RegExp(`Visitor ${number}`) }).waitFor();
  expectNoFaults(page);
});
