import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { expect } from "vitest";
import { PASSWORD, type Suite } from "./suite";

/** The browser that is installed. */
export const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
/** What it is told to leave alone. */
export const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Starts the browser. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
}

/** What went wrong in a page without anybody seeing it. */
const faults = new WeakMap<Page, string[]>();

/** Opens a page as somebody who has never been here. */
export async function visit(browser: Browser, suite: Suite, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: suite.url, locale: "en-US", viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options });
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

/** Goes to a page as somebody who is signed in already and has left the tour. */
export async function enter(page: Page, suite: Suite, email = suite.firstSignIn().email, path = "/customers/accounts") {
  const { cookie, id } = await suite.session(email);
  const [name = "", ...value] = cookie.split("=");
  await page.context().addCookies([{ name, value: value.join("="), url: suite.url, httpOnly: true, sameSite: "Lax" }]);
  await page.context().addInitScript((key) => localStorage.setItem(key, "true"), `crm:${id}:tour-seen`);
  await page.goto(path);
  await page.locator("main h1").first().waitFor();
}

/** Opens a page as somebody who is signed in already. */
export async function arrive(browser: Browser, suite: Suite, path: string, { email, ...options }: BrowserContextOptions & { email?: string } = {}): Promise<Page> {
  const page = await visit(browser, suite, options);
  await enter(page, suite, email, path);
  return page;
}

interface Violation {
  id: string;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}

const axeSource = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What differs when colours do; everything else is the same in every theme. */
const COLOURS = ["color-contrast", "link-in-text-block"];

async function violations(page: Page, options: object): Promise<string> {
  // Evaluated by the browser's own tools, so that the page's policy stays as strict as it is.
  await page.evaluate(await axeSource);
  const found = await page.evaluate(async (options) => {
    const { axe } = window as unknown as { axe: { run: (context: Document, options: object) => Promise<{ violations: Violation[] }> } };
    return (await axe.run(document, { resultTypes: ["violations"], ...options })).violations;
  }, options);
  const told = found.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.slice(0, 4).map((node) => `  ${node.html.slice(0, 220)}\n    ${node.failureSummary?.split("\n").slice(0, 3).join(" ")}`).join("\n")}`);
  return told.join("\n");
}

/** Shows the page in a theme. */
async function wear(page: Page, colorScheme: "light" | "dark") {
  await page.emulateMedia({ colorScheme });
  await page.locator(`html[data-theme=${colorScheme}]`).waitFor();
  await settle(page);
}

/** Expects that nothing on the page keeps anybody out, in the light and in the dark. */
export async function expectAccessible(page: Page, what: string, { menu = false } = {}) {
  // A menu that closes is gone a moment later.
  if (!menu) await page.locator(".ant-dropdown:visible").first().waitFor({ state: "hidden" });
  await settle(page);
  // An open menu stands outside of the parts of the page, where it is not cut off.
  const rules = menu ? { region: { enabled: false } } : {};
  expect(await violations(page, { rules }), what).toBe("");
  await wear(page, "dark");
  expect(await violations(page, { runOnly: COLOURS }), `${what}, in the dark`).toBe("");
  await wear(page, "light");
}

/** Expects that nobody has to scroll sideways. */
export async function expectNoOverflow(page: Page, what: string) {
  const width = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, document.querySelector(".page")?.scrollWidth ?? 0));
  expect(width, what).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
}

/** Waits until nothing is being asked or drawn any more. */
export async function settle(page: Page) {
  await page.waitForLoadState("networkidle");
  // Some turn for as long as something is loaded, and some wait until they are needed.
  await page.evaluate(() => {
    const ends = document.getAnimations().filter(({ playState, effect }) => playState === "running" && Number(effect?.getComputedTiming().endTime) < Infinity);
    return Promise.all(ends.map((animation) => animation.finished.catch(() => undefined)));
  });
}
