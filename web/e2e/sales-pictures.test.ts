import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";
import { arrive, launch, settle } from "./browser";
import { Sales } from "./sales";
import { Suite } from "./suite";

const FOLDER = fileURLToPath(new URL("../../docs/user-guide/images/", import.meta.url));

/** Words by which a picture finds its way, in the languages of the user guide. */
const LANGUAGES = {
  en: { locale: "en-US", other: "Other steps", convert: "Convert", edit: "Edit Sales" },
  "zh-CN": { locale: "zh-CN", other: "其他操作", convert: "转化", edit: "编辑 Sales" },
};

let suite: Suite;
let browser: Browser;
let sales: Sales;

/** The pictures of sales in the user guide: `UPDATE_SCREENSHOTS=1 npm run e2e -- pictures`. */
describe.runIf(process.env.UPDATE_SCREENSHOTS)("the pictures of sales in the user guide", { timeout: 240_000 }, () => {
  beforeAll(async () => {
    await mkdir(FOLDER, { recursive: true });
    // So many that there are enough closed deals to learn from.
    [suite, browser] = await Promise.all([Suite.start({ demo: 500 }), launch()]);
    sales = new Sales(await suite.administrator());
    await sales.api.post("/v1/win-model:train", {});
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await suite?.stop();
  });

  it.each(Object.entries(LANGUAGES))("in %s", async (language, words) => {
    const take = async (page: Page, name: string) => {
      await settle(page);
      await page.screenshot({ path: `${FOLDER}${language}-${name}.png`, animations: "disabled" });
    };
    await sales.api.patch("/v1/me", { language });
    const page = await arrive(browser, suite, "/sales/leads", { locale: words.locale, viewport: { width: 1120, height: 680 } });
    await page.locator("[data-index='9']").waitFor();
    await take(page, "leads");

    const [account] = ((await sales.api.get("/v1/accounts?page_size=1")) as { accounts: { name: string }[] }).accounts;
    const lead = await sales.lead({ name: "陈晓东", company: account?.name ?? "", rating: "LEAD_RATING_HOT" });
    await page.goto(`/sales/leads/${lead.id}`);
    await page.getByRole("button", { name: words.other }).click();
    await page.getByRole("menuitem", { name: words.convert }).click();
    await page.getByRole("dialog").getByRole("radio").nth(2).waitFor();
    await take(page, "convert");

    await page.goto("/sales/board");
    await page.locator(".board-card").nth(6).waitFor();
    await settle(page);
    const from = await page.locator(".board-column").nth(0).locator(".board-card").nth(1).boundingBox();
    const to = await page.locator(".board-column").nth(1).locator(".board-card").nth(1).boundingBox();
    await page.mouse.move((from?.x ?? 0) + 30, (from?.y ?? 0) + 50);
    await page.mouse.down();
    await page.mouse.move((to?.x ?? 0) + 40, (to?.y ?? 0) + 20, { steps: 10 });
    await page.locator(".board-card.floating").waitFor();
    await take(page, "board");
    await page.keyboard.press("Escape");
    await page.mouse.up();

    const { opportunities } = (await sales.api.get("/v1/opportunities?page_size=100&filter=status%3DOPPORTUNITY_STATUS_OPEN")) as { opportunities: { id: string; line_items: object[] }[] };
    const deal = opportunities.toSorted((one, other) => other.line_items.length - one.line_items.length)[0];
    await page.goto(`/sales/opportunities/${deal?.id}`);
    await page.locator(".reasons li").first().waitFor();
    await page.locator(".visits tr").first().waitFor();
    await take(page, "opportunity");

    await page.setViewportSize({ width: 1120, height: 900 });
    await page.goto("/sales/dashboard");
    await page.locator("canvas").nth(4).waitFor();
    await take(page, "dashboard");
    await page.setViewportSize({ width: 1120, height: 680 });

    await page.goto("/sales/products");
    await page.locator("[data-index='9']").waitFor();
    await take(page, "products");
    await page.goto("/sales/settings/pipelines");
    await page.getByRole("button", { name: words.edit }).click();
    await page.locator(".stage-table tbody tr").nth(5).waitFor();
    await take(page, "stages");
    await page.goto("/sales/settings/rules");
    await page.locator(".rules li").nth(2).waitFor();
    await take(page, "rules");
    await page.context().close();
  });
});
