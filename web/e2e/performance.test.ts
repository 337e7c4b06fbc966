import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { enter, expectNoFaults, launch, settle, signIn, visit } from "./browser";
import { expectStill, rowsInPage, scroll, takeNotes } from "./pace";
import { Suite } from "./suite";

/** What the browser may load of script before a page can be used, in bytes as they are sent. */
const SIGN_IN = 350_000;
const SHELL = 600_000;
/** More than a list holds at once. */
const ROWS = 1_300;
const PAGE = 100;
/** Rows in sight and those around them that are ready; a small part of the list however long it is. */
const MOST_ROWS = 60;
/** Script comes in no more files than that. */
const MOST_FILES = 10;

let suite: Suite;
let browser: Browser;
let first: string;
beforeAll(async () => {
  [suite, browser] = await Promise.all([Suite.start(), launch()]);
  const administrator = await suite.administrator();
  const names = Array.from({ length: ROWS }, (_, at) => `Customer ${String(ROWS - at).padStart(4, "0")}`);
  first = names[0] ?? "";
  const create = async () => {
    for (let name = names.shift(); name; name = names.shift()) await administrator.post("/v1/accounts", { name, industry: "Steel" });
  };
  await Promise.all(Array.from({ length: 8 }, create));
});
afterAll(async () => {
  await browser?.close();
  await suite?.stop();
});

/** Opens a page and counts what of script comes over the wire; all of it has to come compressed and to be kept. */
async function scriptsOf(page: Page, open: () => Promise<unknown>): Promise<number> {
  const tools = await page.context().newCDPSession(page);
  const files = new Map<string, string>();
  const faults: string[] = [];
  let bytes = 0;
  await tools.send("Network.enable");
  tools.on("Network.responseReceived", ({ requestId, type, response }) => {
    if (type !== "Script") return;
    files.set(requestId, response.url);
    const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value]));
    if (!/gzip|br|zstd/.test(headers["content-encoding"] ?? "")) faults.push(`not compressed: ${response.url}`);
    if (!/immutable/.test(headers["cache-control"] ?? "")) faults.push(`not kept: ${response.url}`);
  });
  tools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (files.has(requestId)) bytes += encodedDataLength;
  });
  await open();
  await settle(page);
  expect(faults).toEqual([]);
  return bytes;
}

it("loads little script before one can sign in, and before one can work", async () => {
  const front = await visit(browser, suite);
  await takeNotes(front);
  const toSignIn = await scriptsOf(front, async () => {
    await front.goto("/sign-in");
    await front.locator("input[autocomplete=username]").waitFor();
  });
  expect(toSignIn).toBeGreaterThan(0);
  expect(toSignIn).toBeLessThan(SIGN_IN);
  await expectStill(front);

  for (const path of ["/customers/accounts", "/settings/users", "/sales/leads"]) {
    const page = await visit(browser, suite);
    await takeNotes(page);
    const toWork = await scriptsOf(page, () => enter(page, suite, undefined, path));
    expect(toWork, path).toBeGreaterThan(0);
    expect(toWork, path).toBeLessThan(SHELL);
    await expectStill(page);
    expectNoFaults(page);
    await page.context().close();
  }
});

it("asks for what an address needs at once, and once only", async () => {
  const { accounts } = (await (await suite.administrator()).get("/v1/accounts?page_size=1")) as { accounts: { id: string }[] };
  const record = `/v1/accounts/${accounts[0]?.id}`;
  const needs = {
    "/customers/accounts": ["/v1/me", "/v1/accounts", "/v1/accounts:count"],
    [`/customers/accounts/${accounts[0]?.id}`]: ["/v1/me", record],
  };
  for (const [path, needed] of Object.entries(needs)) {
    const page = await visit(browser, suite);
    await takeNotes(page);
    const asked: string[] = [];
    const files: string[] = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (request.resourceType() === "script") files.push(pathname);
      if (needed.includes(pathname)) asked.push(pathname);
    });
    await enter(page, suite, undefined, path);
    await settle(page);
    expect(asked.sort(), path).toEqual([...needed].sort());
    // Few files, so that a page is there after few requests.
    expect(files.length, files.join(" ")).toBeLessThanOrEqual(MOST_FILES);
    await expectStill(page);
    await page.context().close();
  }
});

it("leaves everything in its place while somebody new is shown around", async () => {
  const administrator = await suite.administrator();
  await administrator.user(suite, "new@huateng.example", "Administrator");
  const page = await visit(browser, suite);
  await takeNotes(page);
  await signIn(page, "new@huateng.example");
  await page.locator(".ant-tour").waitFor();
  await settle(page);
  await expectStill(page);
  expectNoFaults(page);
});

it("scrolls through a list of any length with few rows in the page and few requests", async () => {
  const page = await visit(browser, suite);
  await takeNotes(page);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/v1/accounts") asked.push(request.url());
  });
  await enter(page, suite, undefined, "/customers/accounts?o=name");
  await page.locator("[data-index='0']", { hasText: "Customer 0001" }).waitFor();
  const seen = new Set<number>();
  const look = async () => {
    await expect.poll(() => page.locator(".grid-row[aria-busy=true]").count()).toBe(0);
    const rows = await rowsInPage(page);
    expect(rows.length).toBeLessThan(MOST_ROWS);
    rows.forEach((row) => seen.add(row));
  };
  await look();
  for (let tries = 0; tries < 100 && seen.size < ROWS; tries += 1) {
    await scroll(page, 20);
    await look();
  }
  expect(seen.size).toBe(ROWS);
  await page.locator(`[data-index='${ROWS - 1}']`, { hasText: first }).waitFor();
  expect(asked.length).toBeLessThanOrEqual(ROWS / PAGE + 2);
  await expectStill(page);

  // What was forgotten on the way is there again on the way back, at once even when the bar is dragged.
  asked.length = 0;
  await page.locator(".grid-scroller").evaluate((scroller) => scroller.scrollTo({ top: 0 }));
  await page.locator("[data-index='0']", { hasText: "Customer 0001" }).waitFor();
  await settle(page);
  expect(asked.length).toBeLessThanOrEqual(3);

  // The other order is seen from its beginning, wherever one was.
  await scroll(page, 400);
  await page.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
  await page.locator("[data-index='0']", { hasText: first }).waitFor();
  expectNoFaults(page);
});

it("is of use with one bar of signal, and sends a change once", async () => {
  const page = await visit(browser, suite);
  await enter(page, suite);
  await page.locator("[data-index]").first().waitFor();
  const tools = await page.context().newCDPSession(page);
  await tools.send("Network.enable");
  await tools.send("Network.emulateNetworkConditions", { offline: false, latency: 800, downloadThroughput: 40_000, uploadThroughput: 40_000 });
  const created: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST") created.push(request.url());
  });

  // Where records will be is shown while they are on their way.
  await page.getByRole("link", { name: "Contacts" }).click();
  await page.locator(".grid-row[aria-busy=true]").first().waitFor();
  expect(await page.locator(".ant-spin-spinning").count()).toBe(0);
  await page.getByRole("link", { name: "Accounts" }).click();
  await page.getByRole("heading", { name: "Accounts" }).waitFor();

  await page.locator(".list-bar").getByRole("button", { name: "New" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Saved over a thin line");
  await page.keyboard.press("Control+Enter");
  await page.keyboard.press("Control+Enter");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  expect(created.filter((url) => url.endsWith("/v1/accounts"))).toHaveLength(1);
  expectNoFaults(page);
});
