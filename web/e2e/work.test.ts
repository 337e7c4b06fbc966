import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { enter, expectNoFaults, expectNoOverflow, launch, settle, signIn, visit } from "./browser";
import { Suite, type Api } from "./suite";

let suite: Suite;
let browser: Browser;
let administrator: Api;
beforeAll(async () => {
  [suite, browser] = await Promise.all([Suite.start({ demo: 120 }), launch()]);
  administrator = await suite.administrator();
});
afterAll(async () => {
  await browser?.close();
  await suite?.stop();
});

const account = async (values: object) => (await administrator.post("/v1/accounts", values)) as { id: string; etag: string; name: string };

it("a customer is found by a part of the name, from the list and from anywhere", async () => {
  await account({ name: "浙江金石滩精密仪器有限公司" });
  const page = await visit(browser, suite);
  await enter(page, suite);
  await page.keyboard.press("/");
  await page.keyboard.type("金石滩");
  await expect.poll(() => page.locator("[data-index]").count()).toBe(1);
  await page.getByRole("row", { name: /浙江金石滩/ }).waitFor();
  await page.keyboard.press("ControlOrMeta+k");
  await page.keyboard.type("精密仪");
  await page.getByRole("option", { name: /浙江金石滩/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: /浙江金石滩/ }).waitFor();
  expectNoFaults(page);
});

it("a filter is kept as a view, with its columns and order", async () => {
  const page = await visit(browser, suite);
  await enter(page, suite);
  await expect.poll(() => page.locator(".list-count").textContent()).not.toBe("");
  const all = await page.locator(".list-count").textContent();
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("combobox", { name: "Field" }).click();
  await page.keyboard.type("Type");
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "Value" }).click();
  await page.getByTitle("Customer", { exact: true }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect.poll(() => page.locator(".list-count").textContent()).not.toBe(all);
  await page.getByRole("button", { name: "Annual revenue" }).click();
  await page.getByRole("button", { name: "Annual revenue" }).click();
  await page.getByRole("columnheader", { name: "Annual revenue" }).and(page.locator("[aria-sort=descending]")).waitFor();
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "Owner" }).uncheck();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByText("Save as a new view").click();
  await page.getByPlaceholder("Name of the view").fill("Largest customers");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Largest customers" }).waitFor();
  const first = await page.locator("[data-index='0'] [data-field=name]").textContent();
  await expect.poll(() => page.locator(".list-count").textContent()).not.toBe("");
  const count = await page.locator(".list-count").textContent();

  await page.goto("/customers/accounts");
  await expect.poll(() => page.locator(".list-count").textContent()).toBe(all);
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Largest customers" }).click();
  await expect.poll(() => page.locator(".list-count").textContent()).toBe(count);
  await expect.poll(() => page.locator("[data-index='0'] [data-field=name]").textContent()).toBe(first);
  await expect.poll(() => page.getByRole("columnheader", { name: "Owner" }).count()).toBe(0);
  expectNoFaults(page);
});

