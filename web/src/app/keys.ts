const OPEN_CHOICE = ".ant-select input[aria-expanded=true]";

/** Has keys do what they do everywhere, where Ant Design means something else by them. */
export function tameKeys() {
  const hear = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    // Tab leaves a field. It would take what is under the cursor of an open list, and stay for good where several can be taken.
    if (event.key === "Tab" && target.matches(OPEN_CHOICE)) event.stopPropagation();
    // What an item of a menu opens has the focus at once, and must not take the same Enter for an answer.
    if (event.key === "Enter" && target.closest("[role=menu]")) event.preventDefault();
  };
  document.addEventListener("keydown", hear, { capture: true });
}
