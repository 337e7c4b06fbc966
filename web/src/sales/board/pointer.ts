import type { PointerEvent as ReactPointerEvent } from "react";
import type { Place } from "./data";

/** Where a card may be let go. */
export type Target = Place | "won" | "lost";

interface Drag {
  /** The pointer has really taken the card along. */
  onLift: (at: { x: number; y: number }) => void;
  onTarget: (target: Target | undefined) => void;
  /** The card was let go, or the drag was given up. */
  onEnd: (target: Target | undefined) => void;
}

const FAR = 6;
const HOLD = 280;
const EDGE = 60;
const SPEED = 12;

/** What lies below a point: a place among cards, or a zone in which deals end. */
function targetAt(x: number, y: number, id: string): Target | undefined {
  const element = document.elementFromPoint(x, y);
  const zone = element?.closest<HTMLElement>("[data-zone]")?.dataset.zone;
  if (zone === "won" || zone === "lost") return zone;
  const column = element?.closest<HTMLElement>("[data-stage]");
  const stage = column?.dataset.stage;
  if (!column || !stage) return undefined;
  const cards = [...column.querySelectorAll<HTMLElement>("[data-card]")].filter((card) => card.dataset.card !== id);
  const below = cards.findIndex((card) => {
    const { top, height } = card.getBoundingClientRect();
    return y < top + height / 2;
  });
  return { stage, index: below < 0 ? cards.length : below };
}

/** Scrolls what the pointer has come to the edge of. */
function scrollNear(x: number, y: number) {
  const towards = (at: number, start: number, end: number) => (at < start + EDGE ? -SPEED : at > end - EDGE ? SPEED : 0);
  const board = document.querySelector(".board-columns");
  if (board) {
    const { left, right } = board.getBoundingClientRect();
    board.scrollLeft += towards(x, left, right);
  }
  const cards = document.elementFromPoint(x, y)?.closest(".board-cards");
  if (cards) {
    const { top, bottom } = cards.getBoundingClientRect();
    cards.scrollTop += towards(y, top, bottom);
  }
}

/**
 * Follows a pointer that may take a card along: a mouse once it has moved a little, a finger once it has rested, since
 * one that moves at once scrolls.
 */
export function followPointer(event: ReactPointerEvent, id: string, drag: Drag) {
  const start = { x: event.clientX, y: event.clientY };
  const mouse = event.pointerType === "mouse";
  const at = { ...start };
  let lifted = false;
  let frame = 0;
  const held = mouse ? 0 : window.setTimeout(lift, HOLD);

  function lift() {
    lifted = true;
    drag.onLift({ ...at });
    frame = requestAnimationFrame(scroll);
  }

  function scroll() {
    scrollNear(at.x, at.y);
    drag.onTarget(targetAt(at.x, at.y, id));
    frame = requestAnimationFrame(scroll);
  }

  function move(next: PointerEvent) {
    if (next.pointerId !== event.pointerId) return;
    [at.x, at.y] = [next.clientX, next.clientY];
    const far = Math.hypot(at.x - start.x, at.y - start.y) > FAR;
    if (!lifted && far && !mouse) return stop();
    if (!lifted && far) lift();
  }

  function up(next: PointerEvent) {
    if (next.pointerId !== event.pointerId) return;
    if (lifted) {
      // The click that follows belongs to the drag.
      const swallow = (click: MouseEvent) => {
        click.preventDefault();
        click.stopPropagation();
      };
      window.addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => window.removeEventListener("click", swallow, { capture: true }), 50);
      drag.onEnd(targetAt(next.clientX, next.clientY, id));
    }
    stop();
  }

  function cancel() {
    if (lifted) drag.onEnd(undefined);
    stop();
  }

  function key(next: KeyboardEvent) {
    if (next.key === "Escape") cancel();
  }

  /** A finger that has taken a card along does not scroll. */
  function touch(next: TouchEvent) {
    if (lifted) next.preventDefault();
  }

  function stop() {
    clearTimeout(held);
    cancelAnimationFrame(frame);
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", up);
    window.removeEventListener("pointercancel", cancel);
    window.removeEventListener("keydown", key);
    window.removeEventListener("touchmove", touch);
  }

  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", up);
  window.addEventListener("pointercancel", cancel);
  window.addEventListener("keydown", key);
  window.addEventListener("touchmove", touch, { passive: false });
}