it("when somebody was faster, both changes are shown and nothing is lost", async () => {
  const { id, etag } = await account({ name: "Conflict Ltd", industry: "Steel", employees: 10 });
  const page = await visit(browser, suite);
  await enter(page, suite);
  await page.goto(`/customers/accounts/${id}`);
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Industry").fill("Mine");
  await page.getByLabel("Web site").fill("conflict.example");
  await administrator.patch(`/v1/accounts/${id}`, { etag, industry: "Theirs", employees: 20 });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Somebody was faster" });
  await dialog.getByText("Theirs", { exact: true }).waitFor();
  await settle(page);
  expect(await dialog.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
  await dialog.getByRole("radio", { name: /Yours/ }).check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.locator(".facts").getByText("conflict.example").waitFor();
  const saved = await administrator.get(`/v1/accounts/${id}`);
  expect([saved.industry, saved.website, saved.employees]).toEqual(["Mine", "https://conflict.example", 20]);
  expectNoFaults(page);
});

it("a change of a role is obeyed by another browser at once", async () => {
  const role = await administrator.post("/v1/roles", {
    name: "Assistant",
    grants: [
      { permission: "customers.*", scope: "SCOPE_ALL" },
      { permission: "identity.user.read", scope: "SCOPE_ALL" },
    ],
  });
  await administrator.user(suite, "assistant@huateng.example", "Assistant");
  const hers = await visit(browser, suite);
  await enter(hers, suite, "assistant@huateng.example");
  await hers.getByRole("button", { name: "New", exact: true }).waitFor();
  await hers.getByText("Annual revenue").first().waitFor();

  const mine = await visit(browser, suite);
  await enter(mine, suite);
  await mine.goto(`/settings/roles/${String(role.id)}`);
  await mine.getByRole("combobox", { name: "customers.account.create" }).click();
  await mine.locator(".ant-select-dropdown:visible").getByTitle("No", { exact: true }).click();
  await mine.getByRole("button", { name: /Accounts/ }).click();
  await mine.getByRole("radiogroup", { name: "Annual revenue" }).getByText("Hidden").click();
  await mine.getByText("Hidden: Annual revenue").waitFor();
  await mine.getByRole("button", { name: "Save" }).click();
  await mine.getByText("Saved. It is in effect already.").waitFor();

  // What is open already is refused by the server, and then no longer offered.
  await hers.getByRole("button", { name: "New", exact: true }).click();
  await hers.getByLabel("Name").fill("Too late");
  await hers.getByRole("button", { name: "Save", exact: true }).click();
  await hers.getByText("Your role does not allow this.").waitFor();
  await expect.poll(() => hers.getByRole("columnheader", { name: "Annual revenue" }).count()).toBe(0);
  await expect.poll(() => hers.getByRole("button", { name: "New", exact: true }).count()).toBe(0);
  expectNoFaults(hers);
  expectNoFaults(mine);
});

it("the app is looked at as a role, and nothing can be saved meanwhile", async () => {
  const page = await visit(browser, suite);
  await enter(page, suite);
  await page.goto("/settings/roles");
  await page.getByRole("link", { name: "Sales representative" }).click();
  await page.getByText("What its users see").waitFor();
  await page.getByRole("button", { name: "View as this role" }).click();
  await page.getByText(/You see the app as “Sales representative”/).waitFor();
  expect(await page.getByRole("link", { name: "Audit log" }).count()).toBe(0);
  await page.getByRole("link", { name: "Accounts" }).click();
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByLabel("Name").fill("Preview");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("This is a preview: nothing is saved.").waitFor();
  await page.getByRole("button", { name: "Close", exact: true }).first().click();
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("button", { name: "End preview" }).click();
  await page.getByRole("link", { name: "Audit log" }).waitFor();
  expectNoFaults(page);
});

it("many records are changed and deleted at once, and both can be undone", async () => {
  for (const number of [1, 2, 3]) await account({ name: `Heap ${number}`, industry: "Before" });
  const page = await visit(browser, suite);
  await enter(page, suite);
  await page.goto("/customers/accounts?q=Heap");
  await expect.poll(() => page.locator("[data-index]").count()).toBe(3);
  await page.getByRole("checkbox", { name: "Select all that are loaded" }).check();
  await page.getByText("3 selected").waitFor();
  await page.getByRole("button", { name: "Edit field" }).click();
  await page.getByLabel("Field", { exact: true }).click();
  await page.getByTitle("Industry", { exact: true }).click();
  await page.getByRole("dialog").getByLabel("Industry").fill("After");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect.poll(() => page.getByRole("gridcell", { name: "After" }).count()).toBe(3);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => page.getByRole("gridcell", { name: "Before" }).count()).toBe(3);

  await page.getByRole("checkbox", { name: "Select all that are loaded" }).check();
  await page.getByRole("toolbar").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("Nothing fits the search and the filter.").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => page.locator("[data-index]").count()).toBe(3);
  expectNoFaults(page);
});

it("a value is changed in the list, and by the menu of its row a record is deleted", async () => {
  await account({ name: "Inline Ltd", industry: "Old" });
  const page = await visit(browser, suite);
  await enter(page, suite);
  await page.goto("/customers/accounts?q=Inline");
  await page.getByRole("gridcell", { name: "Old" }).dblclick();
  await page.getByRole("textbox", { name: "Industry" }).fill("New industry");
  await page.keyboard.press("Enter");
  await page.getByRole("gridcell", { name: "New industry" }).waitFor();
  await page.getByRole("gridcell", { name: "New industry" }).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByText("Inline Ltd is deleted.").waitFor();
  expectNoFaults(page);
});

