import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { arrive, expectNoFaults, launch, settle } from "./browser";
import { Keyboard } from "./keyboard";
import { Sales } from "./sales";
import { Suite, type Api } from "./suite";

let suite: Suite;
let browser: Browser;
let administrator: Api;
let sales: Sales;
beforeAll(async () => {
  [suite, browser] = await Promise.all([Suite.start(), launch()]);
  administrator = await suite.administrator();
  sales = new Sales(administrator);
  const accounts = ["Alpha", "Beta", "Gamma", "Delta"].map((name, index) => ({ name: `${name} Ltd`, type: index % 2 ? "ACCOUNT_TYPE_CUSTOMER" : "ACCOUNT_TYPE_PROSPECT", industry: "Steel" }));
  for (const account of accounts) await administrator.post("/v1/accounts", account);
});
afterAll(async () => {
  await browser?.close();
  await suite?.stop();
});

it("a list is filtered, sorted, given its columns and kept as a view", async () => {
  const page = await arrive(browser, suite, "/customers/accounts");
  const keys = new Keyboard(page);
  await page.locator("[data-index]").first().waitFor();
  await keys.toPage();
  await keys.use(page.getByRole("button", { name: "Filter" }));
  await expect.poll(() => page.getByRole("combobox", { name: "Field" }).evaluate((field) => field === document.activeElement)).toBe(true);
  await keys.type("Type");
  await keys.press("Enter");
  await keys.to(page.getByRole("combobox", { name: "Value" }));
  await keys.type("Customer");
  await keys.press("Enter");
  await keys.use(page.getByRole("button", { name: "Apply" }));
  await expect.poll(() => page.locator("[data-index]").count()).toBe(2);
  // What had opened gives the focus back when it has faded, which the answer may come before.
  await expect.poll(() => page.getByRole("button", { name: "Filter" }).evaluate((button) => button === document.activeElement)).toBe(true);

  await keys.use(page.getByRole("columnheader", { name: "Name" }).getByRole("button"));
  await page.getByRole("columnheader", { name: "Name" }).and(page.locator("[aria-sort=ascending]")).waitFor();
  await keys.use(page.getByRole("button", { name: "Columns" }), "Shift+Tab");
  const width = page.getByRole("spinbutton", { name: "Width of Name in pixels" });
  await keys.to(width);
  await keys.press("ControlOrMeta+a");
  await keys.type("400");
  await expect.poll(async () => Math.round((await page.getByRole("columnheader", { name: "Name" }).boundingBox())?.width ?? 0)).toBe(400);
  await keys.use(page.getByRole("button", { name: "Move Owner forward" }));
  await keys.to(page.getByRole("checkbox", { name: "Industry" }));
  await keys.press("Space");
  await keys.press("Escape");
  await expect.poll(async () => (await page.getByRole("columnheader").allTextContents()).slice(0, 6)).toEqual(["", "Name", "Type", "Owner", "Grade", "Telephone"]);
  await expect.poll(() => page.getByRole("columnheader", { name: "Industry" }).count()).toBe(0);

  await keys.use(page.getByRole("button", { name: "Views" }), "Shift+Tab");
  await keys.take(page.getByRole("menuitem", { name: "Save as a new view" }));
  await page.getByPlaceholder("Name of the view").waitFor();
  await keys.type("By hand");
  await keys.press("Enter");
  await page.getByRole("heading", { name: "By hand" }).waitFor();
  expectNoFaults(page);
});

it("a value is changed where it stands, and records are opened and deleted by the menu of their row", async () => {
  await administrator.post("/v1/accounts", { name: "Epsilon Ltd", industry: "Before" });
  const page = await arrive(browser, suite, "/customers/accounts?q=Epsilon");
  const keys = new Keyboard(page);
  await page.getByRole("row", { name: /Epsilon/ }).waitFor();
  await keys.press("j");
  for (let step = 0; step < 6; step += 1) await keys.press("ArrowRight");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Before");
  await keys.press("F2");
  await page.getByRole("textbox", { name: "Industry" }).waitFor();
  await keys.press("ControlOrMeta+a");
  await keys.type("After");
  await keys.press("Enter");
  await page.getByRole("gridcell", { name: "After" }).waitFor();
  // One goes on from the value that was changed.
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("After");
  await keys.press("Shift+F10");
  await keys.take(page.getByRole("menuitem", { name: "Edit" }));
  await page.getByRole("dialog", { name: "Edit Epsilon Ltd" }).waitFor();
  await keys.press("Escape");
  await page.locator(".ant-drawer-open").waitFor({ state: "detached" });
  await page.getByRole("row", { name: /Epsilon/ }).focus();
  await keys.press("Shift+F10");
  await keys.take(page.getByRole("menuitem", { name: "Delete" }));
  await page.getByText("Epsilon Ltd is deleted.").waitFor();
  await keys.use(page.getByRole("button", { name: "Undo" }), "Shift+Tab");
  await page.getByRole("row", { name: /Epsilon/ }).waitFor();
  expectNoFaults(page);
});

