import { Button, Empty } from "antd";
import type { ReactNode } from "react";
import { textOf, useT } from "../i18n";
import { useHelp } from "./help";

/** Says what would stand here if there were any, and how to begin. */
export function EmptyHint({ resource, children }: { resource: string; children?: ReactNode }) {
  const t = useT();
  const help = useHelp();
  const [service, kind] = resource.split(".");
  const description = (
    <>
      <b>{t("ui.list.none")}</b>
      <p className="empty-hint">{textOf(`${service}.empty.${kind}`)}</p>
    </>
  );
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={description}>
      <span className="empty-actions">
        {children}
        <Button type="link" onClick={help}>
          {t("app.help.how")}
        </Button>
      </span>
    </Empty>
  );
}
