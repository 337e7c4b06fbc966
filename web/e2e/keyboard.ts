import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** More stops than any page has. */
const MOST = 250;

/** What somebody does who has a keyboard and nothing else. */
export class Keyboard {
  constructor(private readonly page: Page) {}

  press = (key: string) => this.page.keyboard.press(key);
  type = (text: string) => this.page.keyboard.type(text);

  /** Jumps over the navigation. */
  async toPage() {
    await this.page.locator("main h1").first().waitFor();
    await this.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await this.to(this.page.getByRole("link", { name: "Skip to the page" }));
    await this.press("Enter");
    await expect.poll(() => this.page.evaluate(() => document.activeElement?.id)).toBe("page");
  }

  /** Presses Tab until something has the focus. */
  async to(target: Locator, key: "Tab" | "Shift+Tab" = "Tab") {
    await target.waitFor({ state: "attached" });
    for (let stop = 0; stop < MOST; stop += 1) {
      if (await target.evaluate((element) => element.contains(document.activeElement))) return;
      await this.press(key);
    }
    throw new Error(`Tab does not come to ${String(target)}`);
  }

  /** Comes to something and presses Enter on it. */
  async use(target: Locator, key: "Tab" | "Shift+Tab" = "Tab") {
    await this.to(target, key);
    await this.press("Enter");
  }

  /** Goes down in an open menu to an item and takes it. */
  async take(item: Locator) {
    await item.waitFor();
    // An open menu has the focus, which it takes a moment later.
    await expect.poll(() => item.evaluate((element) => element.closest("[role=menu]")?.contains(document.activeElement)), { message: `${String(item)} is in a menu that has the focus` }).toBe(true);
    for (let stop = 0; stop < 20; stop += 1) {
      if (await item.evaluate((element) => element.contains(document.activeElement))) return this.press("Enter");
      await this.press("ArrowDown");
    }
    throw new Error(`arrow keys do not come to ${String(item)}`);
  }

  /** Goes through a list of choices that is open until one of them is under the cursor, and takes it. */
  async choose(name: string, key: "ArrowDown" | "ArrowUp" = "ArrowDown") {
    const active = this.page.locator(".ant-select-dropdown:visible .ant-select-item-option-active");
    await active.first().waitFor();
    for (let stop = 0; stop < 30; stop += 1) {
      if ((await active.first().textContent()) === name) return this.press("Enter");
      await this.press(key);
    }
    throw new Error(`arrow keys do not come to ${name}`);
  }
}
