import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Input, Result, Select, Skeleton, type MenuProps } from "antd";
import { useCallback, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { send } from "../../api/client";
import { newId } from "../../api/id";
import { useCan } from "../../api/me";
import { asProblem } from "../../api/problem";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { listsChanged, recordChanged } from "../../ui/cache";
import { ContextMenu } from "../../ui/context-menu";
import { formatMoney } from "../../ui/format";
import { PlusOutlined, SearchOutlined } from "../../ui/icons";
import { MYSELF } from "../../ui/list/filter";
import { RecordPicker } from "../../ui/picker";
import { problemText } from "../../ui/problem-text";
import { useEditor } from "../../ui/record/editor";
import { useOpportunityActions } from "../opportunities/actions";
import { opportunity } from "../opportunity";
import { defaultPipeline, usePipelines, useStages } from "../pipelines";
import { useSettled } from "../settled";
import { useStaleNotice } from "../stale";
import { StageColumn } from "./column";
import { boardKey, cardOf, moreCards, moved, placeOf, useBoard, without, type BoardColumn, type BoardData, type Place } from "./data";
import { useDrag } from "./drag";
import { useBoardQuery, useBoardState, type BoardState, type Due } from "./filters";
import "../sales.css";
import "./board.css";

/** The open deals of a pipeline by stage; a card is taken along with the pointer or with the keyboard. */
export function BoardPage() {
  const t = useT();
  const can = useCan();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const editor = useEditor();
  const { message } = App.useApp();
  const { data: pipelines } = usePipelines();
  const stages = useStages();
  const [state, change] = useBoardState();
  const known = pipelines?.some((one) => one.id === state.pipeline);
  const asked = useBoardQuery(known === false ? { ...state, pipeline: "" } : state);
  const key = boardKey(asked);
  const { data: board, error, isPending, refetch } = useBoard(asked);
  const [actions, dialogs] = useOpportunityActions();
  const [showStale, notices] = useStaleNotice(opportunity);
  const [menu, setMenu] = useState<Data | null>(null);
  const queue = useRef(Promise.resolve());
  const pipeline = pipelines?.find((one) => one.id === (board?.pipeline ?? state.pipeline)) ?? defaultPipeline(pipelines);

  const put = (update: (before: BoardData) => BoardData) => queries.setQueryData<BoardData>(key, (before) => before && update(before));

  /** Sends a move after those before it, so that each knows what the one before has made of the card. */
  function drop(card: Data, from: Place, to: Place) {
    void queries.cancelQueries({ queryKey: key });
    put((before) => moved(before, card.id, to));
    queue.current = queue.current.then(() => sendMove(card, from, to));
  }

  async function sendMove(card: Data, from: Place, to: Place) {
    const now = queries.getQueryData<BoardData>(key);
    const present = cardOf(now, card.id) ?? card;
    const at = now && placeOf(now, card.id);
    const cards = now?.columns.find((column) => column.stage === to.stage)?.cards ?? [];
    const [above, below] = at?.stage === to.stage ? [cards[at.index - 1], cards[at.index + 1]] : [];
    try {
      const changed = await send<Data>({
        method: "POST",
        path: `/v1/opportunities/${card.id}/move`,
        body: { etag: present.etag, stage_id: to.stage, after_id: above?.id ?? "", before_id: below?.id ?? "" },
        idempotencyKey: newId(),
      });
      put((before) => moved(before, card.id, placeOf(before, card.id) ?? to, changed));
      recordChanged(queries, opportunity, changed);
      listsChanged(queries, opportunity);
      void queries.invalidateQueries({ queryKey: ["report"] });
    } catch (problem) {
      put((before) => moved(before, card.id, from));
      drag.say(t("sales.board.rolledBack", { name: opportunity.title(card) }));
      const { reason } = asProblem(problem);
      if (reason === "STALE") await showStale(present).catch(() => undefined);
      else void message.error(problemText(asProblem(problem), t));
      await refetch();
    }
  }

  const drag = useDrag({
    board,
    stageName: (stage) => stages.get(stage)?.name ?? "",
    mayMove: (card) => actions.may(card),
    onDrop: drop,
    onClose: (card, won) => actions.close(card, won, () => put((before) => without(before, card.id))),
  });
  const { lifted, shown } = drag;

  const more = useCallback(
    async (column: BoardColumn) => {
      const cards = await moreCards(asked, column);
      queries.setQueryData<BoardData>(boardKey(asked), (before) => {
        const known = new Set(before?.columns.flatMap((one) => one.cards.map((card) => card.id)));
        const columns = before?.columns.map((one) => (one.stage === column.stage ? { ...one, cards: [...one.cards, ...cards.filter((card) => !known.has(card.id))] } : one));
        return before && columns && { ...before, columns };
      });
    },
    [asked, queries],
  );

  const add = (stage_id?: string) =>
    editor.create(opportunity, { pipeline_id: pipeline?.id, ...(stage_id && { stage_id }) }, () => void queries.invalidateQueries({ queryKey: ["board"] }));
  const mayAdd = can.do("sales.opportunity.create");
  const items: MenuProps["items"] = menu
    ? [
        { key: "open", label: t("ui.open"), onClick: () => void navigate(`${opportunity.path}/${menu.id}`) },
        ...(actions.may(menu) ? [{ key: "edit", label: t("ui.edit"), onClick: () => editor.edit(opportunity, menu, undefined, () => void queries.invalidateQueries({ queryKey: ["board"] })) }] : []),
        ...actions.items(menu),
      ]
    : [];

  return (
    <div className="board">
      <header className="list-bar">
        <h1 className="list-title">{t("sales.board.title")}</h1>
        <Select
          aria-label={t("sales.kinds.pipeline.one")}
          value={pipeline?.id}
          popupMatchSelectWidth={false}
          options={pipelines?.filter((one) => !one.archived).map((one) => ({ value: one.id, label: one.name }))}
          onChange={(id) => change({ pipeline: id })}
        />
        <span className="spacer" />
        <BoardFilters state={state} onChange={change} />
        {mayAdd && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => add()}>
            {t("ui.new")}
          </Button>
        )}
      </header>
      <p id="board-keys" className="unseen">
        {t("sales.board.keys")}
      </p>
      <p className="unseen" aria-live="assertive">
        {drag.said}
      </p>
      {error ? (
        <Result status="warning" title={problemText(asProblem(error), t)} extra={<Button onClick={() => void refetch()}>{t("ui.retry")}</Button>} />
      ) : isPending ? (
        <Skeleton active className="panel" />
      ) : (
        <ContextMenu items={items}>
          <div className={`board-columns ${lifted?.by === "pointer" ? "dragging" : ""}`}>
            {shown?.columns.map((column) => (
              <StageColumn
                key={column.stage}
                column={column}
                name={stages.get(column.stage)?.name ?? ""}
                lifted={lifted}
                drag={drag}
                onMenu={setMenu}
                onMore={more}
                onAdd={mayAdd ? () => add(column.stage) : undefined}
              />
            ))}
          </div>
        </ContextMenu>
      )}
      {lifted?.by === "pointer" && (
        <>
          <div className="board-zones" aria-hidden>
            <div data-zone="won" className={lifted.zone === "won" ? "over" : ""}>
              {t("sales.deals.win")}
            </div>
            <div data-zone="lost" className={lifted.zone === "lost" ? "over" : ""}>
              {t("sales.deals.lose")}
            </div>
          </div>
          <FloatingCard card={lifted.card} start={lifted.start ?? { x: 0, y: 0 }} />
        </>
      )}
      {notices}
      {dialogs}
    </div>
  );
}

