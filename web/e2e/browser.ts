import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { expect } from "vitest";
import { PASSWORD, type Suite } from "./suite";

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Starts the browser. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });
}

/** What went wrong in a page without anybody seeing it. */
const faults = new WeakMap<Page, string[]>();

/** Opens a page as somebody who has never been here. */
export async function visit(browser: Browser, suite: Suite, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: suite.url, locale: "en-US", viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const found: string[] = [];
  faults.set(page, found);
  page.on("pageerror", (error) => found.push(String(error.stack)));
  page.on("console", (message) => {
    // An answer that is no success is the app's to show.
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) found.push(message.text());
  });
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== suite.url) found.push(`asked a foreign host: ${request.url()}`);
  });
  return page;
}

/** Holds the page to what it must not do: fail unseen, break its policy, call other hosts. */
export function expectNoFaults(page: Page) {
  expect(faults.get(page)).toEqual([]);
}

/** Signs in, on the way to a page if one is named. */
export async function signIn(page: Page, email: string, path = "/sign-in", password = PASSWORD) {
  await page.goto(path);
  await page.locator("input[autocomplete=username]").fill(email);
  await page.locator("input[autocomplete=current-password]").fill(password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

/** Signs in as the administrator, whose password was changed, leaves the tour and is at the list of accounts. */
export async function enter(page: Page, suite: Suite, email = suite.firstSignIn().email) {
  await signIn(page, email, "/customers/accounts");
  if ((page.viewportSize()?.width ?? 0) > 640) await page.locator(".ant-tour-close").click();
  await page.locator("[data-index]").first().waitFor();
}

interface Violation {
  id: string;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}

const axeSource = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Expects that nothing on the page keeps anybody out. */
export async function expectAccessible(page: Page, what: string, { menu = false } = {}) {
  // Evaluated by the browser's own tools, so that the page's policy stays as strict as it is.
  await page.evaluate(await axeSource);
  // An open menu stands outside of the parts of the page, where it is not cut off.
  const rules = menu ? { region: { enabled: false } } : {};
  const violations = await page.evaluate(async (rules) => {
    const { axe } = window as unknown as { axe: { run: (context: Document, options: object) => Promise<{ violations: Violation[] }> } };
    return (await axe.run(document, { resultTypes: ["violations"], rules })).violations;
  }, rules);
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.slice(0, 4).map((node) => `  ${node.html.slice(0, 220)}\n    ${node.failureSummary?.split("\n").slice(0, 3).join(" ")}`).join("\n")}`);
  expect(found.join("\n"), what).toBe("");
}

/** Waits until nothing is being asked or drawn any more. */
export async function settle(page: Page) {
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))));
}
