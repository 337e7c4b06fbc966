import { DownOutlined, EyeOutlined } from "../icons";
import { App, Button, Dropdown, Input, Modal, type MenuProps } from "antd";
import { useState } from "react";
import { asProblem } from "../../api/problem";
import { useT } from "../../i18n";
import { kindLabel } from "../field";
import { problemText } from "../problem-text";
import type { Resource } from "../resource";
import type { Column, ListState, SavedView } from "./saved";
import type { useViews } from "./use-views";

interface Props {
  resource: Resource;
  state: ListState;
  columns: Column[];
  views: ReturnType<typeof useViews>;
  current: SavedView | undefined;
  onOpen: (view: SavedView | undefined) => void;
  /** Shows the deleted records instead, or the others again. */
  onDeleted: () => void;
}

type Items = NonNullable<MenuProps["items"]>;

/** Opens, keeps, shares and forgets views of a list. */
export function ViewMenu({ resource, state, columns, views, current, onOpen, onDeleted }: Props) {
  const t = useT();
  const { modal } = App.useApp();
  const [naming, setNaming] = useState<Naming | null>(null);
  const kept = { query: state.query, filters: state.filters, order: state.order, deleted: state.deleted, columns };

  async function create(name: string) {
    const created = await views.create({ ...kept, name });
    if (created) onOpen(created);
  }

  function remove(view: SavedView) {
    const run = () => {
      views.remove(view.id);
      onOpen(undefined);
    };
    if (!view.shared) return run();
    modal.confirm({
      title: t("ui.views.askRemove", { name: view.name }),
      okText: t("ui.remove"),
      okButtonProps: { danger: true },
      cancelText: t("ui.cancel"),
      onOk: run,
    });
  }

  const entry = (view: SavedView): Items[number] => ({
    key: view.id,
    label: view.name,
    extra: [view.isDefault && t("ui.views.default"), view.shared && views.mine(view) && t("ui.views.shared")].filter(Boolean).join(" · ") || undefined,
    onClick: () => onOpen(view),
  });
  const mine = views.views.filter((view) => views.mine(view));
  const others = views.views.filter((view) => !views.mine(view));
  const ofCurrent = (view: SavedView): Items => {
    const changeable: Items = [
      { key: "save", label: t("ui.views.save", { name: view.name }), onClick: () => views.change(view.id, kept) },
      {
        key: "rename",
        label: t("ui.views.rename", { name: view.name }),
        onClick: () => setNaming({ title: t("ui.views.rename", { name: view.name }), before: view.name, done: (name) => views.change(view.id, { name }) }),
      },
    ];
    return [
      ...(views.mayChange(view) ? changeable : []),
      ...(views.mayShare(view)
        ? [{ key: "share", label: t(view.shared ? "ui.views.unshare" : "ui.views.share", { name: view.name }), onClick: () => views.share(view.id, !view.shared) }]
        : []),
      {
        key: "default",
        label: t(view.isDefault ? "ui.views.notDefault" : "ui.views.makeDefault", { name: view.name }),
        onClick: () => views.choose(view.isDefault ? undefined : view.id),
      },
      ...(views.mayChange(view) ? [{ key: "remove", danger: true, label: t("ui.views.remove", { name: view.name }), onClick: () => remove(view) }] : []),
    ];
  };

  const items: Items = [
    { key: "all", label: t("ui.views.all", { kind: kindLabel(resource.name, "many") }), onClick: () => onOpen(undefined) },
    ...mine.map(entry),
    ...(others.length > 0 ? [{ key: "others", type: "group" as const, label: t("ui.views.ofOthers"), children: others.map(entry) }] : []),
    ...(resource.restored ? [{ key: "deleted", label: t("ui.list.deleted"), onClick: onDeleted }] : []),
    { type: "divider" },
    { key: "save-as", label: t("ui.views.saveAs"), onClick: () => setNaming({ title: t("ui.views.saveAs"), before: "", done: create }) },
    ...(current ? ofCurrent(current) : []),
  ];
  return (
    <>
      <Dropdown trigger={["click"]} autoFocus menu={{ items, selectedKeys: [state.deleted ? "deleted" : (current?.id ?? "all")] }}>
        <Button icon={<EyeOutlined />} aria-haspopup="menu">
          {current?.name ?? t("ui.views.title")} <DownOutlined />
        </Button>
      </Dropdown>
      {naming && <NameDialog naming={naming} onClose={() => setNaming(null)} />}
    </>
  );
}

interface Naming {
  title: string;
  before: string;
  /** What is done with the name. */
  done: (name: string) => unknown;
}

/** Asks for a name. If what is done with it fails, the question stays. */
function NameDialog({ naming, onClose }: { naming: Naming; onClose: () => void }) {
  const t = useT();
  const { message } = App.useApp();
  const [name, setName] = useState(naming.before);
  const [busy, setBusy] = useState(false);
  async function finish() {
    if (!name.trim() || busy) return;
    setBusy(true);
    try {
      await naming.done(name.trim());
      onClose();
    } catch (error) {
      void message.error(problemText(asProblem(error), t));
      setBusy(false);
    }
  }
  return (
    <Modal
      open
      title={naming.title}
      okText={t("ui.save")}
      cancelText={t("ui.cancel")}
      okButtonProps={{ disabled: !name.trim(), loading: busy }}
      onOk={() => void finish()}
      onCancel={onClose}
    >
      <Input
        autoFocus
        aria-label={t("ui.views.name")}
        placeholder={t("ui.views.name")}
        value={name}
        maxLength={60}
        onChange={(event) => setName(event.target.value)}
        onPressEnter={() => void finish()}
      />
    </Modal>
  );
}