/** The card below the pointer that has taken it along. */
function FloatingCard({ card, start }: { card: Data; start: { x: number; y: number } }) {
  const element = useRef<HTMLDivElement>(null);
  const [from] = useState(start);
  useEffect(() => {
    const place = (x: number, y: number) => {
      if (element.current) element.current.style.transform = `translate(${x + 8}px, ${y + 8}px)`;
    };
    const follow = (event: PointerEvent) => place(event.clientX, event.clientY);
    place(from.x, from.y);
    window.addEventListener("pointermove", follow);
    return () => window.removeEventListener("pointermove", follow);
  }, [from]);
  return (
    <div className="board-card floating" ref={element} aria-hidden>
      <b>{opportunity.title(card)}</b>
      <span className="tabular">{formatMoney(String(card.amount_minor ?? "0"), String(card.currency ?? ""))}</span>
    </div>
  );
}

function BoardFilters({ state, onChange }: { state: BoardState; onChange: (patch: Partial<BoardState>) => void }) {
  const t = useT();
  const can = useCan();
  const [typed, setTyped] = useState(state.query);
  const settled = useSettled(typed, 250);
  const sent = useRef(state.query);
  useEffect(() => {
    if (settled === sent.current) return;
    sent.current = settled;
    onChange({ query: settled });
  }, [settled, onChange]);
  return (
    <>
      <Input className="search" type="search" allowClear prefix={<SearchOutlined />} aria-label={t("sales.board.search")} placeholder={t("sales.board.search")} value={typed} onChange={(event) => setTyped(event.target.value)} />
      {can.do("identity.user.read") && (
        <span className="board-owner">
          <RecordPicker aria-label={t("ui.fields.owner_id")} placeholder={t("sales.board.everybody")} resource="identity.user" value={state.owner === MYSELF ? undefined : state.owner || undefined} onChange={(owner) => onChange({ owner: owner ?? "" })} />
        </span>
      )}
      <Button type={state.owner === MYSELF ? "primary" : "default"} ghost={state.owner === MYSELF} aria-pressed={state.owner === MYSELF} onClick={() => onChange({ owner: state.owner === MYSELF ? "" : MYSELF })}>
        {t("sales.quick.mine")}
      </Button>
      <Select<Due>
        aria-label={t("sales.quick.title")}
        value={state.due}
        popupMatchSelectWidth={false}
        options={(["", "overdue", "today"] as const).map((value) => ({ value, label: t(`sales.quick.${value || "all"}`) }))}
        onChange={(due) => onChange({ due })}
      />
    </>
  );
}