it("what is saved without a connection is kept and sent later", async () => {
  const page = await visit(browser, suite);
  await enter(page, suite);
  await settle(page);
  await page.context().setOffline(true);
  await page.getByText("No connection. What you save is kept").waitFor();
  await page.keyboard.press("n");
  await page.getByLabel("Name").fill("Made in a tunnel");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("No connection: kept on this device").waitFor();
  await page.getByRole("button", { name: "Not sent yet" }).click();
  await page.getByRole("dialog").getByText("Made in a tunnel").waitFor();
  await page.getByRole("button", { name: "Close", exact: true }).first().click();
  // Even when the page is left meanwhile.
  await page.context().setOffline(false);
  await page.reload();
  await page.getByRole("row", { name: /Made in a tunnel/ }).waitFor();
  await expect.poll(() => page.getByRole("button", { name: "Not sent yet" }).count()).toBe(0);
});

it("a part of the app that could not be loaded is loaded when it can", async () => {
  const page = await visit(browser, suite);
  let refused = 0;
  await page.route(/assets\/controls-.*js/, (route) => (refused++ < 2 ? route.abort() : route.continue()));
  await enter(page, suite);
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Patience Ltd");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("row", { name: /Patience Ltd/ }).waitFor();
  expect(refused).toBeGreaterThan(2);
});

it("the language is switched at once and stays", async () => {
  await administrator.user(suite, "polyglot@huateng.example", "Read-only");
  const page = await visit(browser, suite);
  await enter(page, suite, "polyglot@huateng.example");
  await page.getByRole("heading", { name: "Accounts" }).waitFor();
  await page.getByRole("button", { name: /Menu of/ }).click();
  await page.getByRole("menuitem", { name: "Language" }).hover();
  await page.getByRole("menuitem", { name: "简体中文" }).click();
  await page.getByRole("heading", { name: "客户", exact: true }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("zh-CN");
  await page.reload();
  await page.getByRole("columnheader", { name: "年收入" }).waitFor();
  await expect.poll(async () => (await administrator.get("/v1/users?query=polyglot")).users).toMatchObject([{ language: "zh-CN" }]);
  expectNoFaults(page);
});

it("a view is exported whole, and no cell of it is a formula", async () => {
  for (const name of ["=cmd|'/c calc'!A0", "Exported, Ltd"]) await account({ name, tags: ["export-test"] });
  const page = await visit(browser, suite);
  await enter(page, suite);
  await page.goto("/customers/accounts?f=tags%3Dexport-test&o=name");
  await expect.poll(() => page.locator("[data-index]").count()).toBe(2);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export as CSV" }).click()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  const lines = Buffer.concat(chunks).toString().split("\r\n");
  expect(lines[0]).toContain("Name,Type,Grade,Owner");
  expect(lines.slice(1, 3).join("\n")).toContain(`"'=cmd|'/c calc'!A0"`);
  expect(lines.slice(1, 3).join("\n")).toContain(`"Exported, Ltd"`);
  expect(lines[1]).toContain("Administrator");
  expectNoFaults(page);
});

it("on a telephone a customer is made in three taps, and every page fits", async () => {
  const page = await visit(browser, suite, { viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true });
  await enter(page, suite);
  await settle(page);
  await page.getByRole("button", { name: "New: Account" }).tap();
  await page.getByLabel("Name").fill("Met on the road");
  await page.getByRole("button", { name: "Save", exact: true }).tap();
  await page.getByRole("row", { name: /Met on the road/ }).tap();
  await page.getByRole("heading", { level: 1, name: "Met on the road" }).waitFor();
  const paths = ["accounts", "contacts"].map((path) => `/customers/${path}`).concat(["users", "departments", "roles", "api-keys", "audit", "organization"].map((path) => `/settings/${path}`), "/profile");
  for (const path of paths) {
    await page.goto(path);
    await page.locator("h1").first().waitFor();
    await settle(page);
    await expectNoOverflow(page, path);
  }
  expectNoFaults(page);
});

it("signing out ends the session everywhere in the browser", async () => {
  const page = await visit(browser, suite);
  await enter(page, suite);
  const other = await page.context().newPage();
  await other.goto("/customers/contacts");
  await other.getByRole("heading", { name: "Contacts" }).waitFor();
  await page.getByRole("button", { name: /Menu of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await other.getByRole("link", { name: "Accounts" }).click();
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(other, suite.firstSignIn().email);
});
