import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { enter, expectAccessible, expectNoFaults, launch, settle, visit } from "./browser";
import { Suite, type Api } from "./suite";

let suite: Suite;
let browser: Browser;
let administrator: Api;
beforeAll(async () => {
  [suite, browser] = await Promise.all([Suite.start({ demo: 60 }), launch()]);
  administrator = await suite.administrator();
});
afterAll(async () => {
  await browser?.close();
  await suite?.stop();
});

const CUSTOMERS = "/customers/accounts?f=type%3DACCOUNT_TYPE_CUSTOMER&o=annual_revenue+desc";

const menu = (page: Page) => page.locator(".list-bar button[aria-haspopup=menu]");
const item = (page: Page, name: string | RegExp) => page.getByRole("menuitem", { name });
const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name, exact: true });

/** Chooses something from the menu of the views. */
async function choose(page: Page, name: string | RegExp) {
  await menu(page).click();
  await item(page, name).click();
}

/** Keeps what the list shows under a name. */
async function saveAs(page: Page, name: string) {
  await choose(page, "Save as a new view");
  await page.getByPlaceholder("Name of the view").fill(name);
  await page.keyboard.press("Enter");
  await heading(page, name).waitFor();
}

/** The names in the menu of the views of somebody else. */
async function offered(page: Page): Promise<string> {
  await menu(page).click();
  const text = await page.locator(".ant-dropdown-menu").last().innerText();
  await page.keyboard.press("Escape");
  await page.locator(".ant-dropdown-menu").last().waitFor({ state: "hidden" });
  return text;
}

it("columns are put in order by dragging their heads, and sorted by pressing them", async () => {
  const page = await visit(browser, suite);
  await enter(page, suite);
  const head = (name: string) => page.getByRole("columnheader", { name, exact: true });
  const names = () => page.getByRole("columnheader").allTextContents().then((all) => all.slice(1, 5));
  expect(await names()).toEqual(["Name", "Type", "Grade", "Owner"]);
  const drag = async (name: string, to: number) => {
    const from = await head(name).boundingBox();
    await page.mouse.move((from?.x ?? 0) + 30, (from?.y ?? 0) + 15);
    await page.mouse.down();
    await page.mouse.move(to, (from?.y ?? 0) + 15, { steps: 5 });
    await page.mouse.up();
  };
  await drag("Owner", ((await head("Type").boundingBox())?.x ?? 0) + 5);
  await expect.poll(names).toEqual(["Name", "Owner", "Type", "Grade"]);
  expect(await page.getByRole("columnheader", { name: "Owner" }).and(page.locator("[aria-sort=ascending], [aria-sort=descending]")).count()).toBe(0);
  await drag("Name", ((await head("Grade").boundingBox())?.x ?? 0) + 5);
  await expect.poll(names).toEqual(["Owner", "Type", "Name", "Grade"]);
  expect(await page.locator("[aria-sort=ascending]").count()).toBe(0);
  await page.reload();
  await head("Name").waitFor();
  expect(await names()).toEqual(["Owner", "Type", "Name", "Grade"]);
  await head("Name").getByRole("button").click();
  await page.getByRole("columnheader", { name: "Name" }).and(page.locator("[aria-sort=ascending]")).waitFor();
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("button", { name: "Reset" }).click();
  await expect.poll(names).toEqual(["Name", "Type", "Grade", "Owner"]);
  await expectAccessible(page, "a list whose columns were dragged", { menu: true });
  expectNoFaults(page);
});

