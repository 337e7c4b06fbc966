import { useQueryClient } from "@tanstack/react-query";
import { notification } from "antd";
import type { ReactNode } from "react";
import type { Data } from "../api/records";
import { useT } from "../i18n";
import { recordChanged } from "../ui/cache";
import { same } from "../ui/record/merge";
import { ChangedFields } from "../ui/record/timeline";
import type { Resource } from "../ui/resource";

/**
 * Shows what somebody else has done to a record that one wanted to change; loads it as it is now. The element that
 * comes with the function has to stand on the page.
 */
export function useStaleNotice(resource: Resource): [(before: Data) => Promise<Data>, ReactNode] {
  const t = useT();
  const queries = useQueryClient();
  const [notices, holder] = notification.useNotification();
  async function show(before: Data): Promise<Data> {
    const current = await resource.api.get(before.id);
    recordChanged(queries, resource, current);
    const names = resource.fields.map((field) => field.name).filter((name) => name !== "update_time" && !same(before[name], current[name]));
    const pick = (record: Data) => Object.fromEntries(names.map((name) => [name, record[name]]));
    notices.warning({
      title: t("sales.stale.title", { name: resource.title(current) }),
      description: (
        <>
          <p>{t("sales.stale.text")}</p>
          <ChangedFields resource={resource} change={{ before: pick(before), after: pick(current) }} />
        </>
      ),
      duration: 15,
      placement: "bottomLeft",
    });
    return current;
  }
  return [show, holder];
}