it("many records are given one value", async () => {
  for (const number of [1, 2, 3]) await administrator.post("/v1/accounts", { name: `Zeta ${number}`, industry: "Before" });
  const page = await arrive(browser, suite, "/customers/accounts?q=Zeta");
  const keys = new Keyboard(page);
  await expect.poll(() => page.locator("[data-index]").count()).toBe(3);
  for (const key of ["j", "x", "j", "x"]) await keys.press(key);
  await page.getByText("2 selected").waitFor();
  await keys.use(page.getByRole("button", { name: "Edit field" }), "Shift+Tab");
  const dialog = page.getByRole("dialog");
  await keys.to(dialog.getByRole("combobox", { name: "Field", exact: true }));
  await keys.press("ArrowDown");
  await keys.choose("Industry");
  await keys.to(dialog.getByLabel("Industry"));
  await keys.type("Glass");
  await keys.use(dialog.getByRole("button", { name: "Apply" }));
  await expect.poll(() => page.getByRole("gridcell", { name: "Glass" }).count()).toBe(2);
  expectNoFaults(page);
});

it("a conflict is settled", async () => {
  const { id, etag } = (await administrator.post("/v1/accounts", { name: "Eta Ltd", industry: "Steel" })) as { id: string; etag: string };
  const page = await arrive(browser, suite, `/customers/accounts/${id}`);
  const keys = new Keyboard(page);
  await page.getByRole("heading", { level: 1, name: "Eta Ltd" }).waitFor();
  await keys.press("e");
  await keys.to(page.getByLabel("Industry"));
  await keys.press("ControlOrMeta+a");
  await keys.type("Mine");
  await administrator.patch(`/v1/accounts/${id}`, { etag, industry: "Theirs" });
  await keys.press("ControlOrMeta+Enter");
  const dialog = page.getByRole("dialog", { name: "Somebody was faster" });
  const mine = dialog.getByRole("radio", { name: /Yours/ });
  await keys.to(dialog.getByRole("radiogroup"));
  await keys.press("ArrowRight");
  if (!(await mine.isChecked())) await keys.press("ArrowRight");
  expect(await mine.isChecked()).toBe(true);
  await keys.use(dialog.getByRole("button", { name: "Save" }));
  await page.locator(".facts").getByText("Mine").waitFor();
  expect(await administrator.get(`/v1/accounts/${id}`)).toMatchObject({ industry: "Mine" });
  expectNoFaults(page);
});

it("a lead becomes a known customer and a deal", async () => {
  await sales.knownAccount("Theta Shipping GmbH");
  const lead = await sales.lead({ name: "Klaus Braun", company: "Theta Shipping GmbH" });
  const page = await arrive(browser, suite, `/sales/leads/${lead.id}`);
  const keys = new Keyboard(page);
  await keys.toPage();
  await keys.use(page.getByRole("button", { name: "Other steps" }));
  await keys.take(page.getByRole("menuitem", { name: "Convert" }));
  const wizard = page.getByRole("dialog");
  await expect.poll(() => wizard.getByRole("radio", { name: /Theta.*%/ }).isChecked()).toBe(true);
  await keys.to(wizard.getByRole("radiogroup"));
  await keys.press("ArrowUp");
  expect(await wizard.getByRole("radio", { name: "New account: Theta Shipping GmbH" }).isChecked()).toBe(true);
  await keys.press("ArrowDown");
  await keys.use(wizard.getByRole("button", { name: "Next" }));
  await wizard.getByRole("radio", { name: "New contact: Klaus Braun" }).waitFor();
  await keys.use(wizard.getByRole("button", { name: "Next" }));
  await keys.to(wizard.getByLabel("Amount"));
  await keys.press("ControlOrMeta+a");
  await keys.type("12500.50");
  await keys.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Theta Shipping GmbH" }).waitFor();
  expect(await sales.read("opportunities", new URL(page.url()).pathname.split("/").pop())).toMatchObject({ amount_minor: "1250050" });
  expectNoFaults(page);
});

