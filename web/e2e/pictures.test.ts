import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";
import { enter, launch, settle, visit } from "./browser";
import { Suite, type Api } from "./suite";

const FOLDER = fileURLToPath(new URL("../../docs/user-guide/images/", import.meta.url));

/** Words by which a picture finds its way, in the languages of the user guide. */
const LANGUAGES = {
  en: { locale: "en-US", edit: "Edit", filter: "Filter", apply: "Apply", industry: "Industry", save: "Save", role: "Sales representative", new: "New: Account" },
  "zh-CN": { locale: "zh-CN", edit: "编辑", filter: "筛选", apply: "应用", industry: "行业", save: "保存", role: "销售员", new: "新建客户" },
};

let suite: Suite;
let browser: Browser;
let administrator: Api;

/** The pictures of the user guide, which are taken of the app as it is: `UPDATE_SCREENSHOTS=1 npm run e2e -- pictures`. */
describe.runIf(process.env.UPDATE_SCREENSHOTS)("the pictures of the user guide", { timeout: 240_000 }, () => {
  beforeAll(async () => {
    await mkdir(FOLDER, { recursive: true });
    [suite, browser] = await Promise.all([Suite.start({ demo: 150 }), launch()]);
    administrator = await suite.administrator();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await suite?.stop();
  });

  it.each(Object.entries(LANGUAGES))("in %s", async (language, words) => {
    const take = async (page: Page, name: string) => {
      await settle(page);
      // A pointer that rests on something would show what it is called.
      await page.mouse.move(700, 670);
      await page.screenshot({ path: `${FOLDER}${language}-${name}.png`, animations: "disabled" });
    };
    const page = await visit(browser, suite, { locale: words.locale, viewport: { width: 1120, height: 680 } });
    await administrator.patch("/v1/me", { language });
    const { email } = suite.firstSignIn();
    await page.goto("/sign-in");
    await take(page, "sign-in");
    await page.locator("input[autocomplete=username]").fill(email);
    await page.locator("input[type=password]").fill("correct horse battery staple");
    await page.keyboard.press("Enter");
    await page.locator("canvas").nth(4).waitFor();
    await page.locator(".ant-tour").waitFor();
    await take(page, "tour");
    await page.locator(".ant-tour-close").click();
    await page.goto("/customers/accounts");
    await page.locator("[data-index='9']").waitFor();
    await take(page, "list");
    await page.goto("/customers/accounts?f=type%3DACCOUNT_TYPE_CUSTOMER&f=employees%3E%3D50&o=annual_revenue+desc");
    await page.locator("[data-index='3'] input").check();
    await page.locator("[data-index='4'] input").check();
    await page.getByRole("button", { name: words.filter }).click();
    await page.getByRole("button", { name: words.apply }).waitFor();
    await take(page, "filter");
    await page.keyboard.press("Escape");
    await page.keyboard.press("ControlOrMeta+k");
    await page.keyboard.type("上海");
    await page.getByRole("option").nth(5).waitFor();
    await take(page, "search");
    await page.keyboard.press("Escape");
    await page.getByRole("listbox").waitFor({ state: "detached" });

    await page.locator("[data-index='0'] .title-link").click();
    await page.locator(".timeline li").first().waitFor();
    await take(page, "record");
    const id = new URL(page.url()).pathname.split("/").pop() ?? "";
    await page.getByRole("button", { name: words.edit }).click();
    await page.getByLabel(words.industry).waitFor();
    await take(page, "form");
    await page.getByLabel(words.industry).fill(language === "en" ? "Precision instruments" : "精密仪器");
    await administrator.patch(`/v1/accounts/${id}`, { industry: language === "en" ? "Machinery" : "机械制造", employees: 320 });
    await page.getByRole("button", { name: words.save, exact: true }).click();
    await page.locator(".conflict").first().waitFor();
    await take(page, "conflict");

    await page.goto("/settings/users");
    await page.locator("[data-index='5']").waitFor();
    await take(page, "users");
    await page.goto("/settings/departments");
    await page.locator(".department").nth(6).waitFor();
    await take(page, "departments");
    await page.goto("/profile");
    await page.locator(".sessions li").first().waitFor();
    await take(page, "profile");
    await page.goto("/settings/roles");
    await page.getByRole("link", { name: words.role }).click();
    await page.locator(".plain-table tbody tr").first().waitFor();
    await take(page, "role");
    await page.goto("/settings/audit");
    await page.locator(".plain-table tbody tr").first().waitFor();
    await take(page, "audit");

    const phone = await visit(browser, suite, { locale: words.locale, viewport: { width: 375, height: 740 }, isMobile: true, hasTouch: true });
    await enter(phone, suite, email);
    await phone.getByRole("button", { name: words.new }).tap();
    await phone.locator(".ant-drawer .ant-input").first().waitFor();
    await take(phone, "phone");
    await page.context().close();
    await phone.context().close();
  });
});
