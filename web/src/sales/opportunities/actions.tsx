import type { MenuProps } from "antd";
import { useState, type ReactNode } from "react";
import { useCan } from "../../api/me";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { opportunity } from "../opportunity";
import { openStages, usePipelines } from "../pipelines";
import { useVerbs, type RunVerb } from "../verbs";
import { ClosingDialog } from "./closing";

export const isOpen = (record: Data) => record.status === "OPPORTUNITY_STATUS_OPEN";

export interface OpportunityActions {
  run: RunVerb;
  /** Whether whoever is signed in may change the state of a deal. */
  may: (record: Data) => boolean;
  /** Asks how a deal ends. */
  close: (record: Data, won: boolean, done?: () => void) => void;
  /** The same as a menu. */
  items: (record: Data) => NonNullable<MenuProps["items"]>;
}

/** What changes the state of deals; the element has to stand on the page. */
export function useOpportunityActions(): [OpportunityActions, ReactNode] {
  const t = useT();
  const can = useCan();
  const { data: pipelines } = usePipelines();
  const [run, notices] = useVerbs(opportunity, "/v1/opportunities");
  const [closing, setClosing] = useState<{ record: Data; won: boolean; done?: () => void } | null>(null);
  const may = (record: Data) => !record.delete_time && can.doTo("sales.opportunity.update", record);

  function items(record: Data): NonNullable<MenuProps["items"]> {
    if (!may(record)) return [];
    if (!isOpen(record)) return [{ type: "divider" }, { key: "reopen", label: t("sales.deals.reopen"), onClick: () => void run(record, "reopen") }];
    const pipeline = pipelines?.find((one) => one.id === record.pipeline_id);
    const stages = openStages(pipeline).filter((stage) => stage.id !== record.stage_id);
    return [
      { type: "divider" },
      { key: "move", label: t("sales.deals.move"), children: stages.map((stage) => ({ key: stage.id, label: stage.name, onClick: () => void run(record, "move", { stage_id: stage.id }) })) },
      { key: "win", label: t("sales.deals.win"), onClick: () => setClosing({ record, won: true }) },
      { key: "lose", label: t("sales.deals.lose"), onClick: () => setClosing({ record, won: false }) },
    ];
  }

  return [
    { run, may, items, close: (record, won, done) => setClosing({ record, won, done }) },
    <>
      {notices}
      {closing && (
        <ClosingDialog
          record={closing.record}
          won={closing.won}
          run={run}
          onClose={(done) => {
            if (done) closing.done?.();
            setClosing(null);
          }}
        />
      )}
    </>,
  ];
}
