import { Dropdown, type MenuProps } from "antd";
import { useRef, type ReactElement } from "react";

interface Props {
  items: MenuProps["items"];
  children: ReactElement;
}

/** A menu of what was right-clicked, or of what has the focus when its key is pressed; the focus goes there and back. */
export function ContextMenu({ items, children }: Props) {
  const before = useRef<HTMLElement | null>(null);
  const toggle = (open: boolean) => {
    if (open) before.current = document.activeElement as HTMLElement | null;
    else before.current?.focus({ preventScroll: true });
  };
  return (
    <Dropdown trigger={["contextMenu"]} menu={{ items }} autoFocus destroyOnHidden onOpenChange={toggle}>
      {children}
    </Dropdown>
  );
}
