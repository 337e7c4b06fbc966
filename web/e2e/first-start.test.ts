import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { arrive, expectAccessible, expectNoFaults, launch, visit } from "./browser";
import { PASSWORD, Suite } from "./suite";

let suite: Suite;
let browser: Browser;
beforeAll(async () => {
  [suite, browser] = await Promise.all([Suite.start(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await suite?.stop();
});

it("from the first start to the first customer, by keyboard alone", async () => {
  const page = await visit(browser, suite);
  const { email, password } = suite.firstSignIn();
  await page.goto("/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await expectAccessible(page, "sign in");
  await page.keyboard.type(email);
  await page.keyboard.press("Tab");
  await page.keyboard.type("not the password");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("The e-mail address or the password is wrong.").waitFor();
  await page.getByLabel("Password", { exact: true }).focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");

  await page.getByRole("heading", { name: "Choose your own password" }).waitFor();
  await expectAccessible(page, "forced change");
  await page.keyboard.type(password);
  await page.getByLabel("New password", { exact: true }).focus();
  await page.keyboard.type("password1234");
  await page.getByLabel("New password again").focus();
  await page.keyboard.type("password1234");
  await page.keyboard.press("Enter");
  await page.getByText("This password is among the first to be guessed.").waitFor();
  for (const label of ["New password", "New password again"]) {
    await page.getByLabel(label, { exact: true }).focus();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(PASSWORD);
  }
  await page.keyboard.press("Enter");

  const tour = page.locator(".ant-tour");
  await tour.getByText("Five stops show you where things are.").waitFor();
  await page.keyboard.press("Escape");
  await tour.waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "Dashboard" }).waitFor();
  await page.getByRole("region", { name: "Sales by month" }).locator("canvas").waitFor();
  await expectAccessible(page, "an empty dashboard");
  // A customer in six interactions, from wherever one is.
  let interactions = 0;
  const does = (action: Promise<void>) => {
    interactions += 1;
    return action;
  };
  await does(page.keyboard.press("ControlOrMeta+k"));
  await does(page.keyboard.type("Accounts"));
  await expect.poll(() => page.getByRole("option").first().textContent()).toContain("Accounts");
  await does(page.keyboard.press("Enter"));
  await page.getByText("There is nothing here yet.").waitFor();
  await page.getByRole("listbox").waitFor({ state: "detached" });
  await does(page.keyboard.press("n"));
  await page.getByLabel("Name").waitFor();
  await expect.poll(() => page.getByLabel("Name").evaluate((field) => field === document.activeElement)).toBe(true);
  await does(page.keyboard.type("华腾科技有限公司"));
  await does(page.keyboard.press("Enter"));
  await page.getByRole("row", { name: /华腾科技有限公司/ }).waitFor();
  expect(interactions).toBeLessThan(8);
  await page.locator(".ant-drawer").waitFor({ state: "detached" });

  // Open it with the keyboard, change it, see the history.
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "华腾科技有限公司" }).waitFor();
  await page.keyboard.press("e");
  await page.getByLabel("Industry").focus();
  await page.keyboard.type("Software");
  await page.keyboard.press("ControlOrMeta+Enter");
  await page.locator(".timeline").getByText("Software").waitFor();
  expectNoFaults(page);
});

it("where there is nothing yet, a page says what would be there and how to begin", async () => {
  const empty = await Suite.start();
  try {
    await empty.administrator();
    const page = await arrive(browser, empty, "/customers/accounts");
    for (const path of ["customers/accounts", "customers/contacts", "sales/leads", "sales/opportunities", "sales/products", "sales/settings/rules", "sales/settings/representatives", "sales/settings/forms", "sales/settings/rates", "sales/settings/targets", "settings/api-keys"]) {
      await page.goto(`/${path}`);
      await page.getByText("There is nothing here yet.").waitFor();
      expect(await page.locator(".empty-hint").textContent(), path).not.toBe("");
      await expectAccessible(page, `empty: ${path}`);
    }
    await page.getByRole("button", { name: "How it works" }).click();
    await page.locator(".guide h2").getByText("API keys").waitFor();
    for (const path of ["sales/board", "settings/departments"]) {
      await page.goto(`/${path}`);
      await page.locator("main h1").waitFor();
      await expectAccessible(page, `empty: ${path}`);
    }
    expectNoFaults(page);
  } finally {
    await empty.stop();
  }
});

it("what is wrong is said beside its field, in both languages", async () => {
  const page = await visit(browser, suite);
  await suite.administrator();
  await page.goto("/customers/accounts");
  await page.getByLabel("E-mail").fill(suite.firstSignIn().email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  // The page that was asked for comes after signing in.
  await page.waitForURL("**/customers/accounts");
  await page.locator(".ant-tour-close").click();
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Name is needed.").waitFor();
  await page.getByLabel("Name").fill("A");
  await page.getByLabel("Telephone").fill("12");
  await page.getByText("A number has 5 to 15 digits").waitFor();
  await page.getByLabel("Telephone").fill("12345");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("This number cannot be dialled.").waitFor();
  await page.getByLabel("Telephone").fill("138 0013 8000");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("+86 138 0013 8000").waitFor();
  expectNoFaults(page);
});

it("an invitation leads to a user who can work", async () => {
  const administrator = await suite.administrator();
  const before = suite.printed;
  await administrator.post("/v1/users", { email: "li.na@huateng.example", display_name: "李娜", role_ids: [await administrator.role("Sales representative")], language: "zh-CN" });
  const page = await visit(browser, suite);
  await page.goto(await suite.mailedLink("/activate", before));
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("New password again").fill(PASSWORD);
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByRole("link", { name: "Back to sign in" }).click();
  await page.getByLabel("E-mail").fill("li.na@huateng.example");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  // From here on the app speaks the language of the user.
  await page.getByRole("navigation").getByText("联系人").first().waitFor();
  // What the role does not allow is not there.
  expect(await page.getByText("审计日志").count()).toBe(0);
  await page.goto("/settings/roles");
  await page.getByText("您的角色不允许这样做。").waitFor();
  expectNoFaults(page);
});

it("a forgotten password is replaced by a mailed link", async () => {
  await suite.administrator();
  const before = suite.printed;
  const page = await visit(browser, suite, { locale: "zh-TW" });
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "忘記密碼？" }).click();
  await page.getByRole("button", { name: "傳送連結" }).waitFor();
  await page.getByLabel("電子郵件").fill(suite.firstSignIn().email);
  await page.getByRole("button", { name: "傳送連結" }).click();
  await page.getByText("郵件已發出").waitFor();
  await page.goto(await suite.mailedLink("/reset-password", before));
  await page.getByLabel("新密碼", { exact: true }).fill(`${PASSWORD}!`);
  await page.getByLabel("再次輸入新密碼").fill(PASSWORD);
  await page.getByRole("button", { name: "設定密碼" }).click();
  await page.getByText("兩次輸入不一致。").waitFor();
  await page.getByLabel("新密碼", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "設定密碼" }).click();
  await page.getByText("已完成，請用新密碼登入。").waitFor();
  expectNoFaults(page);
});
