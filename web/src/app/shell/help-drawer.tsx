import { Drawer } from "antd";
import { lazy, Suspense } from "react";
import { useT } from "../../i18n";

const Guide = lazy(() => import("./guide"));

/** The page of the user guide that explains the page one is on. */
export function HelpDrawer({ open, topic, onClose }: { open: boolean; topic: string; onClose: () => void }) {
  const t = useT();
  return (
    <Drawer open={open} onClose={onClose} title={t("app.help.title")} size={560} destroyOnHidden>
      <Suspense>
        <Guide topic={topic} />
      </Suspense>
    </Drawer>
  );
}
