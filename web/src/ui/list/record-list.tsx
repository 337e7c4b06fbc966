import { DownloadOutlined, PlusOutlined, SearchOutlined } from "../icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Empty, Input, Tag, Tooltip, type InputRef, type MenuProps } from "antd";
import { Suspense, useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useNavigate } from "react-router";
import { useCan, useMe } from "../../api/me";
import { asProblem } from "../../api/problem";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { countKey } from "../cache";
import { ContextMenu } from "../context-menu";
import { EmptyHint } from "../empty-hint";
import { fieldLabel, kindLabel, type Field } from "../field";
import { formatCount } from "../format";
import { problemText } from "../problem-text";
import { useEditor } from "../record/editor";
import { mergedText, saveRecord } from "../record/save";
import type { Resource } from "../resource";
import { useWide } from "../wide";
import { ColumnChooser } from "./columns";
import { without } from "./filter";
import { useExport } from "./export";
import { FilterBuilder, FilterChips } from "./filters";
import { Grid } from "./grid";
import { nextOrder } from "./heads";
import { usePages } from "./pages";
import { useShown } from "./shown";
import { useBulk } from "./use-bulk";
import { ViewMenu } from "./views";
import { lazily } from "../lazily";

const BulkBar = lazily(() => import("./bulk-bar"));

interface Props {
  resource: Resource;
  /** Conditions that always hold, in the words of the API. */
  fixed?: readonly string[];
  /** What can be done to one record besides opening, changing and deleting it. */
  actions?: (record: Data) => NonNullable<MenuProps["items"]>;
  /** Opens a record that has no page of its own. */
  onOpen?: (record: Data) => void;
  /** More of what stands over the list. */
  extra?: ReactNode;
}

const NONE: readonly string[] = [];
const NOBODY: ReadonlyMap<string, Data> = new Map();

