import { useIsFetching } from "@tanstack/react-query";
import { useEffect } from "react";
import { loadControls } from "../../ui/controls";

/** Once a page has everything that it asked for, loads what the next click will open. */
export function Rest() {
  const rests = useIsFetching() === 0;
  useEffect(() => {
    if (!rests) return;
    // What fails now is loaded again when it is needed.
    void Promise.all([loadControls(), import("../../ui/record/editor-drawer"), import("../../ui/list/bulk-bar")]).catch(() => undefined);
  }, [rests]);
  return null;
}
