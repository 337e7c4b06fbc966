import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { arrive, expectAccessible, expectNoFaults, expectNoOverflow, launch } from "./browser";
import { Keyboard } from "./keyboard";
import { Suite, type Api } from "./suite";

const COLLEAGUE = "fang@huateng.example";
const READER = "reader@huateng.example";

let suite: Suite;
let browser: Browser;
let administrator: Api;
beforeAll(async () => {
  [suite, browser] = await Promise.all([Suite.start(), launch()]);
  administrator = await suite.administrator();
  await administrator.user(suite, COLLEAGUE, "Support agent", { display_name: "Wang Fang" });
  await administrator.user(suite, READER, "Read-only", { display_name: "Reader" });
});
afterAll(async () => {
  await browser?.close();
  await suite?.stop();
});

async function account(name: string): Promise<string> {
  return String((await administrator.post("/v1/accounts", { name })).id);
}

it("a colleague is addressed, told by the bell, and answers", async () => {
  const id = await account("Alpha Ltd");
  const mine = await arrive(browser, suite, `/customers/accounts/${id}`);
  await mine.getByRole("textbox", { name: "Write a comment" }).pressSequentially("Please call them, @Wan");
  await mine.getByRole("menuitem", { name: /Wang Fang/ }).waitFor();
  await expectAccessible(mine, "colleagues to address", { menu: true });
  await mine.getByRole("menuitem", { name: /Wang Fang/ }).click();
  await mine.getByRole("textbox", { name: "Write a comment" }).pressSequentially("today.\n<b>Plain</b>");
  await mine.getByRole("button", { name: "Send", exact: true }).click();
  const said = mine.locator(".comment");
  await said.getByText("@Wang Fang", { exact: true }).waitFor();
  expect(await said.locator(".comment-text").textContent()).toBe("Please call them, @Wang Fang today.\n<b>Plain</b>");
  expect(await mine.getByRole("textbox", { name: "Write a comment" }).inputValue()).toBe("");

  const theirs = await arrive(browser, suite, "/customers/contacts", { email: COLLEAGUE });
  const bell = theirs.getByRole("button", { name: "Notifications, unread: 1" });
  await expect
    .poll(async () => {
      if (await bell.isVisible()) return true;
      await theirs.reload();
      await theirs.locator("main h1").first().waitFor();
      return bell.isVisible();
    }, { timeout: 30_000, interval: 500 })
    .toBe(true);
  await bell.click();
  await theirs.getByText("Mentions you").waitFor();
  await theirs.getByRole("link", { name: "Alpha Ltd" }).click();
  await theirs.waitForURL(`**/customers/accounts/${id}`);
  await theirs.locator(".comment").getByText("@Wang Fang", { exact: true }).waitFor();
  expect(await theirs.getByRole("button", { name: "Edit the comment" }).count()).toBe(0);
  expect(await theirs.getByRole("button", { name: /Delete the comment/ }).count()).toBe(0);
  await theirs.getByRole("textbox", { name: "Write a comment" }).fill("Done.");
  await theirs.keyboard.press("Control+Enter");
  await theirs.locator(".comment").filter({ hasText: "Done." }).waitFor();

  await mine.reload();
  await mine.locator(".comment").filter({ hasText: "Done." }).waitFor();
  expect(await mine.locator(".comment").first().textContent()).toContain("Wang Fang");
  await mine.getByRole("radiogroup", { name: "Show" }).getByText("Changes").click();
  await expect.poll(() => mine.locator(".comment").count()).toBe(0);
  await mine.locator(".timeline").getByText("created").waitFor();
  await mine.getByRole("radiogroup", { name: "Show" }).getByText("Comments").click();
  await expect.poll(() => mine.locator(".timeline > li").count()).toBe(2);
  await expectAccessible(mine, "comments");
  [mine, theirs].forEach(expectNoFaults);
});

