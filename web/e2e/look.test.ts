import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, it } from "vitest";
import { arrive, expectAccessible, expectNoFaults, expectNoOverflow, launch, settle } from "./browser";
import { Suite } from "./suite";

let suite: Suite;
let browser: Browser;
beforeAll(async () => {
  [suite, browser] = await Promise.all([Suite.start({ demo: 120 }), launch()]);
  await suite.administrator();
});
afterAll(async () => {
  await browser?.close();
  await suite?.stop();
});

const PAGES: [path: string, shown: string][] = [
  ["/customers/accounts", "[data-index='5']"],
  ["/customers/contacts", "[data-index='5']"],
  ["/settings/users", "[data-index='5']"],
  ["/settings/departments", ".department"],
  ["/settings/roles", ".roles-list li"],
  ["/settings/api-keys", "h1"],
  ["/settings/audit", ".plain-table tbody tr"],
  ["/settings/organization", "form"],
  ["/profile", ".sessions li"],
  ["/customers/nowhere", ".ant-result"],
];

async function open(page: Page, path: string, shown: string) {
  await page.goto(path);
  await page.locator(shown).first().waitFor();
  await settle(page);
}

it("every page can be used by everybody", async () => {
  const page = await arrive(browser, suite, "/customers/accounts");
  for (const [path, shown] of PAGES) {
    await open(page, path, shown);
    await expectAccessible(page, path);
  }
  expectNoFaults(page);
});

it("so can records, forms, menus and dialogs", async () => {
  const page = await arrive(browser, suite, "/customers/accounts");
  await page.locator("[data-index='1'] .title-link").click();
  await page.locator(".timeline li").first().waitFor();
  await expectAccessible(page, "record");
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).waitFor();
  await expectAccessible(page, "menu of a record", { menu: true });
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByText("They can be restored for 30 days.").waitFor();
  await expectAccessible(page, "question");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Edit" }).click();
  await page.locator(".ant-drawer legend").first().waitFor();
  await expectAccessible(page, "form");
  await page.keyboard.press("Escape");
  await page.locator(".ant-drawer-open").waitFor({ state: "detached" });
  await page.keyboard.press("ControlOrMeta+k");
  await page.getByRole("listbox").waitFor();
  await expectAccessible(page, "palette");
  await page.keyboard.press("Escape");
  await page.getByRole("listbox").waitFor({ state: "detached" });
  await page.keyboard.press("?");
  await page.getByText("Menu of the row").waitFor();
  await expectAccessible(page, "shortcuts");
  await page.keyboard.press("Escape");
  for (const menu of ["Menu of Administrator", "New record", "Help"]) {
    await page.getByRole("button", { name: menu }).click();
    await page.locator(".ant-dropdown:visible [role=menuitem]").first().waitFor();
    await expectAccessible(page, menu, { menu: true });
    await page.keyboard.press("Escape");
    await page.locator(".ant-dropdown:visible").waitFor({ state: "detached" });
  }
  expectNoFaults(page);
});

it("the settings with their dialogs, too", async () => {
  const page = await arrive(browser, suite, "/settings/roles");
  await page.getByRole("link", { name: "Sales manager" }).click();
  await page.locator(".plain-table tbody tr").first().waitFor();
  await expectAccessible(page, "role");
  await page.keyboard.press("F1");
  await page.locator(".guide h2").waitFor();
  await expectAccessible(page, "help");
  for (const path of ["/settings/users", "/settings/departments", "/settings/api-keys"]) {
    await page.goto(path);
    await page.getByRole("button", { name: "New", exact: true }).click();
    await page.getByRole("dialog").getByLabel("Name").first().waitFor();
    await expectAccessible(page, `new, ${path}`);
  }
  await page.goto("/settings/audit");
  await page.getByRole("radiogroup", { name: "Log" }).getByText("Accesses").click();
  await page.getByRole("cell", { name: "OK" }).first().waitFor();
  await page.getByRole("button", { name: "Verify the logs" }).click();
  await page.getByText("No entry was altered or removed.").waitFor();
  await expectAccessible(page, "verified logs");
  await page.goto("/profile");
  await page.getByRole("button", { name: "Switch on" }).click();
  await page.getByRole("dialog").getByLabel("Current password").waitFor();
  await expectAccessible(page, "second factor");
  expectNoFaults(page);
});

it("the list, its conditions, its menu and its chosen records too", async () => {
  const page = await arrive(browser, suite, "/customers/accounts?f=type%3DACCOUNT_TYPE_CUSTOMER&f=employees%3E%3D50&o=annual_revenue+desc");
  await page.locator("[data-index='3'] input").check();
  await page.locator("[data-index='4'] input").check();
  await expectAccessible(page, "chosen records");
  await page.getByRole("button", { name: "Edit field" }).click();
  await page.getByRole("dialog").getByLabel("Field", { exact: true }).waitFor();
  await expectAccessible(page, "one value for many");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.locator("[data-index='2'] [role=gridcell]").nth(1).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Open in a new tab" }).waitFor();
  await expectAccessible(page, "menu of a row", { menu: true });
  await page.keyboard.press("Escape");
  await page.locator("[data-index='2']").focus();
  await page.keyboard.press("F2");
  await page.locator(".cell-editor").waitFor();
  await expectAccessible(page, "a value changed in the list");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("button", { name: "Apply" }).waitFor();
  await expectAccessible(page, "filter", { menu: true });
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "Owner" }).waitFor();
  await expectAccessible(page, "columns", { menu: true });
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByText("Save as a new view").waitFor();
  await expectAccessible(page, "views", { menu: true });
  await page.goto("/customers/accounts?q=nobody+is+called+so");
  await page.getByText("Nothing fits the search and the filter.").waitFor();
  await expectAccessible(page, "nothing found");
  expectNoFaults(page);
});

it("and a telephone, on which every page fits", async () => {
  const page = await arrive(browser, suite, "/customers/accounts", { viewport: { width: 375, height: 740 }, isMobile: true, hasTouch: true });
  await expectAccessible(page, "list on a telephone");
  await page.locator("[data-index='2']").tap();
  await page.locator(".timeline li").first().waitFor();
  await expectAccessible(page, "record on a telephone");
  await expectNoOverflow(page, "record");
  await page.getByRole("button", { name: "Edit" }).tap();
  await page.locator(".ant-drawer legend").first().waitFor();
  await expectAccessible(page, "form on a telephone");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).tap();
  await page.locator(".ant-drawer-open").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "More", exact: true }).tap();
  await page.getByRole("menuitem", { name: "Audit log" }).waitFor();
  await expectAccessible(page, "menu on a telephone", { menu: true });
  for (const [path, shown] of PAGES) {
    await open(page, path, shown);
    await expectNoOverflow(page, path);
  }
  await open(page, "/settings/roles", ".roles-list li");
  await page.getByRole("link", { name: "Sales manager" }).tap();
  await page.locator(".plain-table tbody tr").first().waitFor();
  await expectNoOverflow(page, "role");
  expectNoFaults(page);
});
