import { createContext, Suspense, useCallback, useContext, useMemo, useState, type ReactNode } from "react";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import type { Resource } from "../resource";
import type { Values } from "./form";
import { lazily } from "../lazily";

const EditorDrawer = lazily(() => import("./editor-drawer"));

/** Something that is to be written. */
export interface Task {
  resource: Resource;
  record?: Data;
  initial?: Values;
  saved?: (record: Data) => void;
}

interface Editor {
  /** Opens the few fields of a new record. */
  create: (resource: Resource, initial?: Values, saved?: (record: Data) => void) => void;
  /** Opens all fields of a record. */
  edit: (resource: Resource, record: Data, initial?: Values, saved?: (record: Data) => void) => void;
}

const EditorContext = createContext<Editor>({ create: () => undefined, edit: () => undefined });

/** Opens records to be written, from wherever one is. */
export const useEditor = () => useContext(EditorContext);

/** What is seen while the drawer is loaded, if that takes a while. */
function Opening() {
  const t = useT();
  return (
    <div className="opening" role="status">
      {t("ui.loading")}
    </div>
  );
}

/** Keeps the drawer in which records are written. */
export function EditorProvider({ children }: { children: ReactNode }) {
  const [task, setTask] = useState<(Task & { number: number }) | null>(null);
  const [open, setOpen] = useState(false);
  const begin = useCallback((next: Task) => {
    setTask((before) => ({ ...next, number: (before?.number ?? 0) + 1 }));
    setOpen(true);
  }, []);
  const editor = useMemo<Editor>(
    () => ({
      create: (resource, initial, saved) => begin({ resource, initial, saved }),
      edit: (resource, record, initial, saved) => begin({ resource, record, initial, saved }),
    }),
    [begin],
  );
  return (
    <EditorContext value={editor}>
      {children}
      <Suspense fallback={<Opening />}>{task && <EditorDrawer key={task.number} task={task} open={open} onClose={() => setOpen(false)} />}</Suspense>
    </EditorContext>
  );
}