it("deals are won and lost", async () => {
  const deals = [await sales.deal({ name: "Iota one", amount_minor: "1000" }), await sales.deal({ name: "Iota two", amount_minor: "1000" })];
  const page = await arrive(browser, suite, "/sales/board?q=Iota");
  const keys = new Keyboard(page);
  await page.getByRole("link", { name: "Iota one" }).waitFor();
  await keys.toPage();
  await keys.to(page.getByRole("link", { name: "Iota one" }));
  await keys.press("Shift+F10");
  await keys.take(page.getByRole("menuitem", { name: "Won" }));
  await keys.use(page.getByRole("dialog").getByRole("button", { name: "Won" }));
  await page.getByRole("link", { name: "Iota one" }).waitFor({ state: "detached" });
  expect(await sales.read("opportunities", deals[0]?.id)).toMatchObject({ status: "OPPORTUNITY_STATUS_WON" });
  await keys.toPage();
  await keys.to(page.getByRole("link", { name: "Iota two" }));
  await keys.press("Shift+F10");
  await keys.take(page.getByRole("menuitem", { name: "Lost" }));
  const dialog = page.getByRole("dialog");
  await keys.to(dialog.getByRole("combobox", { name: "Why it was lost" }));
  await keys.press("ArrowDown");
  await keys.choose("No budget");
  await keys.use(dialog.getByRole("button", { name: "Lost" }));
  await page.getByRole("link", { name: "Iota two" }).waitFor({ state: "detached" });
  expect(await sales.read("opportunities", deals[1]?.id)).toMatchObject({ status: "OPPORTUNITY_STATUS_LOST", lost_reason: "LOST_REASON_NO_BUDGET" });
  expectNoFaults(page);
});

it("numbers of the dashboard lead to their records", async () => {
  for (const name of ["Kappa one", "Kappa two"]) await sales.deal({ name, amount_minor: "100000" });
  const page = await arrive(browser, suite, "/sales/dashboard");
  const keys = new Keyboard(page);
  const report = page.getByRole("region", { name: "Open deals by stage" });
  await report.locator("canvas").waitFor();
  await keys.toPage();
  await keys.to(report.getByRole("radio", { name: "Chart" }));
  await keys.press("ArrowRight");
  await keys.use(report.getByRole("link", { name: "Prospecting" }));
  await page.waitForURL("**/sales/opportunities?*");
  await page.getByRole("row", { name: /Kappa one/ }).waitFor();
  expectNoFaults(page);
});

it("a role is changed", async () => {
  const role = await administrator.post("/v1/roles", { name: "Helper", grants: [{ permission: "customers.account.read", scope: "SCOPE_ALL" }, { permission: "customers.account.create", scope: "SCOPE_ALL" }] });
  const page = await arrive(browser, suite, `/settings/roles/${String(role.id)}`);
  const keys = new Keyboard(page);
  const create = page.getByRole("combobox", { name: "customers.account.create" });
  await create.waitFor();
  await keys.toPage();
  await keys.to(create);
  await keys.press("ArrowDown");
  await keys.choose("No", "ArrowUp");
  await keys.use(page.getByRole("button", { name: "Save" }));
  await page.getByText("Saved. It is in effect already.").waitFor();
  expect(await administrator.get(`/v1/roles/${String(role.id)}`)).toMatchObject({ grants: [{ permission: "customers.account.read" }] });
  expectNoFaults(page);
});

it("the language is changed, and what is saved without a connection is sent later", async () => {
  await administrator.user(suite, "traveller@huateng.example", "Sales representative");
  const page = await arrive(browser, suite, "/customers/accounts", { email: "traveller@huateng.example" });
  const keys = new Keyboard(page);
  await keys.press("ControlOrMeta+k");
  await keys.type("简体");
  await expect.poll(() => page.getByRole("option").first().textContent()).toContain("简体中文");
  await keys.press("Enter");
  await page.getByRole("heading", { name: "客户", exact: true }).waitFor();
  await page.getByRole("listbox").waitFor({ state: "detached" });
  await settle(page);
  await page.context().setOffline(true);
  await keys.press("n");
  await page.getByLabel("名称").waitFor();
  await keys.type("隧道有限公司");
  await keys.press("Enter");
  await page.getByRole("button", { name: "尚未发送" }).waitFor();
  await page.context().setOffline(false);
  await page.getByRole("row", { name: /隧道有限公司/ }).waitFor();
  expectNoFaults(page);
});