it("a view is shared: others see it and do not change it, and a private one stays private", async () => {
  await administrator.user(suite, "viewer@huateng.example", "Read-only");
  const mine = await visit(browser, suite);
  await enter(mine, suite);
  await mine.goto(CUSTOMERS);
  await saveAs(mine, "Only mine");
  await choose(mine, /^All:/);
  await mine.goto(CUSTOMERS);
  await saveAs(mine, "For the team");
  await expect.poll(() => mine.locator(".list-count").textContent()).not.toBe("");
  const count = await mine.locator(".list-count").textContent();
  await choose(mine, "Show “For the team” to everybody");
  await menu(mine).click();
  await item(mine, /For the team.*shared/).waitFor();
  await settle(mine);
  await expectAccessible(mine, "the menu of views", { menu: true });
  await mine.keyboard.press("Escape");

  const hers = await visit(browser, suite);
  await enter(hers, suite, "viewer@huateng.example");
  const names = await offered(hers);
  expect(names).toContain("Shared by others");
  expect(names).not.toContain("Only mine");
  await choose(hers, /^For the team/);
  await heading(hers, "For the team").waitFor();
  await expect.poll(() => hers.locator(".list-count").textContent()).toBe(count);
  await hers.getByRole("columnheader", { name: "Annual revenue" }).and(hers.locator("[aria-sort=descending]")).waitFor();
  const open = await offered(hers);
  for (const verb of ["Rename", "Save changes", "Remove", "Show “"]) expect(open).not.toContain(verb);
  const { views } = (await administrator.get("/v1/views?resource=customers.account")) as { views: { id: string; name: string }[] };
  const id = views.find(({ name }) => name === "For the team")?.id ?? "";
  const refused = await hers.evaluate(async (path) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(path, { method: "PATCH", headers, body: JSON.stringify({ name: "Taken over" }) });
    return ((await answer.json()) as { reason: string }).reason;
  }, `/v1/views/${id}`);
  expect(refused).toBe("VIEW_OF_ANOTHER");

  // Her own columns in it are hers.
  await hers.getByRole("button", { name: "Columns" }).click();
  await hers.getByRole("checkbox", { name: "Owner" }).uncheck();
  await hers.keyboard.press("Escape");
  await hers.reload();
  await hers.getByRole("columnheader", { name: "Annual revenue" }).waitFor();
  await expect.poll(() => hers.getByRole("columnheader", { name: "Owner" }).count()).toBe(0);
  await mine.reload();
  await mine.getByRole("columnheader", { name: "Owner" }).waitFor();

  await choose(mine, "Show “For the team” to nobody else");
  await expect.poll(async () => ((await administrator.get(`/v1/views/${id}`)) as { shared: boolean }).shared).toBe(false);
  await hers.goto("/customers/accounts");
  await hers.locator("[data-index]").first().waitFor();
  await expect.poll(() => offered(hers)).not.toContain("For the team");
  expectNoFaults(mine);
  expectNoFaults(hers);
});

it("a view is renamed, opens the list, and is removed", async () => {
  await administrator.user(suite, "keeper@huateng.example", "Read-only");
  const page = await visit(browser, suite);
  await enter(page, suite, "keeper@huateng.example");
  await page.goto(CUSTOMERS);
  await saveAs(page, "First name");
  await choose(page, "Rename “First name”");
  await page.getByPlaceholder("Name of the view").fill("Second name");
  await page.keyboard.press("Enter");
  await heading(page, "Second name").waitFor();
  await choose(page, "Open the list with “Second name”");
  await expect.poll(() => offered(page)).toContain("No longer open the list with");

  // In another browser too.
  const other = await visit(browser, suite);
  await enter(other, suite, "keeper@huateng.example");
  await heading(other, "Second name").waitFor();
  await choose(other, /^All:/);
  await heading(other, "Accounts").waitFor();
  await settle(other);
  await heading(other, "Accounts").waitFor();
  await choose(other, /^Second name/);
  await choose(other, "Remove “Second name”");
  await heading(other, "Accounts").waitFor();
  await expect.poll(async () => (await offered(other)).includes("Second name")).toBe(false);
  await page.goto("/customers/accounts");
  await heading(page, "Accounts").waitFor();
  await settle(page);
  await heading(page, "Accounts").waitFor();
  expectNoFaults(page);
  expectNoFaults(other);
});

