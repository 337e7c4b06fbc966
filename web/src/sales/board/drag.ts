import { useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { opportunity } from "../opportunity";
import { moved, placeOf, type BoardData, type Place } from "./data";
import { followPointer, type Target } from "./pointer";

/** A card that is being moved. */
export interface Lifted {
  card: Data;
  by: "pointer" | "keyboard";
  from: Place;
  to: Place;
  zone?: "won" | "lost";
  /** Where the pointer took it. */
  start?: { x: number; y: number };
}

interface Options {
  board: BoardData | undefined;
  stageName: (stage: string) => string;
  mayMove: (card: Data) => boolean;
  onDrop: (card: Data, from: Place, to: Place) => void;
  onClose: (card: Data, won: boolean) => void;
}

const same = (one: Place, other: Place) => one.stage === other.stage && one.index === other.index;

/** Moves cards with a pointer and with the keyboard, and says aloud what happens. */
export function useDrag({ board, stageName, mayMove, onDrop, onClose }: Options) {
  const t = useT();
  const [lifted, setLifted] = useState<Lifted | null>(null);
  const [said, say] = useState("");
  const focused = useRef("");

  // The board as it would be if the card were let go now.
  const shown = useMemo(() => (board && lifted ? moved(board, lifted.card.id, lifted.to) : board), [board, lifted]);

  // A card that changes its stage is another element there, which does not have the focus by itself.
  useLayoutEffect(() => {
    if (!focused.current) return;
    const link = document.querySelector<HTMLElement>(`[data-card="${focused.current}"] a`);
    if (link && document.activeElement !== link) link.focus();
    link?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (!lifted) focused.current = "";
  }, [shown, lifted]);

  const words = ({ stage, index }: Place, card: Data) => {
    const others = (board?.columns.find((column) => column.stage === stage)?.cards ?? []).filter((one) => one.id !== card.id);
    return { name: opportunity.title(card), stage: stageName(stage), place: index + 1, count: others.length + 1 };
  };

  function end(card: Data, from: Place, to: Place) {
    setLifted(null);
    if (same(from, to)) return say(t("sales.board.back", words(from, card)));
    say(t("sales.board.dropped", words(to, card)));
    onDrop(card, from, to);
  }

  function pointerDown(event: PointerEvent, card: Data) {
    const from = board && placeOf(board, card.id);
    if (event.button !== 0 || !from || !mayMove(card) || lifted) return;
    let last: Target | undefined = from;
    followPointer(event, card.id, {
      onLift: (start) => setLifted({ card, by: "pointer", from, to: from, start }),
      onTarget: (target) => {
        if (JSON.stringify(target) === JSON.stringify(last)) return;
        last = target;
        const zone = target === "won" || target === "lost" ? target : undefined;
        setLifted((before) => before && { ...before, zone, to: typeof target === "object" ? target : zone ? from : before.to });
      },
      onEnd: (target) => {
        if (target === "won" || target === "lost") {
          setLifted(null);
          onClose(card, target === "won");
        } else end(card, from, target ?? from);
      },
    });
  }

  function lift(card: Data) {
    const from = board && placeOf(board, card.id);
    if (!from) return;
    if (!mayMove(card)) return say(t("errors.PERMISSION_DENIED"));
    focused.current = card.id;
    setLifted({ card, by: "keyboard", from, to: from });
    say(t("sales.board.lifted", words(from, card)));
  }

  /** Where an arrow key leads from a place. */
  function towards(key: string, { stage, index }: Place, id: string): Place | undefined {
    const columns = board?.columns ?? [];
    const at = columns.findIndex((column) => column.stage === stage);
    const size = (column: number) => (columns[column]?.cards ?? []).filter((card) => card.id !== id).length;
    const side = key === "ArrowLeft" ? at - 1 : key === "ArrowRight" ? at + 1 : at;
    const next = columns[side];
    if (!next) return undefined;
    if (side !== at) return { stage: next.stage, index: Math.min(index, size(side)) };
    const place = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: size(at) }[key];
    return place === undefined || place < 0 || place > size(at) ? undefined : { stage, index: place };
  }

  function keyDown(event: KeyboardEvent, card: Data) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (lifted?.by === "pointer") return;
    if (!lifted) {
      if (event.key === " ") {
        event.preventDefault();
        lift(card);
      } else focusFrom(event, card);
      return;
    }
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      return end(lifted.card, lifted.from, lifted.to);
    }
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      return end(lifted.card, lifted.from, lifted.from);
    }
    const to = towards(event.key, lifted.to, lifted.card.id);
    if (!to) return;
    event.preventDefault();
    setLifted({ ...lifted, to });
    say(t("sales.board.over", words(to, lifted.card)));
  }

  /** Goes from card to card without taking one along. */
  function focusFrom(event: KeyboardEvent, card: Data) {
    const from = board && placeOf(board, card.id);
    if (!from || !["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    const columns = board.columns;
    const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    let at = columns.findIndex((column) => column.stage === from.stage);
    // Stages without cards are passed over.
    do at += step;
    while (step !== 0 && columns[at]?.cards.length === 0);
    const cards = columns[at]?.cards ?? [];
    const index = step === 0 ? from.index + (event.key === "ArrowUp" ? -1 : 1) : Math.min(from.index, cards.length - 1);
    const next = cards[index];
    if (next) document.querySelector<HTMLElement>(`[data-card="${next.id}"] a`)?.focus();
  }

  return { lifted, shown, said, say, pointerDown, keyDown };
}
