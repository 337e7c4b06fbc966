import { createHmac } from "node:crypto";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { enter, expectAccessible, expectNoFaults, launch, visit } from "./browser";
import { PASSWORD, Suite, type Api } from "./suite";

/** A picture of one point. */
const LOGO = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let suite: Suite;
let browser: Browser;
let administrator: Api;
beforeAll(async () => {
  [suite, browser] = await Promise.all([Suite.start({ demo: 20 }), launch()]);
  administrator = await suite.administrator();
});
afterAll(async () => {
  await browser?.close();
  await suite?.stop();
});

/** What an authenticator app shows for a secret (RFC 6238), `steps` of half a minute from now. */
function codeOf(secret: string, steps = 0): string {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac("sha1", key).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

it("somebody with a second factor signs in with a code, or once with a recovery code", async () => {
  await administrator.user(suite, "careful@huateng.example", "Read-only");
  const page = await visit(browser, suite);
  await enter(page, suite, "careful@huateng.example");
  await page.goto("/profile");
  await page.getByRole("button", { name: "Switch on" }).click();
  await page.getByRole("dialog").getByLabel("Current password").fill(PASSWORD);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("img", { name: "QR code with the secret" }).waitFor();
  const secret = (await page.locator("code").textContent()) ?? "";
  await page.getByRole("dialog").getByRole("textbox", { name: "Code" }).fill(codeOf(secret));
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("Keep these codes in a safe place.").waitFor();
  const [recovery = ""] = ((await page.locator("code").textContent()) ?? "").split("\n");
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByText("On", { exact: true }).waitFor();
  expectNoFaults(page);

  for (const code of [codeOf(secret, 1), recovery]) {
    const again = await visit(browser, suite);
    await again.goto("/customers/accounts");
    await again.getByLabel("E-mail").fill("careful@huateng.example");
    await again.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await again.keyboard.press("Enter");
    await again.getByLabel("Code").fill("000000");
    await again.keyboard.press("Enter");
    await again.getByText("The code is wrong.").waitFor();
    await again.getByLabel("Code").fill(code);
    await again.keyboard.press("Enter");
    await again.locator("[data-index]").first().waitFor();
    expectNoFaults(again);
  }
});

it("a user is invited, moved, shut out and let in again", async () => {
  const page = await visit(browser, suite);
  await enter(page, suite);
  await page.goto("/settings/users");
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByLabel("Name").fill("Zhou Min");
  await page.getByLabel("E-mail").fill("zhou.min@huateng.example");
  await page.getByLabel("Roles").click();
  await page.getByTitle("Sales representative", { exact: true }).click();
  await page.keyboard.press("Escape");
  const before = suite.printed;
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const row = page.getByRole("row", { name: /Zhou Min/ });
  await row.getByText("Invited").waitFor();
  expect(await suite.mailedLink("/activate", before)).toContain("token=");
  await row.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Shut out" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Yes" }).click();
  await row.getByText("Shut out").waitFor();
  await row.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Let in again" }).click();
  await row.getByText("Shut out").waitFor({ state: "detached" });
  expectNoFaults(page);
});

it("a department, a key and the organization are set up", async () => {
  const page = await visit(browser, suite);
  await enter(page, suite);
  await page.goto("/settings/departments");
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Service North");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.locator(".department").getByText("Service North").waitFor();

  await page.goto("/settings/api-keys");
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Web shop");
  await page.getByRole("dialog").getByLabel("Calls as").click();
  await page.keyboard.type("admin");
  await page.locator(".ant-select-item-option", { hasText: /admin/i }).first().click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const key = (await page.locator(".secret code").textContent()) ?? "";
  const answer = await fetch(`${suite.url}/v1/me`, { headers: { authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(200);
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("Revoked").waitFor();

  await page.goto("/settings/organization");
  await page.getByLabel("Name").fill("华腾集团");
  await page.locator("input[type=file]").setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: Buffer.from("<svg/>") });
  const refusal = page.getByText("Choose a PNG, JPEG or WebP picture");
  await refusal.waitFor();
  const [colour, error] = await refusal.evaluate((text) => [getComputedStyle(text).color, getComputedStyle(document.documentElement).getPropertyValue("--ant-color-error-text").trim()]);
  expect(colour).toBe(await page.evaluate((value) => Object.assign(document.createElement("i"), { style: `color: ${value}` }).style.color, error));
  await page.locator("input[type=file]").setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: Buffer.from(LOGO, "base64") });
  await page.getByRole("img", { name: "Logo", exact: true }).waitFor();
  await page.getByRole("button", { name: "Monday to Friday, 9 to 18" }).click();
  await page.getByLabel("To", { exact: true }).last().fill("17:30");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved.").waitFor();
  expect(await administrator.get("/v1/organization")).toMatchObject({ name: "华腾集团", logo: LOGO, working_hours: { length: 5, 4: { weekday: 5, start: "09:00", end: "17:30" } } });
  const brand = page.getByRole("link", { name: "华腾集团" }).getByRole("img");
  expect(await brand.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBe(1);
  await expectAccessible(page, "the organization with its logo and hours");
  await page.getByRole("button", { name: "Remove the logo" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("link", { name: "CRM", exact: true }).waitFor();
  expectNoFaults(page);
});

it("the audit log is searched and proved", async () => {
  const page = await visit(browser, suite);
  await enter(page, suite);
  await page.goto("/settings/audit");
  await page.locator(".plain-table tbody tr").first().waitFor();
  await page.getByRole("radiogroup", { name: "Log" }).getByText("Accesses").click();
  await page.getByRole("cell", { name: "OK" }).first().waitFor();
  await page.getByRole("button", { name: "Verify the logs" }).click();
  await page.getByText("No entry was altered or removed.").waitFor();
  expectNoFaults(page);
});