it("of conditions that are taken away in a row none comes back", async () => {
  const page = await visit(browser, suite);
  await enter(page, suite);
  await page.goto(`${CUSTOMERS}&f=employees%3E%3D1&f=grade%3DACCOUNT_GRADE_A`);
  const crosses = page.locator(".list-chips").getByLabel("Remove");
  await expect.poll(() => crosses.count()).toBe(3);
  // In one turn, before anything is drawn again.
  await crosses.evaluateAll((all) => all.slice(0, 2).forEach((cross) => (cross as HTMLElement).click()));
  await expect.poll(() => new URL(page.url()).searchParams.getAll("f")).toEqual(["grade=ACCOUNT_GRADE_A"]);
  await expect.poll(() => crosses.count()).toBe(1);
  expectNoFaults(page);
});

it("what a role does not see of a shared view is left out and named", async () => {
  await administrator.post("/v1/roles", {
    name: "Without revenue",
    grants: [{ permission: "customers.*", scope: "SCOPE_ALL" }],
    field_rules: [{ field: "customers.account.annual_revenue", access: "FIELD_ACCESS_HIDDEN" }],
  });
  await administrator.user(suite, "blind@huateng.example", "Without revenue");
  const view = await administrator.post("/v1/views", {
    resource: "customers.account",
    name: "By revenue",
    filter: ["type=ACCOUNT_TYPE_CUSTOMER", "annual_revenue>=1"],
    order_by: "annual_revenue desc",
  });
  await administrator.post(`/v1/views/${String(view.id)}/share`, {});
  const page = await visit(browser, suite);
  await enter(page, suite, "blind@huateng.example");
  await choose(page, /^By revenue/);
  await page.getByRole("alert").getByText("Left out, because your role does not see it: Annual revenue.").waitFor();
  await page.locator("[data-index]").first().waitFor();
  expect(await page.locator(".list-chips").innerText()).not.toContain("Annual revenue");
  expectNoFaults(page);
});

it("views that were kept on the device are taken over once", async () => {
  const { id } = (await administrator.user(suite, "mover@huateng.example", "Read-only")) as { id: string };
  const old = { id: "0198f1a0-0000-7000-8000-000000000001", name: "From the device", query: "", filters: [], order: "name", deleted: false, columns: [{ name: "name", width: 300 }] };
  const page = await visit(browser, suite);
  await page.addInitScript(
    ([key, value]) => {
      if (!sessionStorage.getItem("planted")) localStorage.setItem(key ?? "", value ?? "");
      sessionStorage.setItem("planted", "1");
    },
    [`crm:${id}:views:customers.account`, JSON.stringify([old])],
  );
  await enter(page, suite, "mover@huateng.example");
  await expect.poll(() => offered(page)).toContain("From the device");
  await page.reload();
  await page.locator("[data-index]").first().waitFor();
  await choose(page, /^From the device/);
  await page.getByRole("columnheader", { name: "Name" }).and(page.locator("[aria-sort=ascending]")).waitFor();
  expect(await page.evaluate((key) => localStorage.getItem(key), `crm:${id}:views:customers.account`)).toBe("[]");
  expectNoFaults(page);
});

it("changes of different fields are merged, visibly, and nobody is asked", async () => {
  const made = (await administrator.post("/v1/accounts", { name: "Apart Ltd", industry: "Steel", employees: 10 })) as { id: string; etag: string };
  const page = await visit(browser, suite);
  await enter(page, suite);
  await page.goto(`/customers/accounts/${made.id}`);
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Industry").fill("Mine");
  await administrator.patch(`/v1/accounts/${made.id}`, { etag: made.etag, employees: 20 });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Meanwhile somebody else changed Employees; both changes stand.").waitFor();
  expect(await page.getByRole("dialog", { name: "Somebody was faster" }).count()).toBe(0);
  const saved = await administrator.get(`/v1/accounts/${made.id}`);
  expect([saved.industry, saved.employees]).toEqual(["Mine", 20]);
  expectNoFaults(page);
});
