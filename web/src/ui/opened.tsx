import { Suspense, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from "react";

interface Props {
  onClose: () => void;
  children: ReactNode;
}

/** What a button opens beside it: it takes the focus, Escape closes it, and the focus goes back to the button. */
export function Opened(props: Props) {
  // What is in it may have to be loaded.
  return (
    <Suspense>
      <Panel {...props} />
    </Suspense>
  );
}

function Panel({ onClose, children }: Props) {
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = panel.current;
    const before = document.activeElement as HTMLElement | null;
    // What has just opened is not in its place yet, and a page that scrolls to it would jump.
    const frame = requestAnimationFrame(() => box?.querySelector<HTMLElement>("input:not([disabled]), button:not([disabled]), a[href]")?.focus({ preventScroll: true }));
    return () => {
      cancelAnimationFrame(frame);
      const lost = document.activeElement === document.body;
      if (lost || box?.contains(document.activeElement)) before?.focus({ preventScroll: true });
    };
  }, []);
  function keys(event: KeyboardEvent) {
    const choosing = (event.target as HTMLElement).getAttribute("aria-expanded") === "true";
    if (event.key === "Escape" && !choosing) onClose();
  }
  return (
    // It hears the keys of what is in it.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={panel} onKeyDown={keys}>
      {children}
    </div>
  );
}
