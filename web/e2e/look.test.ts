import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enter, expectAccessible, expectNoFaults, launch, settle, visit } from "./browser";
import { Suite } from "./suite";

let suite: Suite;
let browser: Browser;
beforeAll(async () => {
  [suite, browser] = await Promise.all([Suite.start({ demo: 200 }), launch()]);
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
  ["/nowhere", ".ant-result"],
];

async function open(page: Page, path: string, shown: string) {
  await page.goto(path.startsWith("/nowhere") ? `/customers${path}` : path);
  await page.locator(shown).first().waitFor();
  await settle(page);
}

describe.each(["light", "dark"] as const)("in the %s theme", (colorScheme) => {
  it("every page can be used by everybody", async () => {
    const page = await visit(browser, suite, { colorScheme });
    await enter(page, suite);
    for (const [path, shown] of PAGES) {
      await open(page, path, shown);
      await expectAccessible(page, `${path}, ${colorScheme}`);
    }
    expectNoFaults(page);
  });

  it("so can records, forms and dialogs", async () => {
    const page = await visit(browser, suite, { colorScheme });
    await enter(page, suite);
    await page.locator("[data-index='1'] .title-link").click();
    await page.locator(".timeline li").first().waitFor();
    await settle(page);
    await expectAccessible(page, "record");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.locator(".ant-drawer legend").first().waitFor();
    await settle(page);
    await expectAccessible(page, "form");
    await page.keyboard.press("Escape");
    await page.locator(".ant-drawer-open").waitFor({ state: "detached" });
    await page.keyboard.press("ControlOrMeta+k");
    await page.getByRole("listbox").waitFor();
    await settle(page);
    await expectAccessible(page, "palette");
    await page.keyboard.press("Escape");
    await page.getByRole("listbox").waitFor({ state: "detached" });
    await page.keyboard.press("?");
    await page.getByText("Menu of the row").waitFor();
    await settle(page);
    await expectAccessible(page, "shortcuts");
    await page.keyboard.press("Escape");
    await open(page, "/settings/roles", ".roles-list li");
    await page.getByRole("link", { name: "Sales manager" }).click();
    await page.locator(".plain-table tbody tr").first().waitFor();
    await settle(page);
    await expectAccessible(page, "role");
    await page.keyboard.press("F1");
    await page.locator(".guide h2").waitFor();
    await settle(page);
    await expectAccessible(page, "help");
    expectNoFaults(page);
  });

  it("the list, its conditions and its chosen records too", async () => {
    const page = await visit(browser, suite, { colorScheme });
    await enter(page, suite);
    await page.goto("/customers/accounts?f=type%3DACCOUNT_TYPE_CUSTOMER&f=employees%3E%3D50&o=annual_revenue+desc");
    await page.locator("[data-index='3'] input").check();
    await page.locator("[data-index='4'] input").check();
    await settle(page);
    await expectAccessible(page, "chosen records");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByRole("button", { name: "Apply" }).waitFor();
    await settle(page);
    await expectAccessible(page, "filter", { menu: true });
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "Owner" }).waitFor();
    await settle(page);
    await expectAccessible(page, "columns", { menu: true });
    expectNoFaults(page);
  });

  it("and a telephone", async () => {
    const page = await visit(browser, suite, { colorScheme, viewport: { width: 375, height: 740 }, isMobile: true, hasTouch: true });
    await enter(page, suite);
    await settle(page);
    await expectAccessible(page, "list on a telephone");
    await page.locator("[data-index='2']").tap();
    await page.locator(".timeline li").first().waitFor();
    await settle(page);
    await expectAccessible(page, "record on a telephone");
    await page.getByRole("button", { name: "More", exact: true }).tap();
    await page.getByRole("menuitem", { name: "Audit log" }).waitFor();
    await settle(page);
    await expectAccessible(page, "menu on a telephone", { menu: true });
    expectNoFaults(page);
  });
});

it("the app is small enough to start over a slow line", async () => {
  const page = await visit(browser, suite);
  const sizes = new Map<string, number>();
  page.on("response", (response) => {
    if (/\/assets\/.*\.js$/.test(response.url())) sizes.set(response.url(), Number(response.headers()["content-length"]));
  });
  const size = () => [...sizes.values()].reduce((sum, one) => sum + one, 0);
  await page.goto("/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await settle(page);
  expect(size()).toBeGreaterThan(50_000);
  expect(size(), "script of the page on which one signs in").toBeLessThan(350_000);
  await enter(page, suite);
  await settle(page);
  expect(size(), "script of the app with its first domain").toBeLessThan(600_000);
});
