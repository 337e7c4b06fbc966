import { Suspense, useState } from "react";
import { useT } from "../../i18n";
import { Drawer } from "../../ui/controls";
import { lazily } from "../../ui/lazily";

const Guide = lazily(() => import("./guide"));

/** The page of the user guide that explains the page one is on. */
export function HelpDrawer({ open, topic, onClose }: { open: boolean; topic: string; onClose: () => void }) {
  const t = useT();
  const [used, setUsed] = useState(open);
  if (open && !used) setUsed(true);
  if (!used) return null;
  return (
    <Suspense>
      <Drawer open={open} onClose={onClose} title={t("app.help.title")} size={560} destroyOnHidden>
        <Suspense>
          <Guide topic={topic} />
        </Suspense>
      </Drawer>
    </Suspense>
  );
}
