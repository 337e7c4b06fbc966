import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ARGUMENTS, EXECUTABLE } from "./browser";
import { Suite } from "./suite";

/** The last one that works on Node 20. */
const LIGHTHOUSE = "lighthouse@12.8.2";
const RUNS = Number(process.env.RUNS ?? 5);
const WANTED = ["performance", "best-practices", "accessibility"] as const;
const AUDITS = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index"] as const;

interface Report {
  categories: Record<string, { score: number; auditRefs: { id: string }[] }>;
  audits: Record<string, { title: string; score: number | null; numericValue?: number; details?: { items?: unknown[] } }>;
}

let suite: Suite;
let folder: string;
let record: string;
beforeAll(async () => {
  suite = await Suite.start({ demo: 300 });
  folder = await mkdtemp(join(tmpdir(), "crm-lighthouse-"));
  const context = await chromium.launchPersistentContext(join(folder, "profile"), { executablePath: EXECUTABLE, args: ARGUMENTS });
  const api = await suite.administrator();
  const { accounts } = (await api.get("/v1/accounts?page_size=1")) as { accounts: { id: string }[] };
  record = accounts[0]?.id ?? "";
  // Who is measured is signed in and has left the tour; the profile keeps both, and Lighthouse begins with an empty cache.
  const { user } = (await api.get("/v1/me")) as { user: { id: string } };
  const [name = "", ...value] = api.cookie.split("=");
  await context.addCookies([{ name, value: value.join("="), url: suite.url, httpOnly: true, sameSite: "Lax", expires: Date.now() / 1000 + 86_400 }]);
  const page = await context.newPage();
  await page.goto(`${suite.url}/app/icon.svg`);
  await page.evaluate((key) => localStorage.setItem(key, "true"), `crm:${user.id}:tour-seen`);
  await context.close();
});
afterAll(async () => {
  await suite?.stop();
  if (folder) await rm(join(folder, "profile"), { recursive: true, force: true });
});

async function audit(path: string, device: "desktop" | "mobile", run: number): Promise<Report> {
  const file = join(folder, `${device}-${path.split("/").length > 3 ? "record" : "list"}-${run}.json`);
  const preset = device === "desktop" ? ["--preset=desktop"] : [];
  const flags = ["--headless=new", ...ARGUMENTS, `--user-data-dir=${join(folder, "profile")}`].join(" ");
  await promisify(execFile)("npx", ["--yes", LIGHTHOUSE, suite.url + path, `--chrome-path=${EXECUTABLE}`, `--chrome-flags=${flags}`, ...preset, `--only-categories=${WANTED.join(",")}`, "--output=json", `--output-path=${file}`, "--quiet"]);
  return JSON.parse(await readFile(file, "utf8")) as Report;
}

function median(values: number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

it("is measured by Lighthouse", async () => {
  const table: Record<string, Record<string, number>> = {};
  for (const device of ["desktop", "mobile"] as const) {
    for (const [name, path] of [["list", "/customers/accounts"], ["record", `/customers/accounts/${record}`]] as const) {
      const reports: Report[] = [];
      for (let run = 0; run < RUNS; run += 1) reports.push(await audit(path, device, run));
      const row: Record<string, number> = {};
      for (const category of WANTED) row[category] = Math.round(100 * median(reports.map(({ categories }) => categories[category]?.score ?? 0)));
      for (const audit of AUDITS) row[audit] = Number(median(reports.map(({ audits }) => audits[audit]?.numericValue ?? NaN)).toPrecision(3));
      table[`${name}, ${device}`] = row;
      for (const category of ["best-practices", "accessibility"]) {
        const failed = reports[0]?.categories[category]?.auditRefs.map(({ id }) => reports[0]?.audits[id]).filter((audit) => audit?.score !== null && (audit?.score ?? 1) < 1);
        for (const audit of failed ?? []) console.log(`${name}, ${device}: ${audit?.title} ${JSON.stringify(audit?.details?.items?.slice(0, 3))}`);
      }
    }
  }
  console.table(table);
  console.log(`median of ${RUNS} on ${availableParallelism()} processors, busy with ${loadavg()[0]?.toFixed(1)}; reports in ${folder}`);
  expect(Object.keys(table)).toHaveLength(4);
});
