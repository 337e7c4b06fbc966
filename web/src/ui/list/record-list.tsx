import { DownloadOutlined, PlusOutlined, SearchOutlined } from "../icons";
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Dropdown, Empty, Input, Tag, Tooltip, type InputRef, type MenuProps } from "antd";
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useNavigate } from "react-router";
import { useCan, useMe } from "../../api/me";
import { asProblem } from "../../api/problem";
import type { Data } from "../../api/records";
import { useT } from "../../i18n";
import { countKey, listKey } from "../cache";
import { kindLabel, type Field } from "../field";
import { formatNumber } from "../format";
import { problemText } from "../problem-text";
import { useEditor } from "../record/editor";
import { saveRecord } from "../record/save";
import type { Resource } from "../resource";
import { useWide } from "../wide";
import { BulkBar, useBulk } from "./bulk-bar";
import { ColumnChooser } from "./columns";
import { useExport } from "./export";
import { FilterBuilder, FilterChips } from "./filters";
import { Grid } from "./grid";
import { useColumns, useListQuery, useListState, useViews } from "./state";
import { ViewMenu } from "./views";

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
const PAGE = 100;

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
  const { state, view, change, open } = useListState();
  const views = useViews(resource);
  const current = views.views.find((one) => one.id === view);
  const { columns: all, setColumns } = useColumns(resource, current, views.save);
  const columns = useMemo(() => all.filter(({ name }) => can.see(resource.name, name)), [all, can, resource]);
  const query = useListQuery(state, fixed);
  const [selection, setSelection] = useState({ query, chosen: NOBODY });
  // What was chosen in one list is not chosen in another.
  const selected = selection.query === query ? selection.chosen : NOBODY;
  const setSelected = useCallback((chosen: ReadonlyMap<string, Data>) => setSelection({ query, chosen }), [query]);
  const [active, setActive] = useState(-1);
  const [menu, setMenu] = useState<Data | null>(null);

  const list = useInfiniteQuery({
    queryKey: [...listKey(resource), query],
    queryFn: ({ pageParam, signal }) => resource.api.list({ ...query, page_size: PAGE }, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });
  const count = useQuery({
    queryKey: [...countKey(resource), query],
    queryFn: ({ signal }) => resource.api.count(query, signal),
    enabled: !state.deleted && !resource.uncounted,
    staleTime: 15_000,
  });
  const records = useMemo(() => list.data?.pages.flatMap((page) => page.records) ?? [], [list.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const openRecord = useCallback(
    (record: Data) => {
      if (onOpen) onOpen(record);
      else if (resource.paged) void navigate(`${resource.path}/${record.id}`);
      else editor.edit(resource, record);
    },
    [onOpen, navigate, resource, editor],
  );
  const select = useCallback(
    (ids: string[], chosen: boolean) => {
      const next = new Map(selected);
      const known = new Map(records.map((record) => [record.id, record]));
      for (const id of ids) {
        const record = known.get(id);
        if (chosen && record) next.set(id, record);
        else next.delete(id);
      }
      setSelected(next);
    },
    [records, selected, setSelected],
  );
  const mayUpdate = (record: Data) => !state.deleted && can.doTo(`${resource.name}.update`, record);
  const mayDelete = (record: Data) => Boolean(resource.removed) && can.doTo(`${resource.name}.delete`, record);
  const mayCreate = can.do(`${resource.name}.create`);

  async function saveCell(record: Data, field: Field, value: unknown) {
    try {
      const saved = await saveRecord({ resource, record, values: { [field.name]: value }, owner: me.user.id, queries });
      if (saved.state === "kept") void message.warning(t("ui.outbox.kept"));
      // Whoever was faster is shown, and what was typed is offered again.
      if (saved.state === "conflict") {
        void message.warning(t("ui.conflict.title"));
        editor.edit(resource, saved.current);
      }
    } catch (error) {
      void message.error(problemText(asProblem(error), t));
    }
  }

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
    const record = records[active];
    if (!record || !(event.target as HTMLElement).matches("[data-index]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const run: Record<string, () => void> = {
      Enter: () => openRecord(record),
      e: () => mayUpdate(record) && editor.edit(resource, record),
      x: () => select([record.id], !selected.has(record.id)),
      " ": () => select([record.id], !selected.has(record.id)),
      Delete: () => mayDelete(record) && void bulk.remove([record]),
      F2: () => {
        const cell = (event.target as HTMLElement).querySelector(".editable");
        cell?.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
      },
    };
    const act = run[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  }

  const rowItems: MenuProps["items"] = menu
    ? [
        { key: "open", label: t("ui.open"), onClick: () => openRecord(menu) },
        ...(resource.paged ? [{ key: "tab", label: t("ui.openTab"), onClick: () => window.open(`${resource.path}/${menu.id}`, "_blank", "noopener") }] : []),
        ...(mayUpdate(menu) ? [{ key: "edit", label: t("ui.edit"), onClick: () => editor.edit(resource, menu) }] : []),
        { key: "select", label: t(selected.has(menu.id) ? "ui.unselect" : "ui.select"), onClick: () => select([menu.id], !selected.has(menu.id)) },
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
          {count.data === undefined ? "" : formatNumber(count.data)}
        </span>
        <span className="spacer" />
        {resource.searched && (
          <SearchBox key={view} input={search} value={state.query} onChange={(text) => change({ query: text })} />
        )}
        <ViewMenu resource={resource} state={state} columns={all} views={views.views} current={current} onOpen={open} onSave={views.save} onRemove={views.remove} onDeleted={() => change({ deleted: !state.deleted })} />
        <FilterBuilder resource={resource} filters={state.filters} onChange={(filters) => change({ filters })} />
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
      {(state.filters.length > 0 || state.deleted) && (
        <div className="list-chips">
          {state.deleted && (
            <Tag color="red" closable onClose={() => change({ deleted: false })} closeIcon={<span aria-label={t("ui.remove")}>×</span>}>
              {t("ui.list.deleted")}
            </Tag>
          )}
          <FilterChips resource={resource} filters={state.filters} onChange={(filters) => change({ filters })} />
        </div>
      )}
      {selected.size > 0 && (
        <BulkBar
          resource={resource}
          records={[...selected.values()]}
          deleted={state.deleted}
          bulk={bulk}
          onExport={() => void exportView(query, columns, [...selected.values()])}
          onClear={() => setSelected(NOBODY)}
        />
      )}
      <Dropdown trigger={["contextMenu"]} menu={{ items: rowItems }} destroyOnHidden>
        {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
        <div className="list-body" onKeyDown={keys}>
          <Grid
            resource={resource}
            records={records}
            columns={columns}
            order={state.order}
            selected={useMemo(() => new Set(selected.keys()), [selected])}
            wide={wide}
            active={active}
            onActive={setActive}
            onOrder={(order) => change({ order })}
            onColumns={setColumns}
            onSelect={select}
            onOpen={openRecord}
            onMenu={setMenu}
            onEnd={more}
            onSave={saveCell}
            mayEdit={(record, field) => Boolean(field.inline) && mayUpdate(record) && can.write(resource.name, field.name)}
          />
          {records.length === 0 && (
            <div className="list-state">
              {failed ? (
                <>
                  <p role="alert">{problemText(failed, t)}</p>
                  <Button onClick={() => void list.refetch()}>{t("ui.retry")}</Button>
                </>
              ) : list.isPending ? (
                <p>{t("ui.loading")}</p>
              ) : (
                <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={asked ? t("ui.list.noneFound") : t("ui.list.none")}>
                  {asked ? (
                    <Button onClick={() => change({ query: "", filters: [] })}>{t("ui.list.showAll")}</Button>
                  ) : (
                    mayCreate && !state.deleted && (
                      <Button type="primary" onClick={() => editor.create(resource)}>
                        {t("ui.list.first", { kind: kindLabel(resource.name) })}
                      </Button>
                    )
                  )}
                </Empty>
              )}
            </div>
          )}
          {(isFetchingNextPage || (list.isPlaceholderData && list.isFetching)) && (
            <div className="list-foot" aria-live="polite">
              <span>{t("ui.loading")}</span>
            </div>
          )}
        </div>
      </Dropdown>
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