it("one's own words are changed and taken back by keyboard alone", async () => {
  const id = await account("Beta Ltd");
  const page = await arrive(browser, suite, `/customers/accounts/${id}`, { email: COLLEAGUE });
  const keyboard = new Keyboard(page);
  await keyboard.toPage();
  await keyboard.to(page.getByRole("textbox", { name: "Write a comment" }));
  await keyboard.type("Ask @adm");
  await page.getByRole("menuitem", { name: /admin.*@/ }).waitFor();
  await keyboard.press("Enter");
  await keyboard.type("first");
  await keyboard.press("Control+Enter");
  const said = page.locator(".comment");
  await said.filter({ hasText: "first" }).waitFor();
  await said.locator(".mention").waitFor();

  await keyboard.use(page.getByRole("button", { name: "Edit the comment" }));
  await keyboard.to(page.getByRole("textbox", { name: "Edit the comment" }));
  await keyboard.press("Control+End");
  await keyboard.type(", then wait");
  await keyboard.press("Control+Enter");
  await said.getByText("edited").waitFor();
  expect(await said.locator(".comment-text").textContent()).toMatch(/first, then wait$/);
  await said.locator(".mention").waitFor();

  await keyboard.use(page.getByRole("button", { name: "Delete the comment" }));
  await keyboard.use(page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }));
  await said.waitFor({ state: "detached" });
  expectNoFaults(page);
});

it("whoever may only read reads; long texts wrap, and older ones are loaded", async () => {
  const id = await account("Gamma Ltd");
  for (let number = 1; number <= 25; number += 1) await administrator.post(`/v1/comments/customers.account/${id}`, { text: `${"long".repeat(100)} ${number}.` });
  const page = await arrive(browser, suite, `/customers/accounts/${id}`, { email: READER, viewport: { width: 375, height: 740 } });
  const said = page.locator(".comment");
  await said.first().waitFor();
  expect(await page.getByRole("textbox", { name: "Write a comment" }).count()).toBe(0);
  expect(await said.count()).toBe(20);
  await expectNoOverflow(page, "long comments");
  await page.getByRole("button", { name: "Show more" }).last().click();
  await expect.poll(() => said.count()).toBe(25);
  expectNoFaults(page);
});

it("what was only begun is there again, until it is sent or one signs out", async () => {
  const id = await account("Epsilon Ltd");
  const page = await arrive(browser, suite, `/customers/accounts/${id}`, { email: COLLEAGUE });
  const box = page.getByRole("textbox", { name: "Write a comment" });
  await box.pressSequentially("Begun for @Wan");
  await page.getByRole("menuitem", { name: /Wang Fang/ }).click();
  await page.getByRole("link", { name: "Contacts" }).click();
  await page.getByRole("heading", { name: "Contacts" }).waitFor();
  await page.goto(`/customers/accounts/${await account("Zeta Ltd")}`);
  await box.waitFor();
  expect(await box.inputValue()).toBe("");
  await page.goto(`/customers/accounts/${id}`);
  await box.waitFor();
  expect(await box.inputValue()).toBe("Begun for @Wang Fang ");
  // Whom it addresses is kept with it.
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.locator(".comment .mention", { hasText: "@Wang Fang" }).waitFor();
  await page.reload();
  await box.waitFor();
  expect(await box.inputValue()).toBe("");

  await box.fill("Nobody else is to read this");
  await page.getByRole("button", { name: /Menu of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain("Nobody else");
  expectNoFaults(page);
});

it("what is said without a connection is kept and sent later", async () => {
  const id = await account("Delta Ltd");
  const page = await arrive(browser, suite, `/customers/accounts/${id}`);
  await page.getByRole("textbox", { name: "Write a comment" }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole("textbox", { name: "Write a comment" }).fill("From a tunnel");
  await page.keyboard.press("Control+Enter");
  await page.getByText("No connection: kept on this device").waitFor();
  await page.getByRole("button", { name: "Not sent yet" }).click();
  await page.getByRole("dialog").getByText("From a tunnel").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).click();
  await page.context().setOffline(false);
  await page.locator(".comment").filter({ hasText: "From a tunnel" }).waitFor();
  await expect.poll(() => page.getByRole("button", { name: "Not sent yet" }).count()).toBe(0);
  const { comments } = (await administrator.get(`/v1/comments/customers.account/${id}`)) as { comments: object[] };
  expect(comments).toHaveLength(1);
  expectNoFaults(page);
});