/** A list of records: searched, filtered, sorted, changed in place and by the heap, with the keyboard or without. */
export function RecordList({ resource, fixed = NONE, actions, onOpen, extra }: Props) {
  const t = useT();
  const can = useCan();
  const me = useMe();
  const wide = useWide();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const editor = useEditor();
  const { message } = App.useApp();
  const bulk = useBulk(resource);
  const exportView = useExport(resource);
  const search = useRef<InputRef>(null);
  const { state, view, change, open, views, current, all, columns, setColumns, visible, left, query } = useShown(resource, fixed);
  const [selection, setSelection] = useState({ query, chosen: NOBODY });
  // What was chosen in one list is not chosen in another.
  const selected = selection.query === query ? selection.chosen : NOBODY;
  const select = useCallback(
    (records: readonly Data[], chosen: boolean) =>
      setSelection((before) => {
        const next = new Map(before.query === query ? before.chosen : NOBODY);
        for (const record of records) {
          if (chosen) next.set(record.id, record);
          else next.delete(record.id);
        }
        return { query, chosen: next };
      }),
    [query],
  );
  const [active, setActive] = useState(-1);
  const [menu, setMenu] = useState<Data | null>(null);

  const { list, records, from, known, shown, see } = usePages(resource, query);
  const count = useQuery({
    queryKey: [...countKey(resource), query],
    queryFn: ({ signal }) => resource.api.count(query, signal),
    enabled: !state.deleted && !resource.uncounted,
    staleTime: 15_000,
  });

  const openRecord = useCallback(
    (record: Data) => {
      if (onOpen) onOpen(record);
      else if (resource.paged) void navigate(`${resource.path}/${record.id}`);
      else editor.edit(resource, record);
    },
    [onOpen, navigate, resource, editor],
  );
  const mayUpdate = useCallback((record: Data) => !state.deleted && can.doTo(`${resource.name}.update`, record), [state.deleted, can, resource]);
  const mayEdit = useCallback(
    (record: Data, field: Field) => Boolean(field.inline) && mayUpdate(record) && can.write(resource.name, field.name),
    [mayUpdate, can, resource],
  );
  const mayDelete = (record: Data) => Boolean(resource.removed) && can.doTo(`${resource.name}.delete`, record);
  const mayCreate = can.do(`${resource.name}.create`);

  const saveCell = useCallback(
    async (record: Data, field: Field, value: unknown) => {
      try {
        const saved = await saveRecord({ resource, record, values: { [field.name]: value }, owner: me.user.id, queries });
        if (saved.state === "kept") void message.warning(t("ui.outbox.kept"));
        const merged = saved.state === "saved" && mergedText(resource, saved.merged, t);
        if (merged) void message.info(merged, 8);
        // Whoever was faster is shown, and what was typed is offered again.
        if (saved.state === "conflict") {
          void message.warning(t("ui.conflict.title"));
          editor.edit(resource, saved.current);
        }
      } catch (error) {
        void message.error(problemText(asProblem(error), t));
      }
    },
    [resource, me.user.id, queries, message, t, editor],
  );

  useEffect(() => {
    const slash = (event: globalThis.KeyboardEvent) => {
      const typing = (event.target as HTMLElement).closest("input, textarea, [contenteditable], .ant-modal, .ant-drawer, .ant-select-dropdown");
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "/") {
        event.preventDefault();
        search.current?.focus({ cursor: "all" });
      }
      if (event.key === "n" && mayCreate) {
        event.preventDefault();
        editor.create(resource);
      }
      if ((event.key === "j" || event.key === "k") && !(event.target as HTMLElement).closest("[role=grid]")) {
        event.preventDefault();
        document.querySelector<HTMLElement>("[role=grid] [data-index][tabindex='0']")?.focus();
      }
    };
    document.addEventListener("keydown", slash);
    return () => document.removeEventListener("keydown", slash);
  }, [editor, mayCreate, resource]);

  function keys(event: KeyboardEvent) {
    const record = records[active - from];
    const target = event.target as HTMLElement;
    if (!record || !target.matches("[data-index], [data-field]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const run: Record<string, () => void> = {
      Enter: () => openRecord(record),
      e: () => mayUpdate(record) && editor.edit(resource, record),
      x: () => select([record], !selected.has(record.id)),
      " ": () => select([record], !selected.has(record.id)),
      Delete: () => mayDelete(record) && void bulk.remove([record]),
      F2: () => {
        const cell = target.matches(".editable") ? target : target.querySelector(".editable");
        cell?.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
      },
    };
    const act = run[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  }

  const sort = useCallback((field: Field) => change(({ order }) => ({ order: nextOrder(field, order) })), [change]);
  const rowItems: MenuProps["items"] = menu
    ? [
        { key: "open", label: t("ui.open"), onClick: () => openRecord(menu) },
        ...(resource.paged ? [{ key: "tab", label: t("ui.openTab"), onClick: () => window.open(`${resource.path}/${menu.id}`, "_blank", "noopener") }] : []),
        ...(mayUpdate(menu) ? [{ key: "edit", label: t("ui.edit"), onClick: () => editor.edit(resource, menu) }] : []),
        { key: "select", label: t(selected.has(menu.id) ? "ui.unselect" : "ui.select"), onClick: () => select([menu], !selected.has(menu.id)) },
        ...(actions?.(menu) ?? []),
        ...(mayDelete(menu) && !state.deleted ? [{ key: "delete", danger: true, label: t("ui.delete"), onClick: () => void bulk.remove([menu]) }] : []),
        ...(mayDelete(menu) && state.deleted ? [{ key: "restore", label: t("ui.restore"), onClick: () => void bulk.restore([menu]) }] : []),
      ]
    : [];
  const failed = list.error ? asProblem(list.error) : null;
  const asked = state.query !== "" || state.filters.length > 0;

  return (
    <section className="list" aria-label={kindLabel(resource.name, "many")}>
      <div className="list-bar">
        <h1 className="list-title">{current?.name ?? kindLabel(resource.name, "many")}</h1>
        <span className="list-count" aria-live="polite">
          {count.data === undefined ? "" : formatCount(count.data)}
        </span>
        <span className="spacer" />
        {resource.searched && (
          <SearchBox key={view} input={search} value={state.query} onChange={(text) => change({ query: text })} />
        )}
        <ViewMenu resource={resource} state={state} columns={all} views={views} current={current} onOpen={open} onDeleted={() => change({ deleted: !state.deleted })} />
        <FilterBuilder resource={resource} filters={visible.filters} onChange={(filters) => change({ filters })} />
        {wide && <ColumnChooser resource={resource} columns={columns} onChange={setColumns} />}
        {wide && (
          <Tooltip title={t("ui.export.title")}>
            <Button icon={<DownloadOutlined />} aria-label={t("ui.export.title")} onClick={() => void exportView(query, columns)} />
          </Tooltip>
        )}
        {extra}
        {mayCreate && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => editor.create(resource)}>
            {t("ui.new")}
          </Button>
        )}
      </div>
      {(visible.filters.length > 0 || state.deleted) && (
        <div className="list-chips">
          {state.deleted && (
            <Tag color="red" closable onClose={() => change({ deleted: false })} closeIcon={<span aria-label={t("ui.remove")}>×</span>}>
              {t("ui.list.deleted")}
            </Tag>
          )}
          <FilterChips resource={resource} filters={visible.filters} onRemove={(filter) => change(({ filters }) => ({ filters: without(filters, filter) }))} />
        </div>
      )}
      {left.length > 0 && (
        <Alert
          type="info"
          showIcon
          title={t("ui.views.leftOut", { fields: left.map((field) => fieldLabel(resource.name, field)).join(", ") })}
        />
      )}
      {selected.size > 0 && (
        <Suspense fallback={<div className="bulk-bar" />}>
          <BulkBar
            resource={resource}
            records={[...selected.values()]}
            deleted={state.deleted}
            bulk={bulk}
            onExport={() => void exportView(query, columns, [...selected.values()])}
            onClear={() => setSelection({ query, chosen: NOBODY })}
          />
        </Suspense>
      )}
      <ContextMenu items={rowItems}>
        {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
        <div className="list-body" onKeyDown={keys}>
          <Grid
            resource={resource}
            records={records}
            from={from}
            known={known}
            pending={list.isPending}
            shown={shown}
            columns={columns}
            order={visible.order}
            selected={useMemo(() => new Set(selected.keys()), [selected])}
            wide={wide}
            active={active}
            onActive={setActive}
            onSort={sort}
            onColumns={setColumns}
            onSelect={select}
            onOpen={openRecord}
            onMenu={setMenu}
            onSee={see}
            onSave={saveCell}
            mayEdit={mayEdit}
          />
          {known === 0 && !list.isPending && (
            <div className="list-state">
              {failed ? (
                <>
                  <p role="alert">{problemText(failed, t)}</p>
                  <Button onClick={() => void list.refetch()}>{t("ui.retry")}</Button>
                </>
              ) : asked || state.deleted ? (
                <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t("ui.list.noneFound")}>
                  <Button onClick={() => change({ query: "", filters: [], deleted: false })}>{t("ui.list.showAll")}</Button>
                </Empty>
              ) : (
                <EmptyHint resource={resource.name}>
                  {mayCreate && (
                    <Button type="primary" onClick={() => editor.create(resource)}>
                      {t("ui.list.first", { kind: kindLabel(resource.name) })}
                    </Button>
                  )}
                </EmptyHint>
              )}
            </div>
          )}
          {(list.isPending || list.isFetchingNextPage || (list.isPlaceholderData && list.isFetching)) && (
            <div className="list-foot" aria-live="polite">
              <span>{t("ui.loading")}</span>
            </div>
          )}
        </div>
      </ContextMenu>
      {bulk.dialog}
    </section>
  );
}

interface SearchProps {
  input: React.RefObject<InputRef | null>;
  value: string;
  onChange: (text: string) => void;
}

const PAUSE = 200;

/** Asks when one has stopped typing. */
function SearchBox({ input, value, onChange }: SearchProps) {
  const t = useT();
  const [typed, setTyped] = useState(value);
  const [sent, setSent] = useState(value);
  if (value !== sent) {
    setSent(value);
    setTyped(value);
  }
  useEffect(() => {
    if (typed === sent) return;
    const timer = setTimeout(() => {
      setSent(typed);
      onChange(typed);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [typed, sent, onChange]);
  return (
    <Input
      ref={input}
      className="search"
      type="search"
      allowClear
      prefix={<SearchOutlined />}
      placeholder={t("ui.list.search")}
      aria-label={t("ui.list.search")}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onPressEnter={() => document.querySelector<HTMLElement>("[role=grid] [data-index]")?.focus()}
    />
  );
}
